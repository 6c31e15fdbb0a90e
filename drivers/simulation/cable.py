"""The cable of a simulated device: a line that programs open, and everything that happens to cables."""

import contextlib
import os
import random
import select
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Final, Protocol

from drivers.simulation.port import ReservedPort
from drivers.simulation.pseudo_terminal import Unplugged

_CHUNK: Final = 4096
_IDLE: Final = 3600.0
_SLOW: Final = 0.1
_STUCK: Final = 1.0
"""A program that takes no bytes for so long loses them."""
_FOR_EVER: Final = 1 << 62
_NOISE: Final = random.Random(1).randbytes(40)  # noqa: S311 - noise, and the same one every time
_UNASKED_NOISE: Final = b"\xfe\x81\x1b\r\n"
"""A whole line: what nobody asked for is read by the line."""
_FOREIGN: Final = b"ERROR 400 unknown command\r\n"


class Line(Protocol):
    """The device's end; :class:`drivers.simulation.pseudo_terminal.PseudoTerminal` is one, :class:`TcpLine` another."""

    @property
    def path(self) -> str: ...

    def open(self) -> None: ...

    def read(self, timeout: float) -> bytes: ...

    def write(self, data: bytes) -> None: ...

    def wake(self) -> None: ...

    def close(self) -> None: ...


class Answering(Protocol):
    """The device at the end of the cable. Called under the cable's lock, by one thread at a time."""

    def connected(self) -> None:
        """Power came, or another program opened the line: half a request is forgotten."""
        ...

    def answer(self, data: bytes) -> bytes:
        """What it sends back for ``data``, which comes in portions."""
        ...


class TcpLine:
    """A TCP port on this machine that serves one program at a time; it stays the same when opened again."""

    def __init__(self, connected: Callable[[], None], scheme: str = "tcp") -> None:
        self._connected = connected
        self._scheme = scheme
        self._port = ReservedPort()
        self._listener: socket.socket | None = None
        self._peer: socket.socket | None = None
        self._wake = -1

    @property
    def path(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._port.number}" if self._port.number else ""

    def open(self) -> None:
        self._listener = self._port.listen()
        self._wake = os.eventfd(0)

    def read(self, timeout: float) -> bytes:
        """``b""`` when nothing came within ``timeout`` seconds, or a program came or went. Raises ``Unplugged``."""
        if self._listener is None:
            raise Unplugged
        ready, _, _ = select.select([self._peer or self._listener, self._wake], [], [], timeout)
        if self._wake in ready:
            os.eventfd_read(self._wake)
        elif ready and self._peer:
            return self._receive(self._peer)
        elif ready:
            self._accept(self._listener)
        return b""

    def _accept(self, listener: socket.socket) -> None:
        self._peer, _ = listener.accept()
        self._peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._peer.settimeout(_STUCK)
        self._connected()

    def _receive(self, peer: socket.socket) -> bytes:
        try:
            data = peer.recv(_CHUNK)
        except OSError:
            data = b""
        if not data:
            self._hang_up()
        return data

    def write(self, data: bytes) -> None:
        """What nobody reads is lost. Raises ``Unplugged``."""
        if self._listener is None:
            raise Unplugged
        with contextlib.suppress(OSError):
            if self._peer:
                self._peer.sendall(data)

    def wake(self) -> None:
        if self._wake >= 0:
            os.eventfd_write(self._wake, 1)

    def close(self) -> None:
        """Idempotent."""
        self._hang_up()
        listener, self._listener = self._listener, None
        if listener:
            listener.close()
            os.close(self._wake)
            self._wake = -1

    def _hang_up(self) -> None:
        peer, self._peer = self._peer, None
        if peer:
            peer.close()


def _nothing() -> None:
    pass


class Cable:
    """Carries bytes between ``line`` and ``device``, with the faults of ``drivers.simulation.contract.COMMON_VERBS``.

    ``answered`` is called behind each answer, for devices that also speak unasked: so nothing overtakes an
    acknowledgement. Methods may be called from any thread; ``lock`` guards the device behind it, too.
    """

    def __init__(self, line: Line, device: Answering, answered: Callable[[], None] = _nothing) -> None:
        self.lock = threading.RLock()
        self._line = line
        self._device = device
        self._answered = answered
        self._plugging = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._left: int | None = None
        self._mute = self._foreign = False
        self._delay = 0.0
        self._hurry = threading.Event()
        """Ends a delay that is under way."""
        self._spoilt = 0

    @property
    def path(self) -> str:
        return self._line.path

    # --- the verbs ---------------------------------------------------------------------------------------------------

    def plug(self) -> None:
        with self._plugging:
            self._left = None
            if self._thread and not self._stop.is_set():
                return
            self._end_thread()
            self._line.open()
            self._device.connected()
            self._stop, self._hurry = threading.Event(), threading.Event()
            self._thread = threading.Thread(target=self._serve, args=(self._stop,), name="cable", daemon=True)
            self._thread.start()

    def unplug(self, argument: str = "") -> None:
        """Now, or after so many more bytes in either direction."""
        if argument:
            with self.lock:
                self._left = int(argument)
            return
        with self._plugging:
            self._end_thread()

    def slow(self, argument: str = "") -> None:
        """Every answer so many seconds late, else a tenth of one."""
        with self.lock:
            self._delay, self._hurry = float(argument or _SLOW), threading.Event()

    def garbage(self, argument: str = "") -> None:
        """Noise instead of so many answers, else of all."""
        self._spoilt = int(argument or _FOR_EVER)

    def mute(self) -> None:
        self._mute = True

    def wrong_model(self) -> None:
        self._foreign = True

    def heal(self) -> None:
        with self.lock:
            self._mute = self._foreign = False
            self._delay, self._spoilt, self._left = 0.0, 0, None
            self._hurry.set()
        self.plug()

    def faults(self) -> Iterator[str]:
        present = {
            "unplugged": self._thread is None or self._stop.is_set(),
            "slow": self._delay,
            "garbage": self._spoilt,
            "mute": self._mute,
            "wrong_model": self._foreign,
        }
        return (name for name, value in present.items() if value)

    # --- the bytes ---------------------------------------------------------------------------------------------------

    def send(self, data: bytes) -> None:
        """Say it unasked, with the faults of the moment; what a pulled cable does not carry is lost."""
        with self.lock, contextlib.suppress(Unplugged):
            if self._mute or self._foreign:
                return
            self._line.write(self._carried(_UNASKED_NOISE if self._spoilt else data))
            if self._left == 0:
                self._line.wake()  # the cable's own thread meets the end of it, and hangs up

    def _end_thread(self) -> None:
        thread, self._thread = self._thread, None
        if thread:
            self._stop.set()
            self._hurry.set()
            # the thread closes the line by itself when it counted its last byte: not while it is woken
            with self.lock, contextlib.suppress(Unplugged):
                self._line.wake()
            thread.join()
            self._line.close()

    def _serve(self, stop: threading.Event) -> None:
        with contextlib.suppress(Unplugged):
            while not stop.is_set():
                data = self._line.read(_IDLE)
                if data and not stop.is_set():
                    self._pass_on(data, stop)
        stop.set()

    def _pass_on(self, data: bytes, stop: threading.Event) -> None:
        with self.lock:
            reply = self._spoil(self._carried(data))
            delay, hurry = self._delay if reply else 0.0, self._hurry
        hurry.wait(delay)
        with self.lock:
            self._line.write(self._carried(reply))
            if self._left == 0:
                self._line.close()
                stop.set()  # not before: whoever sees it unplugged finds nobody there
        self._answered()

    def _carried(self, data: bytes) -> bytes:
        """As much of it as goes through before the cable is pulled."""
        if self._left is not None:
            data = data[: self._left]
            self._left -= len(data)
        return data

    def _spoil(self, data: bytes) -> bytes:
        if self._foreign:
            return _FOREIGN if data else b""
        reply = self._device.answer(data) if data else b""
        if self._mute or not reply:
            return b""
        if self._spoilt:
            self._spoilt -= 1
            return _NOISE
        return reply
