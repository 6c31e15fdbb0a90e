"""What is watched of one device's line: a wire trace without personal data, and a count of its incidents.

Every driver is opened with a :class:`Monitor`. A driver over a byte port lets ``monitor.port`` wrap it; every driver
notes what it repaired by itself (a retry, a bad checksum), since nobody else can know.
"""

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic
from typing import Protocol

from drivers.errors import ConnectionLost, NotConnected
from drivers.health import Counts, History, Incident, Verdict, judge
from drivers.ports import Port
from drivers.trace import MAX_BYTES, Direction, Record, Trace

log = logging.getLogger(__name__)


class Watch(Protocol):
    """What a driver sees of the :class:`Monitor`."""

    def port(self, port: Port) -> Port:
        """The same port, traced."""
        ...

    def sent(self, data: bytes) -> None:
        """For drivers whose library owns the line."""
        ...

    def received(self, data: bytes) -> None: ...

    def note(self, incident: Incident) -> None: ...


class Unwatched:
    """For a device that is used by hand or in a test."""

    def port(self, port: Port) -> Port:
        return port

    def sent(self, data: bytes) -> None: ...

    def received(self, data: bytes) -> None: ...

    def note(self, incident: Incident) -> None: ...


class Redactor(Protocol):
    """Takes personal data out of a trace, in both directions and in portions as they come. Whatever it does not
    understand counts as personal. Answers have the length of what was asked, and bytes that keep frames valid:
    a trace is replayed later."""

    def sent(self, data: bytes) -> bytes: ...

    def received(self, data: bytes) -> bytes: ...


class NothingPersonal:
    """For devices that never see a person's data: lights, a power supply."""

    def sent(self, data: bytes) -> bytes:
        return data

    def received(self, data: bytes) -> bytes:
        return data


class AllPersonal:
    """For devices of which nothing is known: the trace keeps times and lengths."""

    def sent(self, data: bytes) -> bytes:
        return bytes(len(data))

    def received(self, data: bytes) -> bytes:
        return bytes(len(data))


class Guarded:
    """Trusts ``redactor`` until it raises or changes a length; from then on everything counts as personal."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor

    def sent(self, data: bytes) -> bytes:
        return self._checked(data, self._redactor.sent)

    def received(self, data: bytes) -> bytes:
        return self._checked(data, self._redactor.received)

    def _checked(self, data: bytes, redact: Callable[[bytes], bytes]) -> bytes:
        try:
            redacted = redact(data)
        except Exception as error:  # noqa: BLE001 - a redactor that fails must neither stop the device nor leak
            return self._distrust(data, type(error).__name__)
        return redacted if len(redacted) == len(data) else self._distrust(data, "another length")

    def _distrust(self, data: bytes, reason: str) -> bytes:
        log.error("%s in the redactor of a trace: the trace keeps only times and lengths now", reason)
        self._redactor = AllPersonal()
        return bytes(len(data))


class Monitor:
    """Implements :class:`Watch` for one device, whose driver runs in one thread; anybody may read in any other.

    ``capacity`` is the bytes of data that the trace keeps. What is personal is taken out before it is stored.
    """

    def __init__(self, redactor: Redactor, clock: Callable[[], float] = monotonic, capacity: int = MAX_BYTES) -> None:
        self.trace = Trace(capacity)
        self.started = datetime.now(UTC)
        """The wall clock at time 0 of the trace."""
        self._redactor = Guarded(redactor)
        self._clock = clock
        self._zero = clock()
        self._history = History()
        self._lock = threading.Lock()
        self._was_there = False
        self._gone = False

    # --- for the driver ----------------------------------------------------------------------------------------------

    def port(self, port: Port) -> Port:
        return _WatchedPort(port, self)

    def sent(self, data: bytes) -> None:
        with self._lock:
            self._record(Direction.SENT, self._redactor.sent(data))

    def received(self, data: bytes) -> None:
        with self._lock:
            self._record(Direction.RECEIVED, self._redactor.received(data))

    def note(self, incident: Incident) -> None:
        with self._lock:
            self._history.note(incident, self._clock())

    # --- for the port and the worker ---------------------------------------------------------------------------------

    def opened(self) -> None:
        self._record(Direction.OPENED)
        self.back()

    def absent(self) -> None:
        self._record(Direction.ABSENT)
        self.gone()

    def lost(self) -> None:
        self._record(Direction.LOST)
        self.gone()

    def gone(self) -> None:
        """The device is not there. Told by port and worker alike, it makes one ``RECONNECT`` when it is back."""
        with self._lock:
            self._gone = self._was_there

    def back(self) -> None:
        with self._lock:
            reconnected, self._was_there, self._gone = self._gone, True, False
        if reconnected:
            self.note(Incident.RECONNECT)

    # --- for whoever looks on ----------------------------------------------------------------------------------------

    def recording(self, after: int = 0) -> tuple[Record, ...]:
        """The trace from record ``after`` on, with the mark of its end: what is saved to be replayed."""
        return (*self.trace.records(after), self.trace.ended(self._clock() - self._zero))

    def counts(self) -> Counts:
        with self._lock:
            return self._history.counts(self._clock())

    def verdict(self) -> Verdict:
        return judge(self.counts())

    def _record(self, direction: Direction, data: bytes = b"") -> None:
        self.trace.add(self._clock() - self._zero, direction, data)


class _WatchedPort:
    """Passes every call on to ``port`` and tells the monitor."""

    def __init__(self, port: Port, monitor: Monitor) -> None:
        self.name = port.name
        self._port = port
        self._monitor = monitor

    def open(self) -> None:
        try:
            self._port.open()
        except NotConnected:
            self._monitor.absent()
            raise
        self._monitor.opened()

    def read(self, max_bytes: int, timeout: float) -> bytes:
        try:
            data = self._port.read(max_bytes, timeout)
        except ConnectionLost:
            self._monitor.lost()
            raise
        if data:
            self._monitor.received(data)
        return data

    def write(self, data: bytes, timeout: float) -> None:
        self._monitor.sent(data)  # before it goes out: the answer may be there before the call returns
        try:
            self._port.write(data, timeout)
        except ConnectionLost:
            self._monitor.lost()
            raise

    def discard_input(self) -> None:
        try:
            self._port.discard_input()
        except ConnectionLost:
            self._monitor.lost()
            raise

    def close(self) -> None:
        self._port.close()
