"""Files that travel with matters, on the disk: what only files can get wrong."""

import os
import shutil
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pytest

from offline_queue import attachments
from offline_queue.attachments import SEGMENT, AttachmentFolder
from offline_queue.contract import (
    QueueFull,
    QueueUnavailable,
    Quota,
    UnknownMatter,
)
from offline_queue.envelope import Attachment
from offline_queue.store import SqliteQueue
from tests.offline_queue.helpers import CANARY, KEY, NOW, TERMINAL, stamp

MUCH_LATER = time.time() + attachments.RUBBISH + 86400.0
PAGE = CANARY.encode() * 9000
"""More than two segments."""


@pytest.fixture
def disk(store: SqliteQueue) -> AttachmentFolder:
    return store.attachments


def stored(disk: AttachmentFolder, page: Attachment) -> Path:
    return disk.folder / page.digest[:2] / page.digest


def leftovers(disk: AttachmentFolder) -> list[Path]:
    return [path for path in disk.folder.rglob("*") if path.is_file() and path.name != "lock"]


def test_nothing_can_be_read_on_the_disk_and_others_may_not_look(disk: AttachmentFolder, tmp_path: Path) -> None:
    page = disk.add("page", PAGE, "image/png", now=NOW)
    for path in tmp_path.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0
        if path.is_file():
            assert CANARY.encode() not in path.read_bytes()
    assert len(stored(disk, page).read_bytes()) > len(PAGE)


def test_the_same_page_twice_has_nothing_in_common(disk: AttachmentFolder) -> None:
    page = disk.add("page", PAGE, "image/png", now=NOW)
    before = stored(disk, page).read_bytes()
    disk.delete([page.digest])
    disk.add("page", PAGE, "image/png", now=NOW)
    assert stored(disk, page).read_bytes()[:64] != before[:64]


def test_it_is_there_for_the_next_process(store: SqliteQueue, tmp_path: Path) -> None:
    page = store.attachments.add("page", PAGE, "image/png", now=NOW)
    store.attachments.uploaded(page.digest, 7)
    store.close()
    again = SqliteQueue(tmp_path / "queue.db", KEY, TERMINAL, stamp)
    assert again.attachments.read(page.digest) == PAGE
    assert again.attachments.offset(page.digest) == 7
    again.close()


SEALED = SEGMENT + 28
DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "short": lambda data: data[:-1],
    "one segment": lambda data: data[:SEALED],
    "empty": lambda data: data[:0],
    "one bit": lambda data: data[:100] + bytes([data[100] ^ 1]) + data[101:],
    "swapped": lambda data: data[SEALED : 2 * SEALED] + data[:SEALED] + data[2 * SEALED :],
    "doubled": lambda data: data[:SEALED] + data[:SEALED] + data[2 * SEALED :],
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_file_is_never_read_as_if_it_were_whole(disk: AttachmentFolder, damage: str) -> None:
    page = disk.add("page", PAGE, "image/png", now=NOW)
    path = stored(disk, page)
    path.write_bytes(DAMAGE[damage](path.read_bytes()))
    with pytest.raises(UnknownMatter):
        disk.read(page.digest)
    assert disk.add("page", PAGE, "image/png", now=NOW) == page
    assert disk.read(page.digest) == PAGE


def test_the_file_of_another_page_is_not_read_in_its_place(disk: AttachmentFolder) -> None:
    one = disk.add("page", PAGE, "image/png", now=NOW)
    two = disk.add("page", PAGE[::-1], "image/png", now=NOW)
    stored(disk, one).write_bytes(stored(disk, two).read_bytes())
    with pytest.raises(UnknownMatter):
        disk.read(one.digest)


def test_without_its_row_a_file_is_rubbish_and_goes_at_start(disk: AttachmentFolder) -> None:
    page = disk.add("page", PAGE, "image/png", now=NOW)
    rubbish = stored(disk, page).with_name("cd" * 32)
    rubbish.write_bytes(b"x")
    (rubbish.parent / f".{page.digest}.1.0123abcd").write_bytes(b"half a file")
    assert disk.tidy(now=MUCH_LATER) == 0
    assert leftovers(disk) == [stored(disk, page)]
    assert disk.read(page.digest) == PAGE


def test_a_whole_file_without_its_row_stays_a_while_for_its_key_may_be_found(disk: AttachmentFolder) -> None:
    page = disk.add("page", PAGE, "image/png", now=NOW)
    left = stored(disk, page).with_name("cd" * 32)
    left.write_bytes(b"x")
    assert disk.tidy(now=time.time()) == 0
    assert left.exists()


def test_without_its_file_a_row_goes_at_start_and_is_counted(disk: AttachmentFolder) -> None:
    page, whole = disk.add("page", PAGE, "image/png", now=NOW), disk.add("page", b"other", "image/png", now=NOW)
    stored(disk, page).unlink()
    with pytest.raises(UnknownMatter):
        disk.read(page.digest)
    assert disk.tidy(now=MUCH_LATER) == 1
    with pytest.raises(UnknownMatter):
        disk.offset(page.digest)
    assert disk.read(whole.digest) == b"other"
    disk.add("page", PAGE, "image/png", now=NOW)
    assert disk.read(page.digest) == PAGE


class Usage(NamedTuple):
    total: int
    used: int
    free: int


def test_at_the_floor_of_the_disk_nothing_more_is_taken(
    disk: AttachmentFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nearly_full(_: object) -> Usage:
        return Usage(1 << 40, 0, Quota.free + len(PAGE) - 1)

    monkeypatch.setattr(shutil, "disk_usage", nearly_full)
    with pytest.raises(QueueFull):
        disk.add("page", PAGE, "image/png", now=NOW)
    assert disk.add("page", PAGE[1:], "image/png", now=NOW).size == len(PAGE) - 1


def test_a_disk_that_fills_up_leaves_nothing_half(disk: AttachmentFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(QueueUnavailable, match="disk is full"):
            disk.add("page", PAGE, "image/png", now=NOW)
    disk.tidy(now=MUCH_LATER)
    assert leftovers(disk) == []
    page = disk.add("page", PAGE, "image/png", now=NOW)
    assert disk.read(page.digest) == PAGE


class Killed(BaseException):
    """Nothing of the process runs any more."""


def dying(monkeypatch: pytest.MonkeyPatch, moment: int) -> Callable[[], bool]:
    """Die at the ``moment``-th change of the disk; tells whether it came to that."""
    left, died = [moment], list[bool]()

    def wrap(owner: object, name: str) -> None:
        real = getattr(owner, name)

        def step(*values: object, **named: object) -> object:
            left[0] -= 1
            if left[0] == 0:
                died.append(True)
                raise Killed
            if died:
                raise Killed  # not even what would clean up
            return real(*values, **named)

        monkeypatch.setattr(owner, name, step)

    for owner, name in ((Path, "mkdir"), (os, "fsync"), (Path, "replace"), (Path, "unlink"), (os, "open")):
        wrap(owner, name)
    return lambda: bool(died)


def test_killed_at_any_step_of_adding_it_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    moment, died = 0, True
    while died:
        moment += 1
        queue = SqliteQueue(tmp_path / str(moment) / "queue.db", KEY, TERMINAL, stamp)
        queue.counts()
        with pytest.MonkeyPatch.context() as patched:
            tell = dying(patched, moment)
            with suppress(Killed):
                queue.attachments.add("page", PAGE, "image/png", now=NOW)
            died = tell()
        assert queue.attachments.tidy(now=MUCH_LATER) == 0
        assert [len(leftovers(queue.attachments))] == [0 if died else 1]
        page = queue.attachments.add("page", PAGE, "image/png", now=NOW)
        assert queue.attachments.read(page.digest) == PAGE
        queue.close()
    assert moment > 5


def test_killed_at_any_step_of_deleting_all_are_there_or_nobody_can_read_them(tmp_path: Path) -> None:
    moment, died = 0, True
    while died:
        moment += 1
        queue = SqliteQueue(tmp_path / str(moment) / "queue.db", KEY, TERMINAL, stamp)
        pages = [queue.attachments.add("page", bytes([number]), "image/png", now=NOW) for number in range(3)]
        with pytest.MonkeyPatch.context() as patched:
            tell = dying(patched, moment)
            with suppress(Killed):
                queue.attachments.delete([page.digest for page in pages])
            died = tell()
        readable = [page for page in pages if is_readable(queue.attachments, page)]
        assert readable in ([], pages), "all or none"
        queue.attachments.tidy(now=MUCH_LATER)
        assert len(leftovers(queue.attachments)) == len(readable)
        queue.close()
    assert moment > 3


def is_readable(disk: AttachmentFolder, page: Attachment) -> bool:
    try:
        return bool(disk.read(page.digest))
    except UnknownMatter:
        return False


def test_several_threads_and_a_sweep_at_once_lose_nothing(store: SqliteQueue) -> None:
    disk, failures = store.attachments, list[BaseException]()

    def work(number: int) -> None:
        try:
            for turn in range(6):
                content = bytes([number, turn]) * 1000
                page = disk.add("page", content, "image/png", now=NOW)
                assert disk.read(page.digest) == content
        except BaseException as error:  # noqa: BLE001
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        assert disk.tidy(now=MUCH_LATER) == 0
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(leftovers(disk)) == 24
