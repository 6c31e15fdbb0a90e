"""Small files that must be whole or absent: keys, certificates, the address the server listens at."""

import os
import secrets
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path


def write_durably(path: Path, content: bytes, mode: int) -> None:
    """Replace ``path`` in one step; on the disk when this returns."""
    with _draft(path, content, mode) as draft:
        draft.replace(path)


def keep(path: Path, make: Callable[[], bytes]) -> bytes:
    """What the secret file holds; made the first time, for its owner alone. Of several that start at once, all get
    what the first of them made."""
    if not path.exists():
        with _draft(path, make(), 0o600) as draft, suppress(FileExistsError):
            path.hardlink_to(draft)
    return path.read_bytes()


def sync_folder(folder: Path) -> None:
    """Make the names in it last."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """With all that lead to it; on the disk when this returns."""
    if not folder.exists():
        make_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
        sync_folder(folder.parent)


@contextmanager
def _draft(path: Path, content: bytes, mode: int) -> Generator[Path]:
    """``content`` on the disk under another name, until the block ends; then what the block named lasts."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield draft
    finally:
        draft.unlink(missing_ok=True)
    sync_folder(path.parent)
