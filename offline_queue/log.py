"""The write-ahead log grows in strides.

A commit that makes a file longer waits for the file system's journal besides the disk, which takes twice as long. So
room for several commits is made at once, of zeros: SQLite reads nothing behind the last commit, and writes over it.
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

import apsw

from offline_queue.connection import LOG_PAGES, Connection
from offline_queue.pages import LOG_HEADER, LOGGED_PAGE

LONGEST: Final = LOG_HEADER + LOG_PAGES * LOGGED_PAGE
"""Bytes: then it goes into the file."""
_ENOUGH: Final = 64 << 10
"""Bytes for the next commit, of one thread or of several."""
_STRIDE: Final = 1 << 20


def used(connection: Connection) -> int:
    """Bytes, from its beginning, as this connection saw it last; none when another process is just changing that.

    Not within a transaction.
    """
    try:
        frames, _ = connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_NOOP)
    except apsw.BusyError:  # it reads the log's index without a lock, and does not wait for a whole one
        return 0
    return LOG_HEADER + max(frames, 0) * LOGGED_PAGE


def make_room(connection: Connection, used: int, free: int) -> None:
    """Within a transaction that may write: then nobody else makes the log longer. ``free``: bytes on the disk."""
    if free < 2 * LONGEST:  # what log and file need goes before
        return
    with suppress(OSError):  # SQLite itself says what is wrong with the disk
        size = os.stat(connection.filename_wal).st_size  # noqa: PTH116 - Path.stat takes twice as long
        if missing := stride(min(used, size), size):  # another process may have emptied it
            with Path(connection.filename_wal).open("ab", buffering=0) as log:
                log.write(bytes(missing))


def stride(used: int, size: int) -> int:
    """How much to add to a log of that size: the more of it is used, the more."""
    if size - used >= _ENOUGH or size >= LONGEST:
        return 0
    return min(max(used, _ENOUGH), _STRIDE, LONGEST - size)
