"""The catalogue from a centre to the disk of a terminal, over HTTP and the way it is told."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from kiosk.catalogue.cache import CatalogueCache
from kiosk.sync.central_client import CentralClient, Fetched, HttpCentralClient
from kiosk.sync.editions import Editions
from tests.central.editions.conftest import ANNA, BERTA
from tests.central.editions.samples import small
from tests.central.helpers import Running
from tests.sync.helpers import cache_for


@dataclass
class Watched(CentralClient):
    """What came: ``None``, whole or news. ``spoilt`` news reach the terminal damaged."""

    inner: CentralClient
    came: list[str] = field(default_factory=list[str])
    spoilt: bool = False

    def catalogue(self, etag: str) -> Fetched | None:
        fetched = self.inner.catalogue(etag)
        self.came.append("nothing" if fetched is None else "news" if fetched.is_delta else "whole")
        if fetched and fetched.is_delta and self.spoilt:
            return Fetched(fetched.content[:-20], fetched.etag, is_delta=True)
        return fetched


@pytest.fixture
def client(centre: Running) -> Iterator[Watched]:
    with centre.client(centre.enrolled("GD4401001")) as http:
        yield Watched(HttpCentralClient(http))


def publish(centre: Running, code: str) -> int:
    press = centre.centre.press
    press.review(BERTA, press.propose(ANNA, small(code)), approve=True)
    number = press.publish(BERTA)
    centre.centre.catalogue.look(at_least=number)
    return number


def kept(cache: CatalogueCache) -> tuple[int, set[str]]:
    catalogue = cache.load()
    assert catalogue
    return catalogue.version, {item.code for item in catalogue.items} - {"social-insurance-proof"}


def test_first_whole_then_only_what_is_new(centre: Running, client: Watched, cache: CatalogueCache) -> None:
    editions = Editions(client, cache)
    for code in ("one", "two"):
        editions.look()
        number = publish(centre, code)
    editions.look()
    editions.look()
    assert client.came == ["whole", "news", "news", "nothing"]
    assert kept(cache) == (number, {"one", "two"})
    assert editions.error == ""


def test_after_a_start_it_goes_on_from_what_is_on_the_disk(
    centre: Running, client: Watched, cache: CatalogueCache, tmp_path: Path
) -> None:
    Editions(client, cache).look()
    publish(centre, "one")
    Editions(client, cache_for(tmp_path, centre.data)).look()
    assert client.came == ["whole", "news"]


def test_news_that_do_not_fit_are_fetched_whole(centre: Running, client: Watched, cache: CatalogueCache) -> None:
    editions = Editions(client, cache)
    editions.look()
    number = publish(centre, "one")
    client.spoilt = True
    editions.look()
    assert client.came == ["whole", "news", "whole"]
    assert kept(cache) == (number, {"one"})
    assert editions.error == ""


def test_a_roll_back_arrives(centre: Running, client: Watched, cache: CatalogueCache) -> None:
    editions = Editions(client, cache)
    editions.look()
    first, _ = kept(cache)
    publish(centre, "one")
    editions.look()
    number = centre.centre.press.roll_back(ANNA, first)
    centre.centre.catalogue.look(at_least=number)
    editions.look()
    assert kept(cache) == (number, set())
