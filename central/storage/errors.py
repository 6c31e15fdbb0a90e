"""What goes wrong with the centre's database, in words of the centre."""

from typing import Final

RETRY_AFTER: Final = 10.0
"""Seconds."""


class StorageError(Exception):
    """The centre's database cannot be used."""


class BadDatabaseUrl(StorageError):
    """The database's address is none: write sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME."""


class StorageUnavailable(StorageError):
    """The database takes nothing now: disk full, gone or busy for too long. Nothing was acknowledged; try later."""

    retry_after = RETRY_AFTER


class NoBackupHere(StorageError):
    """PostgreSQL has tools of its own: pg_basebackup with the archived log. Copy the centre's folder after it."""
