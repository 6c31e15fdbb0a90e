"""The two kinds of touch surface: a part of this process's window, and a pad at a line."""

import queue
import threading
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Final

from drivers.contract import Cancel
from drivers.errors import Cancelled, ConnectionLost, DeadlineExceeded, NotConnected, ProtocolError
from drivers.monitor import Incident, Unwatched, Watch
from drivers.ports import Port
from drivers.signature.contract import Ask, PadEvent
from drivers.signature.protocol import NEED_MORE, Damaged, PadParser, Ready, encode_ask

_SLICE: Final = 0.05
_CHUNK: Final = 4096
_WAITING: Final = 10_000
"""Events that nobody fetched yet; more are lost, the newest first, since a stroke without its beginning is none."""

Show = Callable[[bool], None]


class ScreenSurface:
    """Implements :class:`drivers.signature.contract.TouchSurface` for the window of this process.

    The window calls ``attach`` while it could show a pad, and ``touch`` with what fingers do, from any thread. ``show``
    is called on the device's thread: a window hands it to its own.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._show: Show | None = None
        self._size = (0, 0)
        self._events: queue.Queue[PadEvent | None] = queue.Queue(_WAITING)

    def attach(self, show: Show, size: tuple[int, int]) -> None:
        with self._lock:
            self._show, self._size = show, size

    def detach(self) -> None:
        """The window closes: whoever waits for a signature is told."""
        with self._lock:
            self._show = None
        self._put(None)

    def touch(self, event: PadEvent) -> None:
        self._put(event)

    def open(self) -> None:
        self._attached()

    def ask(self, what: Ask, *, timeout: float, cancel: Cancel) -> tuple[int, int]:
        del timeout, cancel
        show, size = self._attached()
        if what is not Ask.SIZE:
            self._forget()
            show(what is Ask.SHOW)
        return size

    def read(self, timeout: float) -> Sequence[PadEvent]:
        events: list[PadEvent] = []
        try:
            events += self._next(timeout)
            while not self._events.empty():
                events += self._next(0)
        except queue.Empty:
            pass
        self._attached(ConnectionLost)
        return events

    def close(self) -> None:
        self._forget()

    def _put(self, event: PadEvent | None) -> None:
        if not self._events.full():
            self._events.put(event)

    def _next(self, timeout: float) -> list[PadEvent]:
        event = self._events.get(block=timeout > 0, timeout=timeout or None)
        return [] if event is None else [event]

    def _forget(self) -> None:
        while not self._events.empty():
            self._events.get_nowait()

    def _attached(self, error: type[NotConnected] = NotConnected) -> tuple[Show, tuple[int, int]]:
        with self._lock:
            if self._show is None:
                raise error("no window shows a pad")
            return self._show, self._size


SCREEN: Final = ScreenSurface()
"""The window's: a process has one."""


class LineSurface:
    """Implements :class:`drivers.signature.contract.TouchSurface` for a pad that speaks JSON lines."""

    def __init__(self, port: Port, watch: Watch | None = None) -> None:
        self._watch = watch or Unwatched()
        self._port = self._watch.port(port)
        self._parser = PadParser()
        self._is_open = False

    def open(self) -> None:
        if not self._is_open:
            self._port.open()
            self._parser = PadParser()
            self._is_open = True

    def ask(self, what: Ask, *, timeout: float, cancel: Cancel) -> tuple[int, int]:
        self._port.discard_input()
        self._parser = PadParser()
        self._port.write(encode_ask(what), timeout)
        deadline = monotonic() + timeout
        while (left := deadline - monotonic()) > 0:
            if cancel.is_set():
                raise Cancelled
            self._receive(min(left, _SLICE))
            while isinstance(message := self._message(), PadEvent | Ready):
                if isinstance(message, Ready):
                    return message.size
        self._watch.note(Incident.TIMEOUT)
        raise DeadlineExceeded("the pad is silent")

    def read(self, timeout: float) -> Sequence[PadEvent]:
        self._receive(timeout)
        messages = list(iter(self._message, None))
        return [message for message in messages if isinstance(message, PadEvent)]

    def close(self) -> None:
        self._is_open = False
        self._port.close()

    def _receive(self, timeout: float) -> None:
        self._parser.receive_data(self._port.read(_CHUNK, timeout))

    def _message(self) -> PadEvent | Ready | None:
        message = self._parser.next_event()
        if message is NEED_MORE:
            return None
        if isinstance(message, Damaged):
            self._watch.note(Incident.CHECKSUM)
            raise ProtocolError(message.reason)
        return message
