"""A disk that is full, fails or may not be written to: what was taken is safe, and it goes on once the disk does."""

import errno
from collections import Counter
from pathlib import Path

import pytest

from tests.faults import day
from tests.faults.day import SHORT, found, possible
from tests.faults.disk import empty
from tests.faults.journal import read_journal
from tests.faults.power import ROOM, SYNC, Done, Power, Workers
from tests.faults.terminal import open_queue

DONE = [step.name for step in SHORT]


@pytest.fixture
def counted(workers: Workers, folder: Path) -> "Counter[str]":
    """Steps of a day by kind."""
    journal = folder.parent / "journal"
    workers.run(day.live, folder, "short", power=Power(folder, journal), output=folder.parent / "said")
    return Counter(step.kind.value for step in read_journal(journal))


def live(workers: Workers, folder: Path, power: Power, tries: int) -> Done:
    empty(folder)
    done = workers.run(day.endure, folder, "short", tries, power=power, output=folder.parent / "said")
    assert done.status == 0
    with open_queue(folder) as queue:
        assert found(queue) in possible(done.said, "short"), power
    return done


def test_a_write_that_finds_the_disk_full(workers: Workers, folder: Path, counted: "Counter[str]") -> None:
    """Once, wherever it comes: the same call goes through when it is made again."""
    for at in range(1, sum(counted[kind] for kind in ROOM) + 1):
        done = live(workers, folder, Power(folder, steps=ROOM, at=at, error=errno.ENOSPC), tries=2)
        assert done.said == DONE, at


def test_a_disk_that_stays_full(workers: Workers, folder: Path, counted: "Counter[str]") -> None:
    for at in range(1, sum(counted[kind] for kind in ROOM) + 1, 5):
        live(workers, folder, Power(folder, steps=ROOM, at=at, error=errno.ENOSPC, stays=True), tries=1)


def test_a_sync_that_fails(workers: Workers, folder: Path, counted: "Counter[str]") -> None:
    for at in range(1, counted[SYNC] + 1):
        done = live(workers, folder, Power(folder, steps=SYNC, at=at, error=errno.EIO), tries=2)
        assert done.said == DONE, at
