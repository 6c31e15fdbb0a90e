"""A disk that is full, fails or may not be written to: what was taken is safe, and it goes on once the disk does."""

import errno
import shutil
from collections import Counter
from pathlib import Path

import pytest

from tests.faults import day
from tests.faults.day import SHORT, found, possible
from tests.faults.disk import empty
from tests.faults.journal import read_journal
from tests.faults.power import ROOM, SYNC, Done, Power, Workers
from tests.faults.terminal import open_queue

pytestmark = pytest.mark.timeout(300)

MADE_IN = 120
"""Writes, at most."""
DONE = [step.name for step in SHORT]


@pytest.fixture
def template(folder: Path) -> Path:
    """A folder in which a queue was made and nothing filed."""
    made = folder.parent / "template"
    day.live(made, "none")
    return made


@pytest.fixture
def counted(workers: Workers, folder: Path, template: Path) -> "Counter[str]":
    """Steps of a day by kind."""
    journal = folder.parent / "journal"
    shutil.copytree(template, folder, dirs_exist_ok=True)
    workers.run(day.live, folder, "short", power=Power(folder, journal), output=folder.parent / "said")
    return Counter(step.kind.value for step in read_journal(journal))


def live(workers: Workers, template: Path, power: Power, tries: int) -> Done:
    folder = power.folder
    shutil.rmtree(folder)
    shutil.copytree(template, folder)
    done = workers.run(day.endure, folder, "short", tries, power=power, output=folder.parent / "said")
    assert done.status == 0
    with open_queue(folder) as queue:
        assert found(queue) in possible(done.said, "short"), power
    return done


def test_a_write_that_finds_the_disk_full(
    workers: Workers, folder: Path, template: Path, counted: "Counter[str]"
) -> None:
    """Once, wherever it comes: the same call goes through when it is made again."""
    for at in range(1, sum(counted[kind] for kind in ROOM) + 1):
        done = live(workers, template, Power(folder, steps=ROOM, at=at, error=errno.ENOSPC), tries=2)
        assert done.said == DONE, at


def test_a_disk_that_stays_full(workers: Workers, folder: Path, template: Path, counted: "Counter[str]") -> None:
    for at in range(1, sum(counted[kind] for kind in ROOM) + 1, 5):
        live(workers, template, Power(folder, steps=ROOM, at=at, error=errno.ENOSPC, stays=True), tries=1)


def test_a_disk_that_is_full_when_the_queue_is_made(workers: Workers, folder: Path) -> None:
    """The file of a new terminal: every seventh write stands for them all, none of them holds anything yet."""
    fresh = empty(folder.parent / "fresh")
    for at in range(1, MADE_IN, 7):
        done = live(workers, fresh, Power(folder, steps=ROOM, at=at, error=errno.ENOSPC), tries=2)
        assert done.said == DONE, at


def test_a_sync_that_fails(workers: Workers, folder: Path, template: Path, counted: "Counter[str]") -> None:
    for at in range(1, counted[SYNC] + 1):
        done = live(workers, template, Power(folder, steps=SYNC, at=at, error=errno.EIO), tries=2)
        assert done.said == DONE, at
