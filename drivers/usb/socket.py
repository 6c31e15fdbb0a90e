"""A :class:`drivers.usb.bus.Bus` over a Unix socket: the gadgets live in one process, the drivers in another.

One request, one answer. A request is operation, address, endpoint, size, milliseconds and data; an answer is an error
number (0 for none) and data: all numbers big-endian, the data behind their length.
"""

import contextlib
import errno
import os
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from enum import IntEnum
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from drivers.usb.bus import Bus, Descriptors

SCHEME: Final = "usb+unix"
_REQUEST: Final = struct.Struct(">BIBIII")
_ANSWER: Final = struct.Struct(">HI")
_LARGEST: Final = 1 << 20
_PROGRAMS: Final = 32
_PATIENCE: Final = 5.0
"""Seconds that the other process has for an answer beyond what the request itself may take."""
_LONGEST: Final = 60.0
"""Seconds that one transfer may wait."""
_ATTACHED: Final = TypeAdapter(dict[int, Descriptors])


class Operation(IntEnum):
    ATTACHED = 1
    CLAIM = 2
    RELEASE = 3
    WRITE = 4
    READ = 5


class BusServer:
    """Lets other processes of this user see a bus. ``session`` makes the view of one program."""

    def __init__(self, path: Path, session: Callable[[], Bus]) -> None:
        self._path = path
        self._session = session
        self._listener: socket.socket | None = None
        self._clients: set[socket.socket] = set()
        self._lock = threading.Lock()

    def start(self) -> None:
        """Idempotent. Raises ``OSError``."""
        if self._listener is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.unlink(missing_ok=True)
            self._listener = socket.socket(socket.AF_UNIX)
            self._listener.bind(str(self._path))
            self._path.chmod(0o600)
            self._listener.listen(_PROGRAMS)
            self._start(self._accept, self._listener)

    def close(self) -> None:
        """Idempotent."""
        listener, self._listener = self._listener, None
        if listener is not None:
            self._path.unlink(missing_ok=True)
            _hang_up(listener)
            with self._lock:
                for client in self._clients:
                    _hang_up(client)

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError), listener:
            while True:
                client, _ = listener.accept()
                with self._lock:
                    welcome = self._listener is listener and len(self._clients) < _PROGRAMS
                    if welcome:
                        self._clients.add(client)
                if welcome:
                    self._start(self._serve, client)
                else:
                    client.close()

    def _serve(self, client: socket.socket) -> None:
        bus = self._session()
        try:
            with contextlib.suppress(OSError):
                while True:
                    _answer(client, bus)
        finally:
            bus.close()
            with self._lock:
                self._clients.discard(client)
                client.close()

    def _start(self, work: Callable[[socket.socket], None], connection: socket.socket) -> None:
        threading.Thread(target=work, args=(connection,), name="simulated usb", daemon=True).start()


def _answer(client: socket.socket, bus: Bus) -> None:
    operation, address, endpoint, size, milliseconds, length = _REQUEST.unpack(_receive(client, _REQUEST.size))
    data = _receive(client, length)
    seconds = min(milliseconds / 1000, _LONGEST)
    number, result = 0, b""
    try:
        match operation:
            case Operation.ATTACHED:
                result = _ATTACHED.dump_json(dict(bus.attached()))
            case Operation.CLAIM:
                bus.claim(address)
            case Operation.RELEASE:
                bus.release(address)
            case Operation.WRITE:
                result = struct.pack(">I", bus.write(address, endpoint, data, seconds))
            case Operation.READ:
                result = bus.read(address, endpoint, min(size, _LARGEST), seconds)
            case _:
                number = errno.EINVAL
    except (OSError, KeyError) as error:  # KeyError: no such endpoint
        number = (error.errno if isinstance(error, OSError) else None) or errno.EIO
    client.sendall(_ANSWER.pack(number, len(result)) + result)


class RemoteBus:
    """The bus behind a :class:`BusServer`. The constructor does no I/O; for one thread at a time."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._connection: socket.socket | None = None

    def attached(self) -> Mapping[int, Descriptors]:
        try:
            return _ATTACHED.validate_json(self._ask(Operation.ATTACHED))
        except ValidationError:
            raise OSError(errno.EIO, "no USB bus speaks there") from None

    def claim(self, address: int) -> None:
        self._ask(Operation.CLAIM, address)

    def release(self, address: int) -> None:
        self._ask(Operation.RELEASE, address)

    def write(self, address: int, endpoint: int, data: bytes, timeout: float) -> int:
        return int.from_bytes(self._ask(Operation.WRITE, address, endpoint, timeout=timeout, data=data))

    def read(self, address: int, endpoint: int, size: int, timeout: float) -> bytes:
        return self._ask(Operation.READ, address, endpoint, size, timeout)

    def close(self) -> None:
        """Idempotent; gives back what was claimed."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _ask(
        self,
        operation: Operation,
        address: int = 0,
        endpoint: int = 0,
        size: int = 0,
        timeout: float = 0.0,
        data: bytes = b"",
    ) -> bytes:
        try:
            connection = self._connected(operation)
            connection.settimeout(timeout + _PATIENCE)
            head = _REQUEST.pack(operation, address, endpoint, size, int(timeout * 1000), len(data))
            connection.sendall(head + data)
            number, length = _ANSWER.unpack(_receive(connection, _ANSWER.size))
            result = _receive(connection, length)
        except OSError:
            self.close()  # what is half said cannot be gone on with
            raise OSError(errno.ENODEV, f"no simulated USB bus at {self._path}") from None
        if number:
            raise OSError(number, os.strerror(number))
        return result

    def _connected(self, operation: Operation) -> socket.socket:
        """Only a look at the bus begins a connection: addresses do not outlive the one they were heard on."""
        if self._connection is None:
            if operation is not Operation.ATTACHED:
                raise OSError(errno.ENODEV, "the bus is gone")
            self._connection = socket.socket(socket.AF_UNIX)
            self._connection.settimeout(_PATIENCE)
            self._connection.connect(self._path)
        return self._connection


def _receive(connection: socket.socket, count: int) -> bytes:
    if count > _LARGEST:
        raise OSError(errno.EMSGSIZE, "too long a message")
    data = bytearray()
    while len(data) < count:
        portion = connection.recv(count - len(data))
        if not portion:
            raise OSError(errno.EPIPE, "the other end is gone")
        data += portion
    return bytes(data)


def _hang_up(connection: socket.socket) -> None:
    """Wakes the thread that waits on it, which closes it."""
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
