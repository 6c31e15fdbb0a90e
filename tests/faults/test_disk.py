"""The witness misses nothing, and the disk it is replayed on forgets what a disk may forget: a writer that does not
sync is convicted, one that does is not."""

import errno
import random
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults import jobs
from tests.faults.disk import SECTOR, Disk, Incomplete, Mercy, empty
from tests.faults.journal import Kind, Step, read_journal
from tests.faults.power import ROOM, SYNC, Done, Power, Workers


def contents(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def links(folder: Path) -> dict[str, str]:
    return {path.name: str(path.readlink()) for path in folder.rglob("*") if path.is_symlink()}


@pytest.fixture
def watch(workers: Workers, folder: Path) -> Callable[..., tuple[Disk, list[Step], Done]]:
    """Run a job; the disk before its first step, the steps, and how it ended."""

    def run(job: Callable[..., None], *arguments: object, **befalls: int | str) -> tuple[Disk, list[Step], Done]:
        disk, journal = Disk(folder), folder.parent / "journal"
        power = Power(folder, journal, **befalls)  # type: ignore[arg-type]
        done = workers.run(job, *arguments, power=power, output=folder.parent / "said")
        return disk, read_journal(journal), done

    return run


Watch = Callable[..., tuple[Disk, list[Step], Done]]


def left(disk: Disk, folder: Path, mercy: Mercy, chance: random.Random, names: Mercy | None = None) -> Path:
    goal = empty(folder.parent / "left")
    disk.leave(goal, mercy, names or mercy, chance)
    return goal


def test_the_whole_journal_gives_the_very_files(watch: Watch, folder: Path, chance: random.Random) -> None:
    (folder / "before").write_bytes(b"there already")
    disk, steps, done = watch(jobs.do_everything, folder)
    assert done.status == 0
    disk.play(steps)
    goal = left(disk, folder, Mercy.EVERYTHING, chance)
    assert contents(goal) == contents(folder)
    assert links(goal) == links(folder) == {"link": "system.db"}


@pytest.mark.parametrize("synchronous", ["FULL", "OFF"])
def test_a_writer_that_does_not_sync_is_convicted(
    watch: Watch, folder: Path, chance: random.Random, synchronous: str
) -> None:
    disk, steps, done = watch(jobs.fill_table, folder / "line.db", synchronous, 8)
    assert len(done.said) == 8
    losses = 0
    for _ in disk.crashes(steps):
        for mercy in (Mercy.NOTHING, Mercy.SECTORS):
            here = lines(left(disk, folder, mercy, chance) / "line.db")
            losses += not here.issuperset(disk.said)
    assert (losses == 0) == (synchronous == "FULL")


def lines(path: Path) -> set[str]:
    """Nothing when the file cannot be read."""
    connection = sqlite3.connect(path)
    try:
        return {str(row[0]) for row in connection.execute("SELECT number FROM line").fetchall()}
    except sqlite3.Error:
        return set()
    finally:
        connection.close()


# --- single promises of a disk ----------------------------------------------------------------------------------------


def step(kind: Kind, inode: int, first: bytes = b"", offset: int = 0, second: bytes = b"") -> Step:
    return Step(kind, inode, offset, first, second)


def created(folder: Path, name: str, inode: int) -> Step:
    return step(Kind.CREATED, inode, str(folder / name).encode())


def synced_folder(folder: Path) -> Step:
    return step(Kind.SYNCED, folder.stat().st_ino)


def test_what_was_synced_with_its_folder_survives(folder: Path, chance: random.Random) -> None:
    disk = Disk(folder)
    disk.play([created(folder, "a", 1), step(Kind.WRITTEN, 1, b"kept"), step(Kind.SYNCED, 1), synced_folder(folder)])
    disk.play([step(Kind.WRITTEN, 1, b"lost", offset=4)])
    assert contents(left(disk, folder, Mercy.NOTHING, chance)) == {"a": b"kept"}
    assert contents(left(disk, folder, Mercy.EVERYTHING, chance)) == {"a": b"keptlost"}


def test_a_synced_file_without_a_synced_name_may_be_gone(folder: Path, chance: random.Random) -> None:
    disk = Disk(folder)
    disk.play([created(folder, "a", 1), step(Kind.WRITTEN, 1, b"x"), step(Kind.SYNCED, 1)])
    assert contents(left(disk, folder, Mercy.NOTHING, chance)) == {}


def test_a_name_may_survive_its_content(folder: Path, chance: random.Random) -> None:
    disk = Disk(folder)
    disk.play([created(folder, "a", 1), step(Kind.WRITTEN, 1, b"x")])
    assert contents(left(disk, folder, Mercy.NOTHING, chance, names=Mercy.EVERYTHING)) == {"a": b""}


def test_a_name_moves_whole_or_not_at_all(folder: Path) -> None:
    (folder / "old").write_bytes(b"old")
    disk = Disk(folder)
    names = [str(folder / name).encode() for name in ("new", "old")]
    disk.play([created(folder, "new", 1), step(Kind.WRITTEN, 1, b"new"), step(Kind.SYNCED, 1)])
    disk.play([step(Kind.RENAMED, 1, names[0], second=names[1])])
    found = [contents(left(disk, folder, Mercy.WRITES, random.Random(seed))) for seed in range(20)]
    possible = [{"old": b"old"}, {"old": b"old", "new": b"new"}, {"old": b"new"}]
    assert all(each in possible for each in found)
    assert all(each in found for each in possible)


def test_writes_tear_where_sectors_end(folder: Path) -> None:
    disk = Disk(folder)
    disk.play([created(folder, "a", 1), synced_folder(folder), step(Kind.WRITTEN, 1, b"x" * 1200, offset=100)])
    torn: set[bytes] = set()
    for seed in range(40):
        torn.add(contents(left(disk, folder, Mercy.SECTORS, random.Random(seed)))["a"])
    begins = {0, SECTOR, 2 * SECTOR, 1300}
    edges = {place for content in torn for place in range(101, len(content)) if content[place] != content[place - 1]}
    assert edges <= begins
    assert b"" in torn
    assert b"\0" * 100 + b"x" * 1200 in torn


def test_what_a_failed_sync_was_for_is_never_written(folder: Path, chance: random.Random) -> None:
    disk = Disk(folder)
    disk.play([created(folder, "a", 1), synced_folder(folder), step(Kind.WRITTEN, 1, b"x"), step(Kind.SYNC_FAILED, 1)])
    disk.play([step(Kind.WRITTEN, 1, b"y", offset=1), step(Kind.SYNCED, 1)])
    assert contents(left(disk, folder, Mercy.EVERYTHING, chance)) == {"a": b"\0y"}


def test_a_file_nobody_saw_is_not_passed_over(folder: Path) -> None:
    with pytest.raises(Incomplete):
        Disk(folder).play([step(Kind.WRITTEN, 1, b"x")])


# --- exact mishaps ----------------------------------------------------------------------------------------------------


def test_death_comes_before_the_step(watch: Watch, folder: Path) -> None:
    _, whole, _ = watch(jobs.fill_table, folder / "line.db", "FULL", 3)
    counted = [each.kind for each in whole if each.kind is not Kind.MAPPED]
    for number in (1, 7, len(counted)):
        empty(folder)
        (folder.parent / "journal").unlink()
        _, steps, done = watch(jobs.fill_table, folder / "line.db", "FULL", 3, at=number)
        assert done.killed
        assert [each.kind for each in steps if each.kind is not Kind.MAPPED] == counted[: number - 1]


def test_a_full_disk_takes_half_of_a_write_and_no_more(watch: Watch, folder: Path) -> None:
    _, whole, _ = watch(jobs.write_blocks, folder / "blocks", 3)
    empty(folder)
    (folder.parent / "journal").unlink()
    _, steps, done = watch(jobs.write_blocks, folder / "blocks", 3, steps=ROOM, at=3, error=errno.ENOSPC, stays=1)
    assert done.said == [f"OSError {errno.ENOSPC}"]
    assert sum(len(each.first) for each in steps if each.kind is Kind.WRITTEN) * 2 == 3 * 4096
    assert sum(len(each.first) for each in whole if each.kind is Kind.WRITTEN) == 3 * 4096


def test_a_sync_fails_once(watch: Watch, folder: Path) -> None:
    _, steps, done = watch(jobs.write_blocks, folder / "blocks", 2, steps=SYNC, at=1, error=errno.EIO)
    assert done.said == [f"OSError {errno.EIO}"]
    assert [each.kind for each in steps if each.kind in {Kind.SYNCED, Kind.SYNC_FAILED}] == [Kind.SYNC_FAILED]
