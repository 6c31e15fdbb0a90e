"""Keys that were revoked, in a file beside the database: it only grows, and outlives a database that is restored from a
backup made before the revocation."""

import os
from pathlib import Path

from central.files import make_folder, sync_folder

FILE = "revoked"


class Revocations:
    """One key's id a line; blank lines mean nothing. Safe from several threads and processes."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._known: tuple[int, frozenset[str]] = 0, frozenset()
        """Size of the file that was read, and what it held."""

    def add(self, key_id: str) -> None:
        """On the disk when it returns. Raises ``OSError``."""
        make_folder(self._path.parent)
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.write(descriptor, f"\n{key_id}\n".encode())  # the first end of line is for a line that was cut off
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        sync_folder(self._path.parent)

    def __contains__(self, key_id: object) -> bool:
        """Raises ``OSError``."""
        try:
            size = self._path.stat().st_size
        except FileNotFoundError:
            return False
        if size != self._known[0]:
            content = self._path.read_bytes()
            self._known = len(content), frozenset(content.decode("ascii", "replace").split())
        return key_id in self._known[1]
