"""One SQLAlchemy engine for either database, set so that what was committed survives a power cut."""

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
from central.storage.turns import Turn

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
_PREPARED_FROM: Final = 5
"""Runs of a statement: to plan one costs a sixth of what a small batch does."""
_LIMIT: Final = f"SET LOCAL lock_timeout = '{_BUSY_SECONDS}s'"
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
    # One connection: the writer's place is the pool's, first come first served, and threads of this process cannot do
    # to the file what those of two are kept from by taking turns.
    engine = sa.create_engine(
        url,
        hide_parameters=True,
        poolclass=sa.QueuePool,
        pool_size=1,
        max_overflow=0,
        pool_timeout=_BUSY_SECONDS,
        connect_args={"check_same_thread": False, "isolation_level": None},
    )
    _take_turns(engine, Turn(Path(url.database or "").absolute(), _BUSY_SECONDS))
    return engine


def _take_turns(engine: Engine, turn: Turn) -> None:
    def connect(connection: sqlite3.Connection, _record: object) -> None:
        # Two processes that turn a new file to WAL at once do not wait for each other: one is told that it is locked.
        turn.take()
        try:
            for pragma in _PRAGMAS:
                connection.execute(f"PRAGMA {pragma}").close()
        except sqlite3.Error:
            turn.give_back()
            raise

    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get("reading", False):
            turn.give_back()
            connection.exec_driver_sql("BEGIN")
        else:
            turn.take()
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    event.listen(engine, "connect", connect)
    event.listen(engine, "begin", begin)
    event.listen(engine, "checkin", lambda *_: turn.give_back())
    event.listen(engine, "close", lambda *_: turn.take())
    event.listen(engine, "engine_disposed", lambda *_: turn.close())


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
            "prepare_threshold": None,
        },
    )
    event.listen(engine, "connect", _prepare_where_it_lasts)
    event.listen(engine, "connect", _listen_to_warnings)
    event.listen(engine, "begin", _limit_waiting)
    return engine


def _prepare_where_it_lasts(connection: psycopg.Connection, _record: object) -> None:
    """Statements are prepared in a session, and behind a pooler the next transaction may be in another's. A pooler
    gives itself away: the process id it tells is its own invention."""
    row = connection.execute("SELECT pg_backend_pid()").fetchone()
    connection.rollback()
    if row == (connection.info.backend_pid,):
        connection.prepare_threshold = _PREPARED_FROM


def _limit_waiting(connection: Connection) -> None:
    """Each transaction for itself: a pooler refuses settings of a session, or gives them to somebody else."""
    if not connection.get_execution_options().get("reading", False):
        connection.exec_driver_sql(_LIMIT)


def _listen_to_warnings(connection: psycopg.Connection, record: ConnectionPoolEntry) -> None:
    warnings: list[str] = []
    record.info[_WARNINGS] = warnings

    def note(notice: Diagnostic) -> None:
        if notice.severity_nonlocalized == "WARNING":
            warnings.append(notice.sqlstate or "")

    connection.add_notice_handler(note)


def takes_writes(connection: Connection) -> bool:
    """A standby of PostgreSQL only reads."""
    if connection.dialect.name == "sqlite":
        return True
    return not connection.exec_driver_sql("SELECT pg_is_in_recovery()").scalar_one()


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
