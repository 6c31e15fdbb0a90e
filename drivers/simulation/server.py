"""A server whose cable can be pulled, now or in the middle of a message; it serves many connections at once.

A device that speaks with one program only is at the end of a :class:`drivers.simulation.cable.Cable` instead.
"""

import contextlib
import io
import socket
import threading
from collections.abc import Callable

from drivers.simulation.port import ReservedPort


class Pulled(ConnectionError):
    """The cable is out."""


class TcpServer:
    """Serves each connection with ``serve(connection)`` in a thread of its own. The constructor does no I/O; port 0
    becomes a free one at the first ``plug`` and stays the same."""

    def __init__(self, serve: Callable[["Connection"], None], host: str = "127.0.0.1", port: int = 0) -> None:
        self._port = ReservedPort(host, port)
        self._serve = serve
        self._lock = threading.RLock()
        self._listener: socket.socket | None = None
        self._sockets: set[socket.socket] = set()
        self._left: int | None = None

    @property
    def address(self) -> tuple[str, int]:
        return self._port.address

    @property
    def plugged(self) -> bool:
        return self._listener is not None

    def plug(self) -> None:
        with self._lock:
            self._left = None
            if self._listener:
                return
            self._listener = self._port.listen()
        threading.Thread(target=self._accept, args=(self._listener,), name="simulated server", daemon=True).start()

    def unplug(self) -> None:
        with self._lock:
            listener, self._listener = self._listener, None
            self._left = None
            for sock in (listener, *self._sockets):
                if sock:
                    _hang_up(sock)
            self._sockets.clear()

    def unplug_after(self, count: int) -> None:
        """Let ``count`` more bytes pass, in both directions together."""
        with self._lock:
            self._left = count
        if count <= 0:
            self.unplug()

    def passing(self, wanted: int) -> int:
        """How many of ``wanted`` bytes get through before the cable is out."""
        with self._lock:
            if self._left is None:
                return wanted
            passed = min(wanted, self._left)
            self._left -= passed
            return passed

    def passed(self) -> None:
        """Raises :class:`Pulled` if those were the last bytes."""
        with self._lock:
            if self._left == 0:
                self.unplug()
                raise Pulled

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                sock, _ = listener.accept()
                with self._lock:
                    if self._listener is not listener:
                        return _hang_up(sock)
                    self._sockets.add(sock)
                threading.Thread(target=self._run, args=(sock,), name="simulated device", daemon=True).start()

    def _run(self, sock: socket.socket) -> None:
        try:
            with contextlib.suppress(OSError):
                self._serve(Connection(self, sock))
        finally:
            with self._lock:
                self._sockets.discard(sock)
            _hang_up(sock)


class Connection:
    """As much of a socket as a server needs; what ``http.server`` asks for is there too."""

    def __init__(self, line: TcpServer, sock: socket.socket) -> None:
        self._line = line
        self._socket = sock

    def recv(self, size: int) -> bytes:
        """``b""`` when the other end has hung up. Raises ``OSError``."""
        data = self._socket.recv(size)
        passing = self._line.passing(len(data))
        if passing < len(data):
            self._line.passed()
        return data

    def sendall(self, data: bytes) -> None:
        """Raises ``OSError``."""
        passing = self._line.passing(len(data))
        self._socket.sendall(data[:passing])
        self._line.passed()

    def settimeout(self, seconds: float | None) -> None:
        self._socket.settimeout(seconds)

    def makefile(self, *_: object) -> io.BufferedReader:
        return io.BufferedReader(_Reader(self))


class _Reader(io.RawIOBase):
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # pyright: ignore[reportIncompatibleMethodOverride]
        data = self._connection.recv(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def _hang_up(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
    sock.close()
