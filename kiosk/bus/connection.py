"""The bus on the wire: one Unix socket a process, JSON lines, only for processes of the same user."""

import contextlib
import logging
import os
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, Self

from kiosk.bus import messages
from kiosk.bus.messages import AnyMessage, Message

MAX_LINE: Final = 1 << 20
_BACKLOG: Final = 128
"""More than there are ever at once: a Unix socket that is full refuses, it does not let anybody wait."""

log = logging.getLogger(__name__)


class BusError(Exception):
    """The other process is not there, went away, or sent something that is no message."""


class Connection:
    """One end of a bus socket. ``send`` may be called from any thread, ``receive`` from one."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._buffer = b""
        self._send_lock = threading.Lock()
        self._descriptors: list[int] = []

    def send(self, message: Message, descriptor: int | None = None) -> None:
        line = messages.encode(message)
        try:
            with self._send_lock:
                if descriptor is None:
                    self._sock.sendall(line)
                else:
                    sent = socket.send_fds(self._sock, [line], [descriptor])
                    self._sock.sendall(line[sent:])
        except OSError as error:
            raise BusError(f"send: {error.strerror}") from None

    def receive(self, timeout: float | None = None) -> AnyMessage | None:
        """The next message; ``None`` at the end of the connection. Raises ``BusError``, ``TimeoutError`` after
        ``timeout`` seconds without a byte."""
        while b"\n" not in self._buffer:
            if not self._fill(timeout):
                return None
        line, self._buffer = self._buffer.split(b"\n", 1)
        try:
            return messages.decode(line)
        except ValueError:
            raise BusError("not a message of the bus") from None

    def take_descriptor(self) -> int | None:
        """A file descriptor that came along with a message; the caller owns it."""
        return self._descriptors.pop(0) if self._descriptors else None

    def _fill(self, timeout: float | None) -> bool:
        try:
            self._sock.settimeout(timeout)  # raises, too, when another thread has closed this
            data, descriptors, _, _ = socket.recv_fds(self._sock, 1 << 16, 1)
        except TimeoutError:
            raise
        except OSError as error:
            raise BusError(f"receive: {error.strerror}") from None
        self._descriptors += descriptors
        self._buffer += data
        if len(self._buffer) > MAX_LINE:
            raise BusError("line too long")
        return bool(data)

    def close(self) -> None:
        # shutdown first: close alone does not wake a thread that waits in recv
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        self._sock.close()
        while self._descriptors:
            os.close(self._descriptors.pop())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[AnyMessage]:
        while (message := self.receive()) is not None:
            yield message


def connect(path: Path, timeout: float = 1.0) -> Connection:
    """Raise ``BusError`` when nobody listens there."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.settimeout(timeout)
    try:
        sock.connect(str(path))
    except OSError as error:
        sock.close()
        raise BusError(f"{path.name}: {error.strerror}") from None
    return Connection(sock)


def request(path: Path, message: Message, timeout: float = 5.0) -> AnyMessage:
    """Connect, ask once, return the one answer. Raises ``BusError``."""
    with connect(path) as connection:
        connection.send(message)
        try:
            answer = connection.receive(timeout)
        except TimeoutError:
            raise BusError(f"{path.name}: no answer in {timeout:g} s") from None
    if answer is None:
        raise BusError(f"{path.name}: closed without an answer")
    return answer


Handler = Callable[[AnyMessage, Connection], None]
"""Called in the connection's own thread for every message; answers with ``connection.send``."""


class Server:
    """Listens at one path, a thread a connection."""

    def __init__(self, path: Path, handler: Handler, on_close: Callable[[Connection], None] | None = None) -> None:
        self._path = path
        self._handler = handler
        self._on_close = on_close
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._connections: set[Connection] = set()

    def start(self) -> None:
        """Listen; a socket file left by a killed process is replaced."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path.unlink(missing_ok=True)
        self._socket.bind(str(self._path))
        self._path.chmod(0o600)
        self._socket.listen(_BACKLOG)
        threading.Thread(target=self._accept, name=f"bus {self._path.stem}", daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # the socket was closed: the end
            while True:
                sock, _ = self._socket.accept()
                if _peer_uid(sock) not in (os.getuid(), 0):
                    log.warning("bus: connection of a foreign user refused")
                    sock.close()
                    continue
                threading.Thread(target=self._serve, args=(Connection(sock),), daemon=True).start()

    def _serve(self, connection: Connection) -> None:
        self._connections.add(connection)
        try:
            for message in connection:
                self._handler(message, connection)
        except BusError as error:
            log.info("bus %s: %s", self._path.stem, error)
        finally:
            self._connections.discard(connection)
            connection.close()
            if self._on_close:
                self._on_close(connection)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for connection in list(self._connections):
            connection.close()
        self._path.unlink(missing_ok=True)


def _peer_uid(sock: socket.socket) -> int:
    """The user id of the process at the other end, as the kernel vouches for it (unix(7), SO_PEERCRED)."""
    size = struct.calcsize("3i")
    _, uid, _ = struct.unpack("3i", sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))
    return uid
