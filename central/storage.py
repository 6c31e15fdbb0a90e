"""The centre's database behind one small class. Embedded SQLite now; another engine replaces this module alone."""

import sqlite3
import threading
from collections.abc import Generator
from contextlib import closing, contextmanager
from dataclasses import astuple, dataclass, fields
from datetime import date
from pathlib import Path
from typing import Final, Literal

_SCHEMA: Final = Path(__file__).with_name("schema.sql")
_BUSY_SECONDS: Final = 10.0


@dataclass(frozen=True, repr=False)
class StoredMatter:
    """A row of ``matter``; ``payload`` and ``result`` are sealed."""

    terminal: str
    id: str
    seq: int
    digest: str
    reference: str
    item: str
    item_version: int
    created_wall: float
    created_monotonic: float
    boot_id: str
    clock_trusted: bool
    received_at: float
    state: Literal["filed", "refused"]
    number: str | None = None
    rule: str = ""
    remedy: str = ""
    payload: bytes | None = None
    result: bytes | None = None
    stars: int | None = None


_COLUMNS: Final = ", ".join(field.name for field in fields(StoredMatter))
_MARKS: Final = ", ".join("?" for _ in fields(StoredMatter))
_SELECT: Final = f"SELECT {_COLUMNS} FROM matter "  # noqa: S608 - column names of this module
_INSERT: Final = f"INSERT INTO matter ({_COLUMNS}) VALUES ({_MARKS})"  # noqa: S608


class Storage:
    """Safe from several threads. Every transaction is on the disk when it ends."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, check_same_thread=False, isolation_level=None)
        for setting in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON"):
            self._connection.execute(f"PRAGMA {setting}").close()
        with self._lock:
            self._connection.executescript(_SCHEMA.read_text(encoding="utf-8")).close()

    @contextmanager
    def transaction(self) -> Generator["Transaction"]:
        """All or nothing. Holds the one writer's place, so whatever is read inside stays true until the end."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield Transaction(self._connection)
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def close(self) -> None:
        with self._lock:
            self._connection.close()


class Transaction:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def find(self, terminal: str, matter_id: str) -> StoredMatter | None:
        return self._one("WHERE terminal = ? AND id = ?", terminal, matter_id)

    def find_by_reference(self, terminal: str, reference: str) -> StoredMatter | None:
        return self._one("WHERE terminal = ? AND reference = ? ORDER BY received_at DESC", terminal, reference)

    def look_up(self, key: str) -> StoredMatter | None:
        """By reference or acceptance number; the newest, should a terminal that lost its queue count anew."""
        return self._one("WHERE reference = ? OR number = ? ORDER BY received_at DESC", key, key)

    def matters(self) -> list[StoredMatter]:
        """All of them, in the order they came."""
        with closing(self._connection.execute(f"{_SELECT} ORDER BY received_at, seq")) as cursor:
            return [StoredMatter(*row) for row in cursor]

    def add(self, matter: StoredMatter) -> None:
        self._connection.execute(_INSERT, astuple(matter))

    def rate(self, matter: StoredMatter, stars: int) -> None:
        self._connection.execute(
            "UPDATE matter SET stars = ? WHERE terminal = ? AND id = ?", (stars, matter.terminal, matter.id)
        )

    def add_receipt(self, terminal: str, matter_id: str, at: float, outcome: str) -> None:
        self._connection.execute(
            "INSERT INTO receipt (terminal, id, at, outcome) VALUES (?, ?, ?, ?)", (terminal, matter_id, at, outcome)
        )

    def next_of_day(self, day: date) -> int:
        """1, 2, 3 ... without gaps: taken back when the transaction is."""
        statement = (
            "INSERT INTO day_sequence (day, last) VALUES (?, 1) "
            "ON CONFLICT (day) DO UPDATE SET last = last + 1 RETURNING last"
        )
        with closing(self._connection.execute(statement, (day.isoformat(),))) as cursor:
            return int(cursor.fetchone()[0])

    def _one(self, where: str, *values: str) -> StoredMatter | None:
        with closing(self._connection.execute(_SELECT + where + " LIMIT 1", values)) as cursor:
            row = cursor.fetchone()
        return StoredMatter(*row) if row else None
