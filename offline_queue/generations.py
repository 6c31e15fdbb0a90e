"""The names behind a queue file that is replaced while other processes use it.

``NAME`` is the file itself until it is first replaced; from then on it is a symbolic link to ``NAME.g2``, ``NAME.g3``
and so on. No number follows itself, because SQLite deletes ``NAME.g2-wal`` when it closes ``NAME.g2``: a process that
closes the old file late cannot hurt the new one. What is not linked is either set aside (``NAME.damaged-1``) or left
over from a change that was broken off, and goes.
"""

import fcntl
import json
import os
import re
import shutil
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from offline_queue.envelope import LAST_EPOCH
from offline_queue.folder import sync_file, sync_folder, write_over
from offline_queue.pages import PAGE

_COMPANIONS: Final = ("-wal", "-shm", "-journal")


class FileLock:
    """``NAME.lock``: shared by all who use the file, held alone by whoever opens, makes or replaces it.

    ``NAME.turn`` is held for a moment only, or by whoever waits to be alone: without it those who share the file could
    relieve each other for ever. The system lets go of both when a process dies. Not for several threads at once.
    """

    def __init__(self, path: Path) -> None:
        self._paths = [path.with_name(f"{path.name}.{name}") for name in ("lock", "turn")]
        self._files: list[int] = []

    def share(self) -> None:
        """Until :meth:`release`. Raises ``OSError``."""
        lock, turn = self._files or self._open()
        fcntl.flock(turn, fcntl.LOCK_SH)
        try:
            fcntl.flock(lock, fcntl.LOCK_SH)
        finally:
            fcntl.flock(turn, fcntl.LOCK_UN)

    def release(self) -> None:
        fcntl.flock(self._files[0], fcntl.LOCK_UN)

    @contextmanager
    def alone(self) -> Generator[None]:
        """Not while it is shared by the same holder. Raises ``OSError``."""
        self.close()  # whoever emptied the folder took the files with it
        lock, turn = self._open()
        fcntl.flock(turn, fcntl.LOCK_EX)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
        finally:
            fcntl.flock(turn, fcntl.LOCK_UN)
        try:
            yield
        finally:
            self.release()

    def close(self) -> None:
        while self._files:
            os.close(self._files.pop())

    def _open(self) -> list[int]:
        self._paths[0].parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        for path in self._paths:
            self._files.append(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        return self._files


@dataclass(frozen=True)
class Memory:
    """What is known of the file without the file: that there was one, and how far its epochs came."""

    epoch: int = 0
    made: bool = False
    borne: bool = True
    """By the file, too: not while the epoch is being written there."""


def remembered(path: Path) -> Memory | None:
    """Nothing when there never was a file. What cannot be read tells at least that there was one."""
    try:
        fields = cast("dict[str, Any]", json.loads(_sidecar(path).read_bytes()))
        memory = Memory(int(fields["epoch"]), fields["made"] is True, fields.get("borne") is not False)
        return memory if 0 <= memory.epoch <= LAST_EPOCH else Memory(made=True)
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, OverflowError):
        return Memory(made=True)


def remember(path: Path, memory: Memory) -> None:
    """Durable."""
    if remembered(path) != memory:
        write_over(_sidecar(path), json.dumps(vars(memory)).encode())


def _sidecar(path: Path) -> Path:
    return path.with_name(f"{path.name}.epoch")


def real(path: Path) -> Path:
    """The file behind the name, which may be missing."""
    return path.parent / path.readlink() if path.is_symlink() else path


def identity(path: Path) -> tuple[int, int] | None:
    """Which file the name means now; nothing when it is missing."""
    try:
        found = os.stat(path)  # noqa: PTH116 - Path.stat takes twice as long, and this is asked before every transaction
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def has_pages(file: Path) -> bool:
    return file.exists() and file.stat().st_size >= PAGE


def log_of(file: Path) -> bytes:
    """All of the write-ahead log beside it."""
    try:
        return Path(f"{file}-wal").read_bytes()
    except FileNotFoundError:
        return b""


def fresh(path: Path) -> Path:
    """A name for the next generation."""
    used = [int(match[1]) for name in _names(path) if (match := _generation(path, name))]
    return path.with_name(f"{path.name}.g{max(used, default=1) + 1}")


def switch(path: Path, new: Path) -> None:
    """From now on ``path`` means ``new``, which is closed and complete. Durable."""
    sync_file(new)
    link = path.with_name(f"{path.name}.link")
    link.unlink(missing_ok=True)
    link.symlink_to(new.name)
    link.replace(path)
    sync_folder(path.parent)


def set_aside(path: Path) -> str:
    """Give the damaged file and its log a second name, which no change of generation removes; that name."""
    old = real(path)
    tails = [tail for tail in ("", "-wal") if (file := Path(f"{old}{tail}")).exists() and file.stat().st_size]
    number = 1
    while any(os.path.lexists(f"{path}.damaged-{number}{tail}") for tail in ("", "-wal")):
        number += 1
    aside = path.with_name(f"{path.name}.damaged-{number}")
    for tail in tails:
        _keep(Path(f"{old}{tail}"), Path(f"{aside}{tail}"))
    sync_folder(path.parent)
    return aside.name if tails else ""


def _keep(source: Path, target: Path) -> None:
    try:
        target.hardlink_to(source)
    except PermissionError:  # some file systems have no hard links
        shutil.copyfile(source, target)
        sync_file(target)


def tidy(path: Path) -> None:
    """Remove what was left behind when a change of generation was broken off, and old generations."""
    current = real(path).name
    for name in _names(path):
        if (_generation(path, name) or name == f"{path.name}.link") and name != current:
            destroy(path.with_name(name))
    if current != path.name:
        _destroy_companions(path)


def destroy(file: Path) -> None:
    file.unlink(missing_ok=True)
    _destroy_companions(file)


def _destroy_companions(file: Path) -> None:
    for tail in _COMPANIONS:
        Path(f"{file}{tail}").unlink(missing_ok=True)


def _names(path: Path) -> Iterator[str]:
    return (entry.name for entry in os.scandir(path.parent))


def _generation(path: Path, name: str) -> "re.Match[str] | None":
    return re.fullmatch(re.escape(path.name) + r"\.g(\d+)", name)
