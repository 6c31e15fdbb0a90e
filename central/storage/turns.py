"""One process at a time writes to a database of SQLite.

SQLite 3.7.0 to 3.51.2, and so Debian 12 with 3.40.1, can damage a database in WAL mode
(https://www.sqlite.org/wal.html#walresetbug): a checkpoint that begins when another has just copied the whole log may
overlook that a commit of another connection starts the log anew, and a later one then leaves pages uncopied. It takes
two connections, one in a checkpoint and one in a commit. Each process has one, but commands work beside the server, and
SQLite's own locks do not keep them apart: the checkpoint that follows a commit is made after the writer's lock was
given back, and another by the connection that closes last.

So a lock of the kernel is held from before a transaction that may write until its connection is given back, and while a
connection is set up or closed. Who only reads needs none: reading neither commits nor makes a checkpoint. Two system
calls beside the commit's wait for the disk cost nothing, and whoever is killed gives his turn back.
"""

import fcntl
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from central.storage.errors import StorageUnavailable

_PAUSE: Final = 0.002
"""Seconds between two tries."""


class Turn:
    """Of whoever has the process's one connection to ``file``; the lock is on ``FILE.lock``, for SQLite loses its own
    locks when anybody closes ``FILE``."""

    def __init__(self, file: Path, patience: float) -> None:
        """``patience`` in seconds. Opens nothing yet."""
        self._path = file.with_name(f"{file.name}.lock")
        self._patience = patience
        self._descriptor: int | None = None

    def take(self) -> None:
        """It may be his already. Raises :class:`StorageUnavailable`."""
        if self._descriptor is None:
            self._descriptor = self._open()
        until = time.monotonic() + self._patience
        while not self._taken(self._descriptor):
            if time.monotonic() > until:
                raise StorageUnavailable("busy")
            time.sleep(_PAUSE)

    def give_back(self) -> None:
        if self._descriptor is not None:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _open(self) -> int:
        try:
            return os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StorageUnavailable(error.strerror) from error

    @staticmethod
    def _taken(descriptor: int) -> bool:
        with suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        return False
