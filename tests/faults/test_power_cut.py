"""The power goes between any two steps of a day; what the disk then holds is, exactly, what was counted on."""

import random
from pathlib import Path

import pytest

from offline_queue import envelope as wire
from offline_queue.store import SqliteQueue
from tests.faults import day
from tests.faults.day import NOW, WHOLE, found, possible
from tests.faults.disk import Disk, Mercy, empty
from tests.faults.journal import Step, read_journal
from tests.faults.power import Power, Workers
from tests.faults.terminal import SECRETS, matter, open_queue
from tests.searching import Search

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def recorded(workers: Workers, folder: Path) -> tuple[Disk, list[Step]]:
    """A whole day, and the disk it began with."""
    disk, journal = Disk(folder), folder.parent / "journal"
    done = workers.run(day.live, folder, power=Power(folder, journal), output=folder.parent / "said")
    assert (done.status, done.said) == (0, [step.name for step in WHOLE])
    return disk, read_journal(journal)


MERCIES = (
    (Mercy.SECTORS, Mercy.SECTORS),
    (Mercy.NOTHING, Mercy.EVERYTHING),
    (Mercy.WRITES, Mercy.NOTHING),
    (Mercy.EVERYTHING, Mercy.WRITES),
)
"""Of contents and of names."""


def test_every_moment_of_a_day(recorded: tuple[Disk, list[Step]], folder: Path, chance: random.Random) -> None:
    """Each time with nothing left of what was not synced, and with some of it; more comes by chance in the soak."""
    disk, steps = recorded
    for moment in disk.crashes(steps):
        for content, names in ((Mercy.NOTHING, Mercy.NOTHING), MERCIES[moment % len(MERCIES)]):
            left = empty(folder.parent / "left")
            disk.leave(left, content, names, chance)
            with open_queue(left) as queue:
                assert found(queue) in possible(disk.said), (moment, content, names, disk.said)
                check_going_on(queue)


def check_going_on(queue: SqliteQueue) -> None:
    """The next matter gets the next number, in the same epoch, and the chain has no gap."""
    following = queue.put(matter(99), now=NOW)
    matters = queue.matters()
    assert [one.envelope.seq for one in matters] == list(range(1, len(matters) + 1))
    assert (following.epoch, following.seq) == (1, len(matters))
    digests = {receipt.id: receipt.digest for receipt in queue.receipts(1)}
    previous = [""] + [digests.get(one.envelope.id) or wire.digest(one.envelope) for one in matters]
    assert [one.envelope.previous for one in matters] == previous[:-1]


def test_nothing_readable_was_ever_written(recorded: tuple[Disk, list[Step]], folder: Path) -> None:
    search = Search(SECRETS)
    assert not search.tells((folder.parent / "journal").read_bytes())
