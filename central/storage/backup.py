"""A copy of the database to come back from."""

import os
import secrets
from pathlib import Path

from sqlalchemy.engine import Engine

from central.storage.errors import NoBackupHere


def copy_of(engine: Engine, target: Path) -> None:
    """Whole and on the disk when it returns; never over a file that is there.

    Raises :class:`NoBackupHere`, ``FileExistsError``, ``OSError``.
    """
    if engine.dialect.name != "sqlite":
        raise NoBackupHere
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    draft.touch(mode=0o600, exist_ok=False)  # SQLite takes an empty file, and would make one that others may read
    try:
        _vacuum(engine, draft)
        _sync(draft)
        os.link(draft, target)  # unlike a rename it refuses to replace
    finally:
        draft.unlink()
    _sync(target.parent)


def _vacuum(engine: Engine, draft: Path) -> None:
    raw = engine.raw_connection()  # VACUUM is no part of a transaction
    try:
        raw.cursor().execute("VACUUM INTO ?", (str(draft),))
    finally:
        raw.close()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
