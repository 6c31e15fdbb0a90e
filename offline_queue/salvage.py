"""What is whole in a damaged file, row by row: out of its pages and the log beside it, without SQLite."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from offline_queue import pages
from offline_queue.connection import Connection, Row, Transaction, all_or_nothing, migrate, migrations
from offline_queue.pages import PAGE, PageCipher, Record

_DERIVED: Final = frozenset({"tally", "settled", "attachment_use", "meta"})
"""Made anew from the matters, or for this file."""
_MENDED: Final = (
    "mend_unreadable",
    "mend_unreadable_files",
    "mend_unreadable_settled",
    "mend_claims",
    "mend_blocked",
    "mend_totals",
    "mend_tally",
    "mend_sealing",
    "mend_settled_drop",
    "mend_settled",
)
_INDEX: Final = "sqlite_autoindex_matter_1"
"""Names the place of every matter, also of those whose own page is damaged."""
_EPOCH: Final = 40
"""A matter's place is its sequence with the epoch above these bits; see :func:`offline_queue.envelope.place`."""
_AFFINITIES: Final[dict[str, tuple[type, ...]]] = {
    "INTEGER": (int,),
    "REAL": (int, float),  # SQLite writes 2.0 as 2
    "TEXT": (str,),
    "BLOB": (bytes,),
    "": (int, float, str, bytes),
}


@dataclass(frozen=True)
class Salvage:
    saved: int
    """Matters."""
    lost: int
    """Matters that are known to have been there and were not lost before."""
    epoch: int
    """The highest one met."""
    damaged: int
    """Pages."""


class Source:
    """The newest whole version of every page. ``log``: all of it; the file may be missing. Raises ``OSError``."""

    def __init__(self, file: Path, log: bytes, key: bytes) -> None:
        self._main = _PageFile(file)
        self._log = log
        self._cipher = PageCipher(key)
        self._frames: dict[int, list[int]] = {}
        for frame in pages.committed(log):
            self._frames.setdefault(frame.number, []).append(frame.start)
        self.size = max([self._main.size, *(number for number in self._frames if number <= len(log))])
        self.damaged = set[int]()

    def numbers(self) -> Iterator[int]:
        """Newest first."""
        logged = sorted(self._frames, key=lambda number: self._frames[number][-1], reverse=True)
        yield from (number for number in logged if number <= self.size)
        yield from (number for number in range(1, self.size + 1) if number not in self._frames)

    def read(self, number: int) -> bytes | None:
        if not 1 <= number <= self.size:
            return None
        for version, page in enumerate(self._versions(number)):
            if version:
                self.damaged.add(number)
            if opened := self._cipher.open(number, page):
                return opened
        self.damaged.add(number)
        return None

    def close(self) -> None:
        self._main.close()

    def _versions(self, number: int) -> Iterator[bytes]:
        for start in reversed(self._frames.get(number, [])):
            yield self._log[start : start + PAGE]
        if number <= self._main.size:
            yield self._main.read(number)


class _PageFile:
    def __init__(self, path: Path) -> None:
        self._file = path.open("rb") if path.exists() else None
        self.size = path.stat().st_size // PAGE if self._file else 0

    def read(self, number: int) -> bytes:
        if self._file is None:
            return b""
        self._file.seek((number - 1) * PAGE)
        return self._file.read(PAGE)

    def close(self) -> None:
        if self._file:
            self._file.close()


def fitting_key(file: Path, log: bytes, keys: Sequence[bytes]) -> bytes | None:
    """The key under which at least one page is authentic: with none, the key is wrong; with one, the file is damaged.

    Raises ``OSError``.
    """
    for key in keys:
        source = Source(file, log, key)
        try:
            if any(source.read(number) for number in source.numbers()):
                return key
        finally:
            source.close()
    return None


@dataclass
class _Findings:
    """What the pages tell about the matters, beside the rows themselves."""

    index_root: int = 0
    version: int = 0
    epoch: int = 0
    places: set[int] = field(default_factory=set[int])


@dataclass(frozen=True)
class _Table:
    name: str
    columns: tuple[tuple[str, tuple[type, ...], bool], ...]
    """Name, what it may hold beside NULL, whether it may be left out."""
    rowid: str
    """The column that is the rowid, if any."""
    by_rowid: bool

    def fits(self, record: Record) -> bool:
        found = record.values
        return len(found) <= len(self.columns) and all(
            self._fits(column, found[index] if index < len(found) else None)
            for index, column in enumerate(self.columns)
        )

    def _fits(self, column: tuple[str, tuple[type, ...], bool], value: pages.Value) -> bool:
        name, types, optional = column
        if name == self.rowid:
            return value is None
        return optional if value is None else type(value) in types

    def insert(self, record: Record) -> tuple[str, list[pages.Value]]:
        """The newest version is met first: what comes later does not replace it."""
        row = {name: value for (name, _, _), value in zip(self.columns, record.values, strict=False)}
        if self.rowid:
            row[self.rowid] = record.rowid
        row = {name: value for name, value in row.items() if value is not None}
        marks = ", ".join("?" * len(row))
        names = ", ".join(f'"{name}"' for name in row)
        return f'INSERT OR IGNORE INTO "{self.name}" ({names}) VALUES ({marks})', list(row.values())  # noqa: S608


def salvage(source: Source, target: Connection) -> Salvage:
    """Put every whole row into ``target``, a new file without tables, and bring it up to date: one transaction each.

    Raises ``apsw.Error``, ``OSError``.
    """
    findings = _survey(source)
    migrate(target, migrations()[: findings.version])
    with all_or_nothing(target):
        for table in _tables(target):
            if table.name not in _DERIVED:
                target.execute(f'DELETE FROM "{table.name}"')  # noqa: S608
        _carry_over(source, target, findings)
    migrate(target, migrations())
    return _mend(target, findings, len(source.damaged))


def _survey(source: Source) -> _Findings:
    """Where the index of the matters begins, and which version of the schema it is; the newest, if page 1 is lost."""
    findings = _Findings(version=len(migrations()))
    first = source.read(1)
    if first and 0 < (version := int.from_bytes(first[pages.USER_VERSION], "big")) <= len(migrations()):
        findings.version = version
    for record in _all_rows(source):
        if len(record.values) == 5 and record.values[1] == _INDEX and isinstance(record.values[3], int):
            findings.index_root = record.values[3]
            break
    findings.places = set(_index_places(source, findings.index_root))
    return findings


def _all_rows(source: Source) -> Iterator[Record]:
    for number in source.numbers():
        if page := source.read(number):
            yield from pages.rows(page, number, source.read)


def _index_places(source: Source, root: int) -> Iterator[int]:
    waiting, seen = [root], {0}
    while waiting:
        number = waiting.pop()
        if number in seen or number > source.size:
            continue
        seen.add(number)
        if page := source.read(number):
            waiting += pages.children(page, number)
            yield from (entry.rowid for entry in pages.entries(page, number, source.read))


def _carry_over(source: Source, target: Connection, findings: _Findings) -> None:
    tables = _tables(target)
    by_rowid = [table for table in tables if table.by_rowid]
    by_key = [table for table in tables if not table.by_rowid]
    for number in source.numbers():
        page = source.read(number) or b""
        for record in pages.rows(page, number, source.read):
            _insert(target, by_rowid, record, findings)
        for record in pages.entries(page, number, source.read):
            _insert(target, by_key, record, findings)
            if _is_sealing_key(record.values):
                target.execute("INSERT OR IGNORE INTO sealing (key, id) VALUES (?, ?)", record.values)


def _is_sealing_key(values: tuple[pages.Value, ...]) -> bool:
    """Its index keeps a second copy, on a page of its own."""
    return len(values) == 2 and isinstance(values[0], bytes) and len(values[0]) == 32 and values[1] == 1


def _insert(target: Connection, tables: list[_Table], record: Record, findings: _Findings) -> None:
    fitting = [table for table in tables if table.fits(record)]
    if len(fitting) != 1:
        return
    if fitting[0].name == "meta" and isinstance(record.values[1], int):
        findings.epoch = max(findings.epoch, record.values[1])
    if fitting[0].name not in _DERIVED:
        target.execute(*fitting[0].insert(record))


def _mend(target: Connection, findings: _Findings, damaged: int) -> Salvage:
    transaction = Transaction(target)
    with all_or_nothing(target):
        met = {row["place"] for row in transaction.run("places")}
        for statement in _MENDED:
            transaction.run(statement)
        saved = {row["place"] for row in transaction.run("places")}
        lost_before = {row["place"] for row in transaction.run("lost")}
        known = findings.places | met | lost_before
        lost = _with_gaps_filled(known) - saved - lost_before
        for place in sorted(lost):
            transaction.run("add_lost", place=place)
    epoch = max([findings.epoch, *map(_epoch, known)])
    return Salvage(len(saved), len(lost), epoch, damaged)


def _epoch(place: int) -> int:
    return (place >> _EPOCH) + 1


def _with_gaps_filled(places: set[int]) -> set[int]:
    """Sequences have no gaps: up to the last of each epoch all of them were there once."""
    last: dict[int, int] = {}
    for place in places:
        last[_epoch(place)] = max(place, last.get(_epoch(place), 0))
    return {place for epoch, end in last.items() for place in range(((epoch - 1) << _EPOCH) + 1, end + 1)}


def _tables(target: Connection) -> list[_Table]:
    listed = target.execute("PRAGMA main.table_list").fetchall()
    return [
        _table(row["name"], target.execute(f'PRAGMA table_info("{row["name"]}")').fetchall(), by_rowid=not row["wr"])
        for row in listed
        if row["type"] == "table" and not row["name"].startswith("sqlite_")
    ]


def _table(name: str, rows: list[Row], *, by_rowid: bool) -> _Table:
    keys = [row for row in rows if row["pk"]]
    alias = keys[0]["name"] if by_rowid and len(keys) == 1 and keys[0]["type"] == "INTEGER" else ""
    columns = tuple(
        (row["name"], _AFFINITIES[row["type"]], not row["notnull"] or row["dflt_value"] is not None) for row in rows
    )
    return _Table(name, columns, alias, by_rowid)
