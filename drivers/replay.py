"""A saved trace as the far end of a line: what once went wrong in a hall goes wrong again on a desk."""

import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from drivers.errors import ConnectionLost, NotConnected, ProtocolError
from drivers.monitor import Guarded, Redactor
from drivers.registry import table
from drivers.trace import Direction, Header, Record, TraceError, load

_UNREAD: Final = frozenset({Direction.RECEIVED, Direction.LOST})
_FREED: Final = frozenset({Direction.OPENED, Direction.ABSENT})
_ENDS: Final = frozenset({Direction.LOST, Direction.ENDED})


class ReplayPort:
    """A :class:`drivers.ports.Port`. The trace is read by the first ``open``, and plays once.

    The driver must ask what it asked then: each write has to be one or more whole records, byte for byte after
    ``redactor`` took personal data out of it (without one, that of the header's driver; if that is not installed,
    lengths alone are compared). What it does not ask this time, such as idle looks at the status, is passed over; what
    the rest of the trace does not have raises ``ProtocolError``. Answers come as long after the question as they did,
    or at once when ``hurry`` is set; silence always lasts as long. Where the device went away, and at the end of the
    trace, the connection is lost.
    """

    def __init__(self, file: str | Path, *, hurry: bool = False, redactor: Redactor | None = None) -> None:
        self.name = f"replay:{file}"
        self._file = Path(file)
        self._hurry = hurry
        self._redactor = Guarded(redactor) if redactor else None
        self._records: deque[Record] | None = None
        self._arrived = bytearray()
        self._is_open = False
        self._zero = 0.0
        """When the trace would have begun for its next record to come when it did."""

    def open(self) -> None:
        self.close()
        record = self._opening()
        if record.direction is Direction.ENDED:
            raise NotConnected(f"{self.name}: the trace has ended")
        if record.direction in _FREED:
            self._pop()
        if record.direction is Direction.ABSENT:
            raise NotConnected(f"{self.name}: nothing was there, either, at record {record.number}")
        self._zero = time.monotonic() - record.time
        self._is_open = True

    def read(self, max_bytes: int, timeout: float) -> bytes:
        self._check()
        if not self._arrived:
            self._wait(timeout)
        data = bytes(self._arrived[:max_bytes])
        del self._arrived[:max_bytes]
        return data

    def write(self, data: bytes, timeout: float) -> None:
        del timeout
        self._check()
        records = self._loaded()
        while records[0].direction is Direction.RECEIVED:
            self._arrived += self._pop().data  # it was there before, whether or not it was read
        if records[0].direction in _ENDS:
            self._lose(records[0])
        passed_over, count = self._find(data)
        for _ in range(passed_over):
            self._pop()
        self._zero = time.monotonic() - records[0].time
        for _ in range(count):
            record = self._pop()
            self._arrived += record.data if record.direction is Direction.RECEIVED else b""

    def discard_input(self) -> None:
        """What the trace still holds was read after the driver threw away what was there."""
        self._check()
        self._arrived.clear()

    def close(self) -> None:
        self._is_open = False
        self._arrived.clear()

    # --- the trace ---------------------------------------------------------------------------------------------------

    def _opening(self) -> Record:
        """The record at which the device is opened (again): what nobody read of the time before is gone."""
        fresh = self._records is None
        records = self._loaded()
        ahead = next(record for record in records if record.direction not in _UNREAD)
        # A trace whose beginning was pushed out may begin with the answer to a question that is not in it.
        if ahead.direction in _FREED or (fresh and ahead.direction is Direction.SENT):
            while records[0] is not ahead:
                self._pop()
        return records[0]

    def _loaded(self) -> deque[Record]:
        if self._records is None:
            try:
                recording = load(self._file)
            except (OSError, TraceError) as error:
                raise NotConnected(f"{self.name}: {getattr(error, 'strerror', None) or error}") from None
            self._redactor = self._redactor or _redactor_of(recording.header)
            self._records = deque(_playable(recording.records))
        return self._records

    def _pop(self) -> Record:
        record = self._loaded().popleft()
        if record.direction is Direction.RECEIVED and self._redactor:
            self._redactor.received(record.data)  # keeps its idea of the conversation right
        return record

    def _find(self, data: bytes) -> tuple[int, int]:
        """How many records stand before this question, and how many it is. Lengths alone find nothing further on."""
        records = list(self._loaded())
        known = self._redactor is not None
        asked = self._redactor.sent(data) if self._redactor else bytes(len(data))
        for at, record in enumerate(records):
            if record.direction is Direction.SENT:
                if count := _records_of(asked, records, at, known=known):
                    return at, count
                if not known:
                    break
        raise ProtocolError(
            f"{self.name}: the terminal asked something else than in the trace at record {records[0].number}"
        )

    def _wait(self, timeout: float) -> None:
        """Until the next bytes arrive or ``timeout`` seconds passed."""
        record = self._loaded()[0]
        if record.direction not in _ENDS | {Direction.RECEIVED}:
            time.sleep(timeout)
            return
        hurry = self._hurry and record.direction is not Direction.ENDED
        left = 0.0 if hurry else self._zero + record.time - time.monotonic()
        time.sleep(max(0.0, min(left, timeout)))
        if left > timeout:
            return
        if record.direction is not Direction.RECEIVED:
            self._lose(record)
        self._arrived += self._pop().data

    def _lose(self, record: Record) -> None:
        self._is_open = False
        if record.direction is Direction.LOST:
            self._pop()
        raise ConnectionLost(f"{self.name}: {record.direction} at record {record.number}")

    def _check(self) -> None:
        if not self._is_open:
            raise ConnectionLost(f"{self.name}: not open")


def _playable(records: Iterable[Record]) -> Iterator[Record]:
    """With an end, which the trace of a terminal that lost its power does not have."""
    last = Record(0, 0.0, Direction.ENDED)
    for last in records:
        yield last
    if last.direction is not Direction.ENDED:
        yield replace(last, direction=Direction.ENDED, data=b"")


def _records_of(asked: bytes, records: Sequence[Record], first: int, *, known: bool) -> int:
    """How many records from ``first`` on the question is, with what came meanwhile; 0 if it is another one."""
    at = 0
    for index in range(first, len(records)):
        record = records[index]
        end = at + len(record.data)
        match record.direction:
            case Direction.RECEIVED:
                continue
            case Direction.SENT if end <= len(asked) and (not known or asked[at:end] == record.data):
                at = end
            case _:
                return 0
        if at == len(asked):
            return index + 1 - first
    return 0


def _redactor_of(header: Header) -> Guarded | None:
    driver = table().get(header.kind, {}).get(header.driver)
    return Guarded(driver.redactor()) if driver else None
