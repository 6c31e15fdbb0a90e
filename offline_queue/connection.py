"""One connection to one encrypted SQLite file: key, settings, migrations and named statements."""

import os
import re
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final, Protocol, cast

import apsw

from offline_queue.faults import Newer, in_plain_words, said
from offline_queue.pages import PAGE

Row = dict[str, Any]
Value = str | int | float | bytes | None

_FOLDER: Final = Path(__file__).parent
_BUSY_SECONDS: Final = 10.0
LOG_PAGES: Final = 4000
"""16 MB of log before it goes into the file: the last pages of each index are written once for a thousand matters. The
file needs as much room again then: the smallest floor that a queue may have on its disk is twice of that."""


class Cursor(Protocol):
    """What is used of ``apsw.Cursor``; apsw's own types name ``collections.abc.Buffer``, which Python 3.11 has not."""

    def fetchall(self) -> list[Row]: ...


class Connection(Protocol):
    """What is used of ``apsw.Connection``."""

    row_trace: Callable[[apsw.Cursor, tuple[Value, ...]], Row] | None

    @property
    def in_transaction(self) -> bool: ...
    @property
    def filename_wal(self) -> str: ...
    def execute(self, statements: str, bindings: Mapping[str, Value] | Sequence[Value] | None = None, /) -> Cursor: ...
    def set_busy_timeout(self, milliseconds: int, /) -> None: ...
    def wal_checkpoint(self, *, mode: int) -> tuple[int, int]: ...
    def total_changes(self) -> int: ...
    def config(self, op: int, *args: int) -> int: ...
    def backup(self, name: str, source: "Connection", source_name: str, /) -> "Backup": ...
    def close(self) -> None: ...


class Backup(Protocol):
    """What is used of ``apsw.Backup``."""

    def __enter__(self) -> "Backup": ...
    def __exit__(self, *error: object) -> bool | None: ...
    def step(self, pages: int, /) -> bool: ...


_connect = cast("Callable[[str], Connection]", apsw.Connection)


@cache
def queries() -> dict[str, str]:
    """The statements of ``queries.sql`` by the name in the comment above each."""
    parts = re.split(r"^-- name: (\w+)$", (_FOLDER / "queries.sql").read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], (text.strip() for text in parts[2::2]), strict=True))


@cache
def migrations() -> tuple[str, ...]:
    """The scripts of ``migrations/`` in order; the first makes version 1."""
    return tuple(file.read_text(encoding="utf-8") for file in sorted((_FOLDER / "migrations").glob("*.sql")))


class Transaction:
    def __init__(self, connection: Connection, make_room: Callable[[int], None] = lambda _: None) -> None:
        self._connection = connection
        self._others: int | None = None
        self.make_room = make_room
        """In the log, for what is small and waits for the disk alone; of so many free bytes. See ``log.py``."""

    def run(self, query: str, **values: Value) -> list[Row]:
        """Run the statement of that name; all its rows."""
        return self._connection.execute(queries()[query], values).fetchall()

    def first(self, query: str, **values: Value) -> Row | None:
        rows = self.run(query, **values)
        return rows[0] if rows else None

    def version(self) -> tuple[object, ...]:
        """The same as in an earlier transaction that was not rolled back: nobody has written since. Only while nobody
        else can write."""
        if self._others is None:
            self._others = int(pragma(self._connection, "data_version"))
        return self._connection, self._others, self._connection.total_changes()


def open_encrypted(path: Path, key: bytes, scripts: Sequence[str] | None = None) -> Connection:
    """Open or make the file and bring it to the newest version. Raises ``apsw.Error``, ``QueueUnavailable``."""
    connection = unlock(path, key)
    try:
        migrate(connection, migrations() if scripts is None else scripts)
    except BaseException:
        connection.close()
        raise
    return connection


def unlock(path: Path, key: bytes) -> Connection:
    """Open or make the file, as it is. Raises ``apsw.Error``: ``NotADBError`` unless the key fits."""
    make_private(path)
    connection = _connect(str(path))
    try:
        # The key comes before anything else touches the file. "raw:" skips the key derivation, which is for passwords.
        connection.execute("PRAGMA cipher = 'chacha20'")
        connection.execute(f"PRAGMA key = 'raw:{key.hex()}'")
        connection.set_busy_timeout(int(_BUSY_SECONDS * 1000))
        connection.row_trace = _by_name
        for setting in (
            f"page_size = {PAGE}",
            "journal_mode = WAL",
            "synchronous = FULL",
            "secure_delete = ON",
            "temp_store = MEMORY",
            f"wal_autocheckpoint = {LOG_PAGES}",
        ):
            connection.execute(f"PRAGMA {setting}")
    except BaseException:
        leave(connection)
        raise
    return connection


def quick_check(connection: Connection) -> list[str]:
    """What SQLite finds wrong when it reads every page. Raises ``apsw.CorruptError`` when it cannot even begin."""
    found = [str(value) for row in connection.execute("PRAGMA quick_check").fetchall() for value in row.values()]
    return [] if found == ["ok"] else found


def vacuum_into(source: Connection, file: Path) -> None:
    """A compact copy under the same key. It reads nothing but what is in use, unlike a copy page by page."""
    make_private(file)
    source.execute("VACUUM INTO ?", (str(file),))


def rekey(file: Path, old: bytes, new: bytes) -> None:
    """Encrypt it anew, in place. Raises ``apsw.Error``."""
    if old == new:
        return
    connection = unlock(file, old)
    try:
        connection.execute("PRAGMA journal_mode = DELETE")  # a log cannot have two keys
        connection.execute(f"PRAGMA rekey = 'raw:{new.hex()}'")
    finally:
        connection.close()


def leave(connection: Connection) -> None:
    """Close without a checkpoint: whatever its log holds stays there as evidence."""
    connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
    connection.close()


def pragma(connection: Connection, name: str) -> Any:
    return next(iter(connection.execute(f"PRAGMA {name}").fetchall()[0].values()))


@contextmanager
def all_or_nothing(connection: Connection) -> Generator[None]:
    # IMMEDIATE: a lock that is upgraded later fails at once, without waiting for the other writer
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def migrate(connection: Connection, scripts: Sequence[str]) -> None:
    if pragma(connection, "user_version") == len(scripts):
        return
    with all_or_nothing(connection):
        version = pragma(connection, "user_version")
        if version > len(scripts):
            raise said(Newer)
        for script in scripts[version:]:
            connection.execute(script)
        connection.execute(f"PRAGMA user_version = {len(scripts)}")


def make_private(path: Path) -> None:
    """SQLite gives log and index the mode of the database file."""
    with in_plain_words():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))


def _by_name(cursor: apsw.Cursor, row: tuple[Value, ...]) -> Row:
    return dict(zip([column[0] for column in cursor.get_description()], row, strict=True))
