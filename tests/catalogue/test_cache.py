from pathlib import Path

import pytest

from kiosk.catalogue.cache import CatalogueCache, CatalogueRefused
from kiosk.catalogue.signature import sign
from tests.catalogue.helpers import KEY, OTHER_KEY, document


@pytest.fixture
def cache(tmp_path: Path) -> CatalogueCache:
    return CatalogueCache(tmp_path / "state" / "catalogue.json", [KEY.public_key()])


def test_empty_at_first(cache: CatalogueCache) -> None:
    assert cache.load() is None
    assert cache.etag() == ""


def test_keeps_the_last_good_one(cache: CatalogueCache, tmp_path: Path) -> None:
    assert cache.take(document(1), '"a"').version == 1
    assert cache.take(document(2), '"b"').version == 2
    again = CatalogueCache(tmp_path / "state" / "catalogue.json", [KEY.public_key()])
    kept = again.load()
    assert kept
    assert (kept.version, kept.items[0].code, again.etag()) == (2, "proof", '"b"')
    assert [file.name for file in (tmp_path / "state").iterdir()] == ["catalogue.json"]


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"{}",
        document(3, OTHER_KEY),
        document(3)[:-10],
        document(1),
        document(3, code="Not A Code"),
        document(3, title={"en": "only English"}),
        document(3, unknown_field=1),
        sign(b"no json", KEY),
        sign(b"[]", KEY),
    ],
)
def test_what_is_refused_leaves_the_old_one(cache: CatalogueCache, bad: bytes) -> None:
    cache.take(document(2), '"b"')
    with pytest.raises(CatalogueRefused):
        cache.take(bad, '"x"')
    kept = cache.load()
    assert kept
    assert (kept.version, cache.etag()) == (2, '"b"')


def test_a_refusal_names_the_place_and_not_the_contents(cache: CatalogueCache) -> None:
    with pytest.raises(CatalogueRefused, match=r"items\.0\.code") as refused:
        cache.take(document(1, code="Not A Code"), "")
    assert "Not A Code" not in str(refused.value)


@pytest.mark.parametrize("place", range(0, 2000, 97))
def test_a_damaged_file_is_not_trusted_and_fetched_anew(cache: CatalogueCache, tmp_path: Path, place: int) -> None:
    cache.take(document(1), '"a"')
    path = tmp_path / "state" / "catalogue.json"
    content = bytearray(path.read_bytes())
    content[place % len(content)] ^= 0x04
    path.write_bytes(content)
    loaded, etag = cache.load(), cache.etag()
    # a flipped bit in the ETag or in a blank can do no harm: what is loaded was signed
    assert (loaded is None and etag == "") or (loaded is not None and loaded.version == 1)
    assert cache.take(document(1), '"a"').version == 1
    assert cache.etag() == '"a"'


def test_a_truncated_file_is_none(cache: CatalogueCache, tmp_path: Path) -> None:
    cache.take(document(1), '"a"')
    path = tmp_path / "state" / "catalogue.json"
    path.write_bytes(path.read_bytes()[:-20])
    assert (cache.load(), cache.etag()) == (None, "")
