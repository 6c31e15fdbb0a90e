from dataclasses import dataclass, field
from datetime import UTC, datetime
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


def test_an_item_begins_and_ends_by_itself(socket: Path, world: World) -> None:
    begins, ends = datetime.fromtimestamp(1000, UTC), datetime.fromtimestamp(2000, UTC)
    timed = ITEM.model_copy(update={"starts_at": begins, "ends_at": ends})
    world.catalogue = Catalogue(version=1, items=(timed,))
    now = 0.0
    link = Link(socket, lambda: world.catalogue, world.posts, lambda: now, lambda: True)
    for now in (0.0, 999.0, 1000.0, 1999.0, 2000.0):  # noqa: B007 - the link looks at it
        link.look()
    offered = [event.catalogue.items for event in world.posts.rest() if isinstance(event, CatalogueLoaded)]
    assert offered == [(), (timed,), ()]


def test_what_the_centre_said_of_the_clock_outlives_the_connection(socket: Path, world: World) -> None:
    timed = ITEM.model_copy(update={"starts_at": datetime.fromtimestamp(1000, UTC)})
    world.catalogue = Catalogue(version=1, items=(timed,))
    link = Link(socket, lambda: world.catalogue, world.posts, lambda: 500.0, lambda: False)
    link.look()
    status = SyncStatus(online=False, last_contact=None, waiting=0, skew=-500.0)
    with process(socket, Scripted(lambda _: [status])):
        link.look()
    link.look()
    offered = [event.catalogue.items for event in world.posts.rest() if isinstance(event, CatalogueLoaded)]
    assert offered == [(), (timed,)]
