"""A wire trace: what went over one device's line and when, in a bounded memory and as a file.

The file has one JSON object a line. The first says what was traced, each further one is a record::

    {"format": "kiosk-trace", "version": 1, "kind": "id_card", "driver": "sam", "port": "/dev/...", ...}
    {"n": 1, "t": 0.000412, "dir": "sent", "hex": "aaaaaa96690003..."}
"""

import json
import os
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, TextIO

FORMAT: Final = "kiosk-trace"
VERSION: Final = 1

MAX_BYTES: Final = 256 * 1024
MAX_RECORDS: Final = 8192
"""Some half an hour of a device that is only asked for its status."""
_PORTION: Final = 4096
"""Longer data make several records: a page of raster must not be one that pushes itself out."""
_MAX_LINE: Final = 64 * 1024
_MAX_FILE: Final = 64 * 1024 * 1024


class Direction(StrEnum):
    SENT = "sent"
    RECEIVED = "received"
    OPENED = "opened"
    ABSENT = "absent"
    """It could not be opened; repeated tries make one record."""
    LOST = "lost"
    """It went away while it was open."""
    ENDED = "ended"
    """The trace was watched up to here; the last silence is evidence, too."""


@dataclass(frozen=True, slots=True)
class Record:
    """``number`` counts from 1; ``time`` is seconds since the watch began."""

    number: int
    time: float
    direction: Direction
    data: bytes = b""


class Trace:
    """The newest records, never more than ``max_bytes`` of data nor ``max_records``. Thread-safe."""

    def __init__(self, max_bytes: int = MAX_BYTES, max_records: int = MAX_RECORDS) -> None:
        self._records: deque[Record] = deque()
        self._max_bytes, self._max_records = max_bytes, max_records
        self._bytes = 0
        self._lock = threading.Lock()
        self._last = 0

    def add(self, time: float, direction: Direction, data: bytes = b"") -> None:
        with self._lock:
            if direction is Direction.ABSENT and self._records and self._records[-1].direction is direction:
                return
            for at in range(0, max(len(data), 1), _PORTION):
                self._append(time, direction, data[at : at + _PORTION])

    def records(self, after: int = 0) -> tuple[Record, ...]:
        """Those still kept whose number is greater than ``after``. A gap in the numbers was pushed out."""
        with self._lock:
            return tuple(record for record in self._records if record.number > after)

    def ended(self, time: float) -> Record:
        """What a file that is saved now ends with."""
        with self._lock:
            return Record(self._last + 1, time, Direction.ENDED)

    def _append(self, time: float, direction: Direction, data: bytes) -> None:
        self._last += 1
        self._records.append(Record(self._last, time, direction, data))
        self._bytes += len(data)
        while self._bytes > self._max_bytes or len(self._records) > self._max_records:
            self._bytes -= len(self._records.popleft().data)


# --- the file --------------------------------------------------------------------------------------------------------


class TraceError(ValueError):
    """The file is no trace, or a damaged one."""


@dataclass(frozen=True)
class Header:
    """``started`` is the wall clock at time 0, as ISO 8601 with its zone; ``software`` the version of the program."""

    kind: str
    driver: str
    port: str
    started: str
    software: str = ""


@dataclass(frozen=True)
class Recording:
    header: Header
    records: tuple[Record, ...]


def create(path: Path) -> TextIO:
    """A file for the lines of a trace, empty and for its owner's eyes only. Raises ``OSError``."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    os.fchmod(descriptor, 0o600)  # the file may have been there, open to all
    return os.fdopen(descriptor, "w", encoding="ascii")


def save(path: Path, header: Header, records: Iterable[Record]) -> None:
    """Raises ``OSError``."""
    with create(path) as file:
        file.writelines(f"{line}\n" for line in (header_line(header), *map(record_line, records)))


def load(path: Path) -> Recording:
    """Raise ``TraceError``, which names file and line, or ``OSError``."""
    if path.stat().st_size > _MAX_FILE:
        raise TraceError(f"{path}: over {_MAX_FILE >> 20} MB")
    with path.open("rb") as file:
        try:
            return decode(iter(lambda: file.readline(_MAX_LINE), b""))
        except TraceError as error:
            raise TraceError(f"{path}: {error}") from None


def decode(lines: Iterable[bytes]) -> Recording:
    """Raise ``TraceError``, which names the line."""
    numbered = enumerate(lines, 1)
    _, first = next(numbered, (1, b""))
    header = _header(_object(1, first))
    return Recording(header, tuple(_records(numbered)))


def header_line(header: Header) -> str:
    return json.dumps({"format": FORMAT, "version": VERSION, **asdict(header)})


def record_line(record: Record) -> str:
    return json.dumps(as_json(record))


def as_json(record: Record) -> dict[str, Any]:
    return {"n": record.number, "t": round(record.time, 6), "dir": record.direction, "hex": record.data.hex()}


def from_json(value: object) -> Record:
    """The inverse of :func:`as_json`. Raises ``TraceError``."""
    match value:
        case {"n": int(number), "t": int() | float() as time, "dir": str(word), "hex": str(digits)} if 0 <= time < 1e12:
            pass
        case _:
            raise TraceError('no record: {"n": 1, "t": 0.5, "dir": "sent", "hex": "00"} is one')
    try:
        return Record(number, float(time), Direction(word), bytes.fromhex(digits))
    except ValueError as error:
        raise TraceError(str(error)) from None


def _records(lines: Iterator[tuple[int, bytes]]) -> Iterator[Record]:
    for number, line in lines:
        value = _object(number, line)
        try:
            yield from_json(value)
        except TraceError as error:
            raise TraceError(f"line {number}: {error}") from None


def _object(number: int, line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        raise TraceError(f"line {number}: damaged, no JSON") from None


def _header(value: Any) -> Header:
    match value:
        case {"format": str(word), "version": version, **rest} if word == FORMAT:
            pass
        case _:
            raise TraceError("line 1: not the header of a trace")
    if version != VERSION:
        raise TraceError(f"line 1: version {version!r}, this program knows {VERSION}")
    try:
        header = Header(**rest)
    except TypeError:
        raise TraceError("line 1: other keys than kind, driver, port, started, software") from None
    if not all(isinstance(each, str) for each in asdict(header).values()):
        raise TraceError("line 1: a value that is no text")
    return header
