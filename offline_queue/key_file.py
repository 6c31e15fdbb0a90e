"""The key of the queue in a file that only its owner can read."""

import contextlib
import os
import secrets
import stat
from pathlib import Path
from typing import Final

KEY_BYTES: Final = 32


class BadKeyFile(Exception):
    """The key file cannot be trusted: wrong length, or others may read it. Check its owner and mode (0600)."""


def load_or_create_key(path: Path) -> bytes:
    """32 random bytes, durable before they are returned; two processes at once agree on one key.

    Raises :class:`BadKeyFile`, ``OSError``.
    """
    with contextlib.suppress(FileExistsError):
        if not path.exists():
            _create(path, secrets.token_bytes(KEY_BYTES))
    return _load(path)


def _load(path: Path) -> bytes:
    with path.open("rb") as file:
        if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
            raise BadKeyFile(f"{path}: readable by others")
        key = file.read(KEY_BYTES + 1)
    if len(key) != KEY_BYTES:
        raise BadKeyFile(f"{path}: {len(key)} bytes instead of {KEY_BYTES}")
    return key


def _create(path: Path, key: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)  # unlike a rename it fails when another process was first
    finally:
        draft.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
