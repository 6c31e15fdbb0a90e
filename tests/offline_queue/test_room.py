"""What the queue takes: quotas stop new matters and nothing else."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from offline_queue import rules
from offline_queue.contract import MatterState, NewMatter, Outcome, QueueFull, Quota, Room
from offline_queue.envelope import Attachment
from offline_queue.memory import MemoryQueue
from offline_queue.store import SqliteQueue
from tests.offline_queue.helpers import GRANTED, KEY, NOW, TERMINAL, AnyQueue, mark_filed, mark_later, new_matter, stamp

DAY = 86400.0
YEAR = 365 * DAY

Make = Callable[[Quota], AnyQueue]
PAGE = Attachment("page", "ab" * 32, 5000, "image/jpeg")
NO_DISK = 1 << 62
"""More than any disk has."""


@pytest.fixture(params=["sqlite", "memory"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Make]:
    made: list[AnyQueue] = []

    def queue(quota: Quota) -> AnyQueue:
        on_disk = request.param == "sqlite"
        path = tmp_path / "queue.db"
        made.append(
            SqliteQueue(path, KEY, TERMINAL, stamp, quota=quota)
            if on_disk
            else MemoryQueue(TERMINAL, stamp, quota=quota)
        )
        return made[-1]

    yield queue
    for one in made:
        one.close()


def refuses(queue: AnyQueue, *, now: float = NOW) -> str:
    """Which quota is used up: told by ``room``, and true."""
    full = queue.room(now=now).full
    before = queue.matters()
    if full:
        with pytest.raises(QueueFull):
            queue.put(new_matter(), now=now)
        assert queue.matters() == before
    return full


def test_count(make: Make) -> None:
    queue = make(Quota(count=2))
    queue.put(new_matter("a"), now=NOW)
    assert refuses(queue) == ""
    queue.put(new_matter("b"), now=NOW)
    assert refuses(queue) == "count"
    queue.claim(1, now=NOW)
    assert refuses(queue) == "count"
    mark_filed(queue, "a", GRANTED, now=NOW)
    assert refuses(queue) == ""


def test_size_is_that_of_envelopes_and_attachments(make: Make) -> None:
    queue = make(Quota(size=6000))
    queue.put(new_matter("a", text="x" * 1500), now=NOW)
    size = queue.room(now=NOW).size
    assert 1500 < size < 3000
    matter = new_matter("b")
    queue.put(NewMatter(matter.id, matter.item, 1, matter.payload, attachments=(PAGE,)), now=NOW)
    assert queue.room(now=NOW).size > size + PAGE.size
    assert refuses(queue) == "size"


def test_age_of_the_oldest_that_waits(make: Make) -> None:
    queue = make(Quota(age=100))
    queue.put(new_matter("a"), now=NOW)
    queue.put(new_matter("b"), now=NOW + 50)
    assert queue.room(now=NOW).oldest == NOW
    assert refuses(queue, now=NOW + 100) == ""
    assert refuses(queue, now=NOW + 101) == "age"
    queue.claim(1, now=NOW)
    assert refuses(queue, now=NOW + 101) == "age"
    mark_filed(queue, "a", GRANTED, now=NOW)
    assert queue.room(now=NOW + 101).oldest == NOW + 50
    assert refuses(queue, now=NOW + 101) == ""


@pytest.mark.parametrize("state", [MatterState.QUEUED, MatterState.PARKED])
def test_what_was_put_back_waits_too(make: Make, state: MatterState) -> None:
    queue = make(Quota(age=100))
    queue.put(new_matter("a"), now=NOW)
    queue.put(new_matter("b"), now=NOW + 50)
    queue.claim(1, now=NOW)
    queue.settle([Outcome("a", state, not_before=NOW + 60)], now=NOW)
    assert queue.room(now=NOW).oldest == NOW
    assert queue.room(now=NOW).waiting == 2


def test_floor_of_the_disk(make: Make) -> None:
    assert refuses(make(Quota(free=NO_DISK))) == "disk"


def test_what_goes_at_once_does_not_ask_how_much_waits(make: Make) -> None:
    queue = make(Quota(count=0, size=0, age=-1.0))
    queue.put(replace(new_matter("a"), at_once=True), now=NOW)
    assert refuses(queue) == "count"
    with pytest.raises(QueueFull):
        make(Quota(free=NO_DISK)).put(replace(new_matter("b"), at_once=True), now=NOW)


def test_nothing_waits(make: Make) -> None:
    room = make(Quota()).room(now=NOW)
    assert (room.waiting, room.size, room.oldest, room.full) == (0, 0, None, "")
    assert room.free > 0


def test_what_was_taken_goes_on_when_nothing_more_is_taken(make: Make) -> None:
    queue = make(Quota(count=2))
    first = queue.put(new_matter("a"), now=NOW)
    queue.put(new_matter("b"), now=NOW)
    assert queue.put(new_matter("a", other=1), now=NOW) == first
    queue.save_draft("s", b"content", now=NOW)
    assert queue.begin_effect("print-1", "print") == ""
    queue.end_effect("print-1", "printed")
    assert len(queue.claim(9, now=NOW)) == 2
    mark_later(queue, "b", not_before=NOW + 5, error="later")
    mark_filed(queue, "a", GRANTED, now=NOW)
    assert queue.get("a").state is MatterState.FILED


def test_all_or_none(make: Make) -> None:
    queue = make(Quota(count=3))
    queue.put(new_matter("a"), now=NOW)
    with pytest.raises(QueueFull):
        queue.put_all([new_matter(name) for name in "abcd"], now=NOW)
    assert len(queue.matters()) == 1
    assert [envelope.seq for envelope in queue.put_all([new_matter(name) for name in "bac"], now=NOW)] == [2, 1, 3]


@pytest.mark.parametrize(
    ("passed", "full"), [(-10 * YEAR, ""), (29 * DAY, ""), (31 * DAY, "age"), (300 * DAY, "age"), (10 * YEAR, "")]
)
def test_a_clock_that_jumped_makes_nothing_old(passed: float, full: str) -> None:
    room = rules.judged(Room(1, 1, NOW, 1 << 40), Quota(age=30 * DAY), now=NOW + passed)
    assert room.full == full
