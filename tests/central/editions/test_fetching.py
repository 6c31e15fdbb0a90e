"""The catalogue over HTTP, as terminals fetch it."""

import base64
import gzip
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from central.editions.shelf import DELTA
from kiosk.catalogue.delta import applied
from kiosk.catalogue.items import Catalogue, read
from kiosk.catalogue.signature import load_public_key, verify
from tests.central.editions.conftest import ANNA, BERTA
from tests.central.editions.samples import small
from tests.central.helpers import Running, running, suites

TERMINAL = "GD4401001"


@pytest.fixture
def terminal(centre: Running) -> Iterator[httpx.Client]:
    with centre.client(centre.enrolled(TERMINAL)) as client:
        yield client


def published(centre: Running, *items: dict[str, Any]) -> int:
    press = centre.centre.press
    for data in items:
        press.review(BERTA, press.propose(ANNA, data), approve=True)
    number = press.publish(BERTA)
    centre.centre.catalogue.look(at_least=number)
    return number


def opened(centre: Running, document: bytes) -> Catalogue:
    key = load_public_key((centre.data / "catalogue.pub").read_bytes())
    catalogue, left_out = read(verify(document, [key]))
    assert left_out == ()
    return catalogue


def fetch(client: httpx.Client, etag: str = "", a_im: str = "", **headers: str) -> httpx.Response:
    told = {"If-None-Match": etag} if etag else {}
    return client.get("/v1/catalogue", headers=told | ({"A-IM": a_im} if a_im else {}) | headers)


def test_the_first_edition_is_what_comes_with_the_program(centre: Running, terminal: httpx.Client) -> None:
    whole = fetch(terminal)
    catalogue = opened(centre, whole.content)
    assert catalogue.find("social-insurance-proof")
    assert whole.headers["ETag"].startswith(f'"{catalogue.version}-')
    assert fetch(terminal, whole.headers["ETag"]).status_code == 304
    assert fetch(terminal, f'"x", W/{whole.headers["ETag"]}').status_code == 304
    assert fetch(terminal, '"x"').status_code == 200


def test_a_delta_makes_of_the_old_document_the_new_one(centre: Running, terminal: httpx.Client) -> None:
    published(centre, *(small(f"item{number}") for number in range(10)))
    old = fetch(terminal)
    published(centre, small("item3", position=1), small("another"))
    news = fetch(terminal, old.headers["ETag"], DELTA)
    new = fetch(terminal)
    assert (news.status_code, news.headers["IM"]) == (226, DELTA)
    assert news.headers["Delta-Base"] == old.headers["ETag"]
    assert news.headers["ETag"] == new.headers["ETag"]
    made = applied(news.content, old.content, old.headers["ETag"])
    assert json.loads(made) == json.loads(new.content)
    assert len(news.content) < len(new.content) / 3


def test_whoever_names_no_known_edition_gets_the_whole(centre: Running, terminal: httpx.Client) -> None:
    old = fetch(terminal).headers["ETag"]
    published(centre, small())
    strange = (f'"{old[1]}-{"0" * 32}"', '"999999999-' + "0" * 32 + '"', '"1-' + "0" * 32 + '"', '"x"', "x", '"')
    for etag in strange:
        assert fetch(terminal, etag, DELTA).status_code == 200
    assert fetch(terminal, old).status_code == 200
    assert fetch(terminal, old, "vcdiff, gzip").status_code == 200
    assert fetch(terminal, old, f"{DELTA};q=0").status_code == 200
    assert fetch(terminal, old, f"vcdiff, {DELTA}").status_code == 226
    assert fetch(terminal, f'"x", {old}', DELTA).status_code == 226


def test_it_comes_packed_for_who_can_unpack_it(centre: Running, terminal: httpx.Client) -> None:
    old = fetch(terminal).headers["ETag"]
    published(centre, small())
    for a_im in ("", DELTA):
        plain = fetch(terminal, old, a_im, **{"Accept-Encoding": "identity"})
        with terminal.stream("GET", "/v1/catalogue", headers={"If-None-Match": old, "A-IM": a_im}) as answer:
            packed = b"".join(answer.iter_raw())
        assert answer.headers["Content-Encoding"] == "gzip"
        assert "Content-Encoding" not in plain.headers
        assert gzip.decompress(packed) == plain.content
        assert answer.headers["ETag"] == plain.headers["ETag"]


def test_each_terminal_gets_what_its_place_is_offered(centre: Running, terminal: httpx.Client) -> None:
    published(centre, small("canton", coverage=["440100"]), small("shenzhen", coverage=["440300"]))
    with centre.client(centre.enrolled("GD4403001", key=suites.generate())) as other:
        canton, shenzhen = (opened(centre, fetch(client).content) for client in (terminal, other))
    assert (canton.region, shenzhen.region) == ("440100", "440300")
    assert {item.code for item in canton.items} ^ {item.code for item in shenzhen.items} == {"canton", "shenzhen"}
    assert canton.find("canton")


def test_what_is_set_for_one_terminal_is_in_its_delta_alone(centre: Running, terminal: httpx.Client) -> None:
    press = centre.centre.press
    published(centre, small())
    with centre.client(centre.enrolled("GD4401002", key=suites.generate())) as neighbour:
        old = [fetch(client) for client in (terminal, neighbour)]
        number = press.propose_override(ANNA, "look", TERMINAL, "withheld")
        press.review(BERTA, number, approve=True)
        centre.centre.catalogue.look(at_least=press.publish(BERTA))
        made = [
            opened(centre, applied(fetch(client, one.headers["ETag"], DELTA).content, one.content, one.headers["ETag"]))
            for client, one in zip((terminal, neighbour), old, strict=True)
        ]
    assert [bool(one.find("look")) for one in made] == [False, True]


def test_a_roll_back_reaches_terminals_as_a_newer_version(centre: Running, terminal: httpx.Client) -> None:
    before = opened(centre, fetch(terminal).content)
    published(centre, small())
    number = centre.centre.press.roll_back(ANNA, before.version)
    centre.centre.catalogue.look(at_least=number)
    after = opened(centre, fetch(terminal).content)
    assert after.version == number > before.version
    assert after.items == before.items


def test_items_carry_their_time_and_come_before_it(centre: Running, terminal: httpx.Client) -> None:
    published(centre, small(starts_at="2100-01-01T00:00:00+08:00"))
    item = opened(centre, fetch(terminal).content).find("look")
    assert item
    assert item.starts_at


def test_workers_agree_and_nobody_goes_back(tmp_path: Path) -> None:
    """One has published; a terminal that met it there is not sent the old edition by the other."""
    with running(tmp_path / "central") as one, running(tmp_path / "central") as two:
        key = suites.generate()
        with one.client(one.enrolled(TERMINAL, key=key)) as at_one:
            newer = published(one, small())
            etag = fetch(at_one).headers["ETag"]
            with two.client(two.enrolled(TERMINAL, key=key)) as at_two:
                assert fetch(at_two, etag).status_code == 304
        assert two.centre.catalogue.number == newer


def test_an_item_somebody_else_just_published_is_filed(tmp_path: Path) -> None:
    with running(tmp_path / "central") as one, running(tmp_path / "central") as two:
        assert "look" not in two.centre.catalogue
        published(one, small())
        two.centre.catalogue.look(items=["look"])
        assert "look" in two.centre.catalogue


def test_many_threads_get_the_same(centre: Running) -> None:
    published(centre, *(small(f"item{number}") for number in range(5)))
    found: list[bytes] = []

    def look() -> None:
        found.append(centre.centre.catalogue.document(TERMINAL).body.packed)

    threads = [threading.Thread(target=look) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_a_payload_has_one_item_a_line(centre: Running, terminal: httpx.Client) -> None:
    published(centre, small(summary={"zh-Hans": "甲\n乙", "zh-Hant": "甲", "en": "a"}))
    payload = base64.b64decode(json.loads(fetch(terminal).content)["payload"]).decode()
    assert len(payload.split("\n")) == len(json.loads(payload)["items"]) + 2
