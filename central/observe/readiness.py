"""Whether a worker should be sent requests: asked by the load balancer, and said no to before it ends."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

from central.storage.database import Storage
from central.storage.errors import StorageError

ROOM: Final = 256 << 20
"""Bytes on the disk of the centre's folder that there must be: some hundred attachments under way at once."""

FreeBytes = Callable[[Path], int]


def free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


class Readiness:
    def __init__(self, storage: Storage, data: Path, free: FreeBytes = free_bytes) -> None:
        self._storage = storage
        self._data = data
        self._free = free
        self._draining = False

    def drain(self) -> None:
        """It is about to end, and answers what still comes."""
        self._draining = True

    def flaws(self) -> list[str]:
        """Why it should get none now; empty when it is ready."""
        if self._draining:
            return ["it is about to end"]
        return [*self._of_database(), *self._of_disk()]

    def _of_database(self) -> list[str]:
        try:
            return [] if self._storage.is_ready() else ["the database only reads, or its tables are out of date"]
        except StorageError:
            return ["the database does not answer"]

    def _of_disk(self) -> list[str]:
        try:
            return [] if self._free(self._data) >= ROOM else ["the disk is nearly full"]
        except OSError:
            return ["the disk does not answer"]
