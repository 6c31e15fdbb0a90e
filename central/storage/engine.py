"""One SQLAlchemy engine for either database, set so that what was committed survives a power cut."""

import fcntl
import os
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psycopg
import sqlalchemy as sa
from psycopg.errors import Diagnostic
from sqlalchemy import event, exc
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.pool import ConnectionPoolEntry

from central.storage.errors import BadDatabaseUrl, StorageUnavailable

SQLITE: Final = "sqlite"
POSTGRESQL: Final = "postgresql+psycopg"

_BUSY_SECONDS: Final = 10
"""How long a transaction waits for a connection, a lock or another process that writes."""
_POOL: Final = 8
"""Connections of one worker to PostgreSQL: what comes beyond waits here, not there."""
_PRAGMAS: Final = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "secure_delete = ON",
    f"busy_timeout = {_BUSY_SECONDS * 1000}",
)
_WARNINGS: Final = "warnings"
_GONE: Final = (
    exc.OperationalError,
    exc.InterfaceError,
    exc.InternalError,
    exc.TimeoutError,
    psycopg.OperationalError,  # those of COPY, of which SQLAlchemy knows nothing
    psycopg.InterfaceError,
    psycopg.InternalError,
)
"""Disk full, server gone, lock not available, deadlock, standby instead of primary, no connection free."""


def open_engine(url: str) -> Engine:
    """Raises :class:`BadDatabaseUrl`. Connects to nothing yet."""
    parsed = _parsed(url)
    if parsed.drivername == SQLITE:
        return _sqlite(parsed)
    return _postgresql(parsed)


@contextmanager
def translated() -> Generator[None]:
    """What the engine raises for a database that is gone, full or busy becomes :class:`StorageUnavailable`."""
    try:
        yield
    except _GONE as error:
        raise StorageUnavailable(type(error).__name__) from error
    except exc.DBAPIError as error:
        if type(error) is not exc.DatabaseError:  # of SQLite: the file is damaged
            raise
        raise StorageUnavailable("damaged") from error


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (exc.ArgumentError, ValueError):
        raise BadDatabaseUrl from None  # the address may hold a password
    if parsed.drivername not in (SQLITE, POSTGRESQL) or not parsed.database:
        raise BadDatabaseUrl
    return parsed


def _sqlite(url: URL) -> Engine:
    # One connection: the writer's place is the pool's, first come first served, and no other thread of this process
    # meets the damage that SQLite 3.7 to 3.51.2 can do when two connections of one file write a checkpoint at once.
    engine = sa.create_engine(
        url,
        hide_parameters=True,
        poolclass=sa.QueuePool,
        pool_size=1,
        max_overflow=0,
        pool_timeout=_BUSY_SECONDS,
        connect_args={"check_same_thread": False, "isolation_level": None},
    )
    folder = Path(url.database or "").absolute().parent

    def set_up(connection: sqlite3.Connection, _record: object) -> None:
        _set_up_sqlite(connection, folder)

    event.listen(engine, "connect", set_up)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: sqlite3.Connection, folder: Path) -> None:
    # Two processes that turn a new file to WAL at once do not wait for each other: one is told that it is locked.
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}").close()
    finally:
        os.close(descriptor)


def _begin_sqlite(connection: Connection) -> None:
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _postgresql(url: URL) -> Engine:
    engine = sa.create_engine(
        url,
        hide_parameters=True,
        pool_size=_POOL,
        max_overflow=0,
        pool_timeout=_BUSY_SECONDS,
        connect_args={
            "connect_timeout": _BUSY_SECONDS,
            "application_name": "central",
            "options": f"-c lock_timeout={_BUSY_SECONDS}s",
        },
    )
    event.listen(engine, "connect", _listen_to_warnings)
    return engine


def _listen_to_warnings(connection: psycopg.Connection, record: ConnectionPoolEntry) -> None:
    warnings: list[str] = []
    record.info[_WARNINGS] = warnings

    def note(notice: Diagnostic) -> None:
        if notice.severity_nonlocalized == "WARNING":
            warnings.append(notice.sqlstate or "")

    connection.add_notice_handler(note)


def commit(connection: Connection) -> None:
    """Raise :class:`StorageUnavailable` when PostgreSQL commits under protest.

    A commit whose wait for the standby is cancelled succeeds, with nothing but a warning (``SyncRepWaitForLSN``): it
    may be lost when the standby takes over, and must not be acknowledged.
    """
    warnings: list[str] = connection.info.get(_WARNINGS, [])
    warnings.clear()
    connection.commit()
    if warnings:
        raise StorageUnavailable("commit not replicated")
