"""What the next matter comes after is known from the last put, and asked for again once it may have changed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from offline_queue import envelope as wire
from offline_queue.contract import MatterState, Outcome, QueueFull, QueueUnavailable, Quota
from offline_queue.store import SqliteQueue
from tests.offline_queue.helpers import KEY, NOW, TERMINAL, new_matter, stamp

RENEWALS: dict[str, Callable[[SqliteQueue], None]] = {
    "compacted": lambda queue: queue.file.compact(),
    "closed": lambda queue: queue.close(),
}


def opened(path: Path, quota: Quota | None = None) -> SqliteQueue:
    return SqliteQueue(path / "queue.db", KEY, TERMINAL, stamp, quota=quota)


@pytest.fixture
def queue(tmp_path: Path) -> SqliteQueue:
    return opened(tmp_path)


def test_after_what_another_process_put(queue: SqliteQueue, tmp_path: Path) -> None:
    other = opened(tmp_path)
    chain = [one.put(new_matter(), now=NOW) for one in (queue, other, other, queue, other, queue)]
    assert [envelope.seq for envelope in chain] == [1, 2, 3, 4, 5, 6]
    assert [envelope.previous for envelope in chain[1:]] == [wire.digest(envelope) for envelope in chain[:-1]]


def test_after_a_put_that_came_to_nothing(queue: SqliteQueue, file_size_limit: Callable[[int], None]) -> None:
    first = queue.put(new_matter(), now=NOW)
    file_size_limit(64)
    with pytest.raises(QueueUnavailable):
        queue.put_all([new_matter(), new_matter()], now=NOW)
    file_size_limit(-1)
    second = queue.put(new_matter(), now=NOW)
    assert (second.seq, second.previous) == (2, wire.digest(first))


def test_in_the_epoch_that_began_meanwhile(queue: SqliteQueue) -> None:
    queue.put(new_matter(), now=NOW)
    queue.file.begin_epoch(5)
    envelope = queue.put(new_matter(), now=NOW)
    assert (envelope.epoch, envelope.seq, envelope.previous) == (5, 1, "")


@pytest.mark.parametrize("renewal", RENEWALS)
def test_in_the_file_that_took_the_place_of_the_last(queue: SqliteQueue, renewal: str) -> None:
    first = queue.put(new_matter(), now=NOW)
    RENEWALS[renewal](queue)
    assert queue.put(new_matter(), now=NOW).previous == wire.digest(first)


def test_into_the_room_that_was_made_meanwhile(tmp_path: Path) -> None:
    queue, sender = opened(tmp_path, Quota(count=2)), opened(tmp_path)
    for _ in range(3):
        ids = [queue.put(new_matter(), now=NOW).id for _ in range(2)]
        with pytest.raises(QueueFull):
            queue.put(new_matter(), now=NOW)
        for one in (queue, sender):
            (claimed,) = one.claim(1, now=NOW)
            one.settle([Outcome(claimed.envelope.id, MatterState.FILED)], now=NOW)
            assert claimed.envelope.id in ids
