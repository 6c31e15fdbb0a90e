from dataclasses import dataclass, field
from pathlib import Path

import pytest

from kiosk.bus.messages import AnyMessage, Message, Nudge, Ok, SyncStatus
from kiosk.catalogue.items import Catalogue
from kiosk.journey.events import CatalogueLoaded, NetworkChanged
from kiosk.world.link import Link
from tests.journey.play import ITEM
from tests.waiting import eventually
from tests.world.helpers import Posts, Scripted, process


@dataclass
class World:
    """What the link finds when it looks."""

    online: bool | None = None
    catalogue: Catalogue | None = None
    posts: Posts = field(default_factory=Posts)

    def answer(self, message: AnyMessage) -> list[Message]:
        if isinstance(message, Nudge):
            return [Ok()]
        return [SyncStatus(online=self.online, last_contact=None, waiting=0)]


@pytest.fixture
def socket(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("l") / "sync.sock"


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def link(socket: Path, world: World) -> Link:
    return Link(socket, lambda: world.catalogue, world.posts)


def catalogue(version: int) -> Catalogue:
    return Catalogue(version=version, items=(ITEM,))


def test_a_change_of_the_network_is_told_once(socket: Path, world: World, link: Link) -> None:
    with process(socket, Scripted(world.answer)):
        for world.online in (None, False, False, True, True, False):
            link.look()
    assert world.posts.rest() == [NetworkChanged(online=value) for value in (False, True, False)]


def test_a_sync_process_that_is_gone_changes_nothing(socket: Path, world: World, link: Link) -> None:
    world.online = True
    with process(socket, Scripted(world.answer)):
        link.look()
    link.look()
    with process(socket, Scripted(world.answer)):
        link.look()
    assert world.posts.rest() == [NetworkChanged(online=True)]


def test_an_answer_that_is_none_changes_nothing(socket: Path, world: World, link: Link) -> None:
    with process(socket, Scripted(lambda _: [Ok()])):
        link.look()
    assert world.posts.rest() == []


def test_a_new_catalogue_is_told_once(world: World, link: Link) -> None:
    for world.catalogue in (None, catalogue(1), catalogue(1), None, catalogue(2)):
        link.look()
    assert world.posts.rest() == [CatalogueLoaded(catalogue(1)), CatalogueLoaded(catalogue(2))]


def test_the_start_knows_at_once_what_there_is(world: World, link: Link) -> None:
    world.catalogue = catalogue(1)
    link.start()
    link.close()
    assert world.posts.rest() == [CatalogueLoaded(catalogue(1))]


def test_a_nudge_arrives_and_nobody_there_is_no_error(socket: Path, world: World, link: Link) -> None:
    link.nudge()
    sync = Scripted(world.answer)
    with process(socket, sync):
        link.nudge("M1")
        eventually(lambda: Nudge(matter="M1") in sync.asked)
