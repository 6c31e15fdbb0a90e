"""Room in the log before it is needed: made in strides, of zeros, which are no frames."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from offline_queue import log
from offline_queue.connection import open_encrypted
from offline_queue.store import SqliteQueue
from tests.offline_queue.helpers import KEY, NOW, TERMINAL, new_matter, stamp
from tests.paths import ROOT

KIB = 1024


@pytest.mark.parametrize(
    ("used", "size", "missing"),
    [
        (32, 0, 64 * KIB),
        (32, 64 * KIB + 32, 0),
        (100 * KIB, 128 * KIB, 100 * KIB),
        (8192 * KIB, 8192 * KIB, 1024 * KIB),
        (log.LONGEST - 10, log.LONGEST - 10, 10),
        (log.LONGEST, log.LONGEST, 0),
    ],
)
def test_the_longer_the_log_the_longer_the_stride(used: int, size: int, missing: int) -> None:
    assert log.stride(used, size) == missing


@pytest.fixture
def queue(tmp_path: Path) -> SqliteQueue:
    return SqliteQueue(tmp_path / "queue.db", KEY, TERMINAL, stamp)


def test_the_next_commits_make_it_no_longer(queue: SqliteQueue, tmp_path: Path) -> None:
    written = tmp_path / "queue.db-wal"
    sizes: list[int] = []
    for _ in range(40):
        queue.put(new_matter(), now=NOW)
        sizes.append(written.stat().st_size)
    queue.close()
    assert sizes == sorted(sizes)
    assert 1 < len(set(sizes)) < 10


@pytest.mark.parametrize(("free", "made"), [(2 * log.LONGEST - 1, False), (2 * log.LONGEST, True)])
def test_none_is_made_of_what_log_and_file_need(tmp_path: Path, free: int, *, made: bool) -> None:
    connection = open_encrypted(tmp_path / "queue.db", KEY)
    before = (tmp_path / "queue.db-wal").stat().st_size
    log.make_room(connection, before, free)
    assert ((tmp_path / "queue.db-wal").stat().st_size > before) is made
    connection.close()


def test_the_zeros_behind_the_last_commit_hide_nothing(queue: SqliteQueue, tmp_path: Path) -> None:
    """As after a power cut: nobody closed the file."""
    ids = [queue.put(new_matter(), now=NOW).id for _ in range(5)]
    (tmp_path / "copy").mkdir()
    for file in tmp_path.glob("queue.db*"):
        shutil.copy(file, tmp_path / "copy")
    queue.close()
    again = SqliteQueue(tmp_path / "copy" / "queue.db", KEY, TERMINAL, stamp)
    assert again.file.check() == []
    assert [matter.envelope.id for matter in again.matters()] == ids
    again.close()


def test_a_disk_that_has_no_room_to_spare_takes_what_it_can(
    queue: SqliteQueue, file_size_limit: Callable[[int], None]
) -> None:
    queue.put(new_matter(), now=NOW)
    queue.file.forget_log()
    file_size_limit(40 * KIB)
    assert queue.put(new_matter(), now=NOW).seq == 2
    file_size_limit(-1)
    queue.close()


WRITER = """
import sys
from pathlib import Path
from offline_queue.store import SqliteQueue
from tests.offline_queue.helpers import KEY, NOW, TERMINAL, new_matter, stamp
queue = SqliteQueue(Path(sys.argv[1]), KEY, TERMINAL, stamp)
for _ in range(2000):
    queue.put(new_matter(), now=NOW)
"""


def test_it_is_asked_for_while_another_process_writes(tmp_path: Path) -> None:
    """SQLite answers BUSY where it meets the index of the log half written, once in some 20,000 looks."""
    connection = open_encrypted(tmp_path / "queue.db", KEY)
    with subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path / "queue.db")], cwd=ROOT) as writer:
        while writer.poll() is None:
            log.used(connection)
    connection.close()
    assert writer.returncode == 0
