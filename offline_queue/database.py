"""One encrypted SQLite file: opening, migrating, transactions, and SQLite's errors in a technician's words."""

import os
import re
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final, Protocol, cast

import apsw

from offline_queue.contract import QueueUnavailable

Row = dict[str, Any]
Value = str | int | float | bytes | None


class Cursor(Protocol):
    """What is used of ``apsw.Cursor``; apsw's own types name ``collections.abc.Buffer``, which Python 3.11 has not."""

    def fetchall(self) -> list[Row]: ...


class Connection(Protocol):
    """What is used of ``apsw.Connection``."""

    row_trace: Callable[[apsw.Cursor, tuple[Value, ...]], Row] | None

    @property
    def in_transaction(self) -> bool: ...
    def execute(self, statements: str, bindings: Mapping[str, Value] | None = None, /) -> Cursor: ...
    def set_busy_timeout(self, milliseconds: int, /) -> None: ...
    def wal_checkpoint(self, *, mode: int) -> tuple[int, int]: ...
    def close(self) -> None: ...


_connect = cast("Callable[[str], Connection]", apsw.Connection)

_FOLDER: Final = Path(__file__).parent
_BUSY_SECONDS: Final = 10.0
_OPEN_PAUSE: Final = 0.02

# apsw class -> what a technician reads. Anything else is a fault of this program and stays what it is.
_SENTENCES: Final[dict[type[apsw.Error], str]] = {
    apsw.FullError: "The disk is full: make room; what was saved before is safe",
    apsw.IOError: "The disk cannot be read or written: check its space, quota and health",
    apsw.ReadOnlyError: "The queue file or its disk is read-only: check mount and owner",
    apsw.PermissionsError: "The queue file may not be opened by this user: check its owner",
    apsw.CantOpenError: "The queue file cannot be opened: check folder, owner and disk",
    apsw.CorruptError: "The queue file is damaged: set it aside, do not delete it, and call the maker",
    apsw.NotADBError: "The key does not fit the queue file, or the file is damaged",
    apsw.BusyError: "Another program holds the queue file for too long",
    apsw.LockedError: "Another program holds the queue file for too long",
    apsw.NoMemError: "The machine has no memory left for the queue",
}


@cache
def queries() -> dict[str, str]:
    """The statements of ``queries.sql`` by the name in the comment above each."""
    parts = re.split(r"^-- name: (\w+)$", (_FOLDER / "queries.sql").read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], (text.strip() for text in parts[2::2]), strict=True))


@cache
def migrations() -> tuple[str, ...]:
    """The scripts of ``migrations/`` in order; the first makes version 1."""
    return tuple(file.read_text(encoding="utf-8") for file in sorted((_FOLDER / "migrations").glob("*.sql")))


class Database:
    """Safe from several threads (one connection behind a lock) and several processes (SQLite's own locks).

    The constructor does no I/O: the file is opened, and made, when first needed, and again after it could not be.
    All methods raise ``QueueUnavailable``.
    """

    def __init__(self, path: Path, key: bytes) -> None:
        self._path = path
        self._key = key
        self._lock = threading.RLock()
        self._connection: Connection | None = None

    @contextmanager
    def transaction(self) -> Generator["Transaction"]:
        """Everything inside is durable at the end, or nothing is."""
        with self._lock, _in_plain_words():
            connection = self._connect()
            # IMMEDIATE: a lock that is upgraded later fails at once, without waiting for the other writer
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield Transaction(connection)
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def read(self, query: str, **values: Value) -> list[Row]:
        with self._lock, _in_plain_words():
            return Transaction(self._connect()).run(query, **values)

    def forget_log(self) -> None:
        """Move everything into the database file and empty the write-ahead log, which still holds older pages."""
        with self._lock, _in_plain_words():
            self._connect().wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)

    def close(self) -> None:
        with self._lock, _in_plain_words():
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _connect(self) -> Connection:
        if self._connection is None:
            self._connection = self._open()
        return self._connection

    def _open(self) -> Connection:
        deadline = time.monotonic() + _BUSY_SECONDS
        while True:
            try:
                return open_encrypted(self._path, self._key)
            # SQLite does not wait for other processes while the journal mode changes or a log is recovered
            except apsw.BusyError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(_OPEN_PAUSE)


class Transaction:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def run(self, query: str, **values: Value) -> list[Row]:
        """Run the statement of that name; all its rows."""
        return self._connection.execute(queries()[query], values).fetchall()

    def first(self, query: str, **values: Value) -> Row | None:
        rows = self.run(query, **values)
        return rows[0] if rows else None


def open_encrypted(path: Path, key: bytes, scripts: Sequence[str] | None = None) -> Connection:
    """Open or make the file and bring it to the newest version. Raises ``apsw.Error``, ``QueueUnavailable``."""
    _make_private(path)
    connection = _connect(str(path))
    try:
        # The key comes before anything else touches the file. "raw:" skips the key derivation, which is for passwords.
        connection.execute("PRAGMA cipher = 'chacha20'")
        connection.execute(f"PRAGMA key = 'raw:{key.hex()}'")
        connection.set_busy_timeout(int(_BUSY_SECONDS * 1000))
        connection.row_trace = _by_name
        for setting in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON", "temp_store = MEMORY"):
            connection.execute(f"PRAGMA {setting}")
        _migrate(connection, migrations() if scripts is None else scripts)
    except BaseException:
        connection.close()
        raise
    return connection


def _make_private(path: Path) -> None:
    """SQLite gives log and index the mode of the database file."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise QueueUnavailable(f"The queue file cannot be opened: {error.strerror}") from error


def _migrate(connection: Connection, scripts: Sequence[str]) -> None:
    if _version(connection) == len(scripts):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = _version(connection)
        if version > len(scripts):
            raise QueueUnavailable("The queue file was written by a newer version of this program")
        for script in scripts[version:]:
            connection.execute(script)
        connection.execute(f"PRAGMA user_version = {len(scripts)}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _version(connection: Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchall()[0]["user_version"])


def _by_name(cursor: apsw.Cursor, row: tuple[Value, ...]) -> Row:
    return dict(zip((column[0] for column in cursor.get_description()), row, strict=True))


@contextmanager
def _in_plain_words() -> Generator[None]:
    try:
        yield
    except tuple(_SENTENCES) as error:
        # from None: SQLite's message can quote values
        raise QueueUnavailable(_SENTENCES[_known(type(error))]) from None


def _known(kind: type[BaseException]) -> type[apsw.Error]:
    return next(known for known in _SENTENCES if issubclass(kind, known))
