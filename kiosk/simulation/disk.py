"""The disk under the queue as a simulated device: it loses, spoils and fills, as disks do while nobody looks.

The queue notices when it next opens its file: at the next start of a process, or when staff ask for its status.
"""

import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from drivers.simulation.contract import Verb, verbs_of

LEFT: Final = 8 << 20
"""Bytes that stay free on a disk that is filled: less than any floor of a queue."""
LARGEST_FILL: Final = 1 << 30
"""Of a larger disk it would take from others than the terminal."""
_SPOILED: Final = 2048
"""Bytes: a good part of a page."""


class SimulatedDisk:
    """``file`` is the queue's, ``key_file`` its key where no TPM seals it."""

    kind = "queue"

    def __init__(self, file: Path, key_file: Path) -> None:
        self._file = file
        self._key = key_file
        self._true_key = _beside(key_file, "true")
        self._ballast = _beside(file, "ballast")
        self._happened = "nothing"

    @property
    def endpoint(self) -> str:
        return str(self._file)

    def start(self) -> None:
        """A disk is there from the beginning."""

    def state(self) -> Mapping[str, str]:
        return {"last mishap": self._happened}

    def verbs(self) -> Mapping[str, Verb]:
        return verbs_of(self)

    def simulate_damage(self, _argument: str = "") -> None:
        """The middle of the file is no longer what was written there."""
        with self._file.open("r+b") as file:
            file.seek(self._file.stat().st_size // 2)
            file.write(secrets.token_bytes(_SPOILED))
        self._happened = "damage"

    def simulate_lose(self, _argument: str = "") -> None:
        """The file is gone, as with a disk that was changed."""
        for ending in ("", "-wal", "-shm"):
            self._file.with_name(self._file.name + ending).unlink(missing_ok=True)
        self._happened = "lose"

    def simulate_wrong_key(self, _argument: str = "") -> None:
        if not self._true_key.exists():
            self._key.rename(self._true_key)
        self._key.touch(0o600)
        self._key.write_bytes(secrets.token_bytes(self._true_key.stat().st_size))
        self._happened = "wrong_key"

    def simulate_fill(self, _argument: str = "") -> None:
        """Raises ``ValueError`` where that would take very much."""
        size = shutil.disk_usage(self._file.parent).free - LEFT
        if size > LARGEST_FILL:
            raise ValueError(f"{self._file.parent} is on a large disk: lay [terminal] state_dir on a small one")
        with self._ballast.open("ab") as ballast:
            os.posix_fallocate(ballast.fileno(), ballast.tell(), max(size, 1))
        self._happened = "fill"

    def simulate_heal(self, _argument: str = "") -> None:
        """What can be put back is: the key and the room."""
        self._ballast.unlink(missing_ok=True)
        if self._true_key.exists():
            self._true_key.replace(self._key)
        self._happened = "nothing"

    def close(self) -> None:
        self.simulate_heal()


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(f"{path.name}.{ending}")
