"""What is new in a catalogue, taken into the one that is kept."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from central.editions import signing
from central.editions.delta import delta
from kiosk.catalogue.cache import CatalogueCache, CatalogueRefused
from kiosk.catalogue.delta import BadDelta, applied
from kiosk.catalogue.items import read
from tests.catalogue.helpers import KEY, OTHER_KEY, item_fields


def payload(version: int, *codes: str, **more: object) -> bytes:
    lines = ",\n".join(json.dumps(item_fields(code=code, **more)) for code in codes)
    return f'{{"version": {version}, "items": [\n{lines}\n]}}'.encode()


OLD = payload(1, "aa", "bb")
NEW = payload(2, "aa", "cc")


def news(old: bytes = OLD, new: bytes = NEW, base: str = '"1"', key: object = KEY, **changes: object) -> bytes:
    told = {
        "base": base,
        "payloadType": signing.PAYLOAD_TYPE,
        "signatures": [signing.signature(new, key)],  # pyright: ignore[reportArgumentType]
        "pieces": delta(old.decode(), new.decode()),
    }
    return json.dumps(told | changes).encode()


@pytest.fixture
def cache(tmp_path: Path) -> CatalogueCache:
    made = CatalogueCache(tmp_path / "catalogue.json", [KEY.public_key()])
    made.take(signing.sign(OLD, KEY), '"1"')
    return made


def test_news_make_the_new_catalogue(cache: CatalogueCache, tmp_path: Path) -> None:
    assert [item.code for item in cache.renew(news(), '"2"').items] == ["aa", "cc"]
    again = CatalogueCache(tmp_path / "catalogue.json", [KEY.public_key()])
    kept = again.load()
    assert kept
    assert (kept.version, again.etag()) == (2, '"2"')


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"{}",
        news(base='"0"'),
        news(key=OTHER_KEY),
        news(pieces=[[0, 4]]),
        news(pieces=[[0, 99]]),
        news(pieces=[[-1, 1]]),
        news(pieces=[]),
        news(pieces=["{}"]),
        news(payloadType="application/other"),
        news(signatures=[]),
        news(new=payload(0, "aa")),
    ],
)
def test_news_that_do_not_fit_leave_what_is_there(cache: CatalogueCache, bad: bytes) -> None:
    before = cache.load()
    with pytest.raises(CatalogueRefused):
        cache.renew(bad, '"2"')
    assert (cache.load(), cache.etag()) == (before, '"1"')


def test_an_older_number_is_refused_as_news_too(cache: CatalogueCache) -> None:
    cache.renew(news(), '"2"')
    with pytest.raises(CatalogueRefused, match="older"):
        cache.renew(news(old=NEW, new=OLD, base='"2"'), '"1"')


def test_without_an_old_one_there_are_no_news(tmp_path: Path) -> None:
    empty = CatalogueCache(tmp_path / "catalogue.json", [KEY.public_key()])
    with pytest.raises(CatalogueRefused):
        empty.renew(news(), '"2"')


@settings(deadline=None)
@given(st.binary(max_size=80))
def test_any_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(BadDelta):
        applied(data, signing.sign(OLD, KEY), '"1"')
    with pytest.raises(BadDelta):
        applied(news(), data, '"1"')


def test_an_item_of_a_later_program_is_left_out_alone() -> None:
    mixed = payload(3, "aa").replace(b"\n]", b",\n" + json.dumps(item_fields(code="bb", later=1)).encode() + b"\n]")
    catalogue, left_out = read(mixed)
    assert [item.code for item in catalogue.items] == ["aa"]
    assert len(left_out) == 1
    assert left_out[0].startswith("items.1.later")
