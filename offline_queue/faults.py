"""Why the queue file cannot be used, each with the words a technician reads."""

import errno
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

import apsw

from offline_queue.contract import QueueUnavailable


class DiskFull(QueueUnavailable):
    """The disk is full: make room; what was saved before is safe."""


class DiskFails(QueueUnavailable):
    """The disk cannot be read or written: check its space, quota and health."""


class ReadOnly(QueueUnavailable):
    """The queue file or its disk is read-only: check mount and owner."""


class NotOurs(QueueUnavailable):
    """The queue file may not be opened by this user: check its owner."""


class CannotOpen(QueueUnavailable):
    """The queue file cannot be opened: check folder, owner and disk."""


class Damaged(QueueUnavailable):
    """The queue file is damaged: do not delete it; the running terminal sets it aside and saves what is whole."""


class KeyFault(QueueUnavailable):
    """The key of the queue file cannot be had, or does not fit."""


class WrongKey(KeyFault):
    """The key does not fit the queue file, or it is no queue file: bring back the one that belongs to it."""


class KeyLost(KeyFault):
    """The queue file is there and its key is gone: bring the key back; without it nobody can read the file."""


class Newer(QueueUnavailable):
    """The queue file was written by a newer version of this program: install that version again."""


class Busy(QueueUnavailable):
    """Another program holds the queue file for too long."""


class NoMemory(QueueUnavailable):
    """The machine has no memory left for the queue."""


# Anything else that apsw raises is a fault of this program and stays what it is.
_BY_SQLITE: Final[dict[type[apsw.Error], type[QueueUnavailable]]] = {
    apsw.FullError: DiskFull,
    apsw.IOError: DiskFails,
    apsw.ReadOnlyError: ReadOnly,
    apsw.PermissionsError: NotOurs,
    apsw.CantOpenError: CannotOpen,
    apsw.CorruptError: Damaged,
    apsw.NotADBError: WrongKey,
    apsw.BusyError: Busy,
    apsw.LockedError: Busy,
    apsw.ProtocolError: Busy,  # of the log's locks: a race that SQLite has lost for ten seconds
    apsw.NoMemError: NoMemory,
}
_BY_NUMBER: Final[dict[int | None, type[QueueUnavailable]]] = {
    errno.ENOSPC: DiskFull,
    errno.EDQUOT: DiskFull,
    errno.EFBIG: DiskFull,
    errno.EROFS: ReadOnly,
    errno.EACCES: NotOurs,
    errno.EPERM: NotOurs,
    errno.EIO: DiskFails,
}


@contextmanager
def in_plain_words() -> Generator[None]:
    """Raise what SQLite and the operating system say as one of the above; their own messages can quote values."""
    try:
        yield
    except apsw.Error as error:
        raise translated(error) from None
    except OSError as error:
        raise said(_BY_NUMBER.get(error.errno, CannotOpen), error.strerror or "") from None


def translated(error: apsw.Error) -> Exception:
    fault = next((fault for kind, fault in _BY_SQLITE.items() if isinstance(error, kind)), None)
    return said(fault) if fault else error


def said(fault: type[QueueUnavailable], detail: str = "") -> QueueUnavailable:
    sentence = (fault.__doc__ or "").removesuffix(".")
    return fault(f"{sentence} ({detail})" if detail else sentence)
