"""A byte port over TCP; the socket's exceptions become the driver's here and nowhere else."""

import contextlib
import socket
from typing import Final

from drivers.errors import ConnectionLost, DeadlineExceeded, NotConnected

CONNECT_TIMEOUT: Final = 3.0
_CHUNK: Final = 4096


class TcpPort:
    """A :class:`drivers.ports.Port` to ``host:port``."""

    def __init__(self, host: str, port: int, connect_timeout: float = CONNECT_TIMEOUT) -> None:
        self.name = f"tcp://{host}:{port}"
        self._address = (host, port)
        self._connect_timeout = connect_timeout
        self._socket: socket.socket | None = None

    def open(self) -> None:
        self.close()
        try:
            self._socket = socket.create_connection(self._address, self._connect_timeout)
        except OSError as error:
            raise NotConnected(f"{self.name}: {_reason(error)}") from None
        # a status question is a few bytes that must not wait for company (RFC 896)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def read(self, max_bytes: int, timeout: float) -> bytes:
        sock = self._connected(timeout)
        try:
            data = sock.recv(max_bytes)
        except (TimeoutError, BlockingIOError):
            return b""
        except OSError as error:
            raise ConnectionLost(f"{self.name}: {_reason(error)}") from None
        if not data:
            raise ConnectionLost(f"{self.name}: closed by the device")
        return data

    def write(self, data: bytes, timeout: float) -> None:
        try:
            self._connected(timeout).sendall(data)
        except (TimeoutError, BlockingIOError):
            raise DeadlineExceeded(f"{self.name}: takes no bytes") from None
        except OSError as error:
            raise ConnectionLost(f"{self.name}: {_reason(error)}") from None

    def discard_input(self) -> None:
        while self.read(_CHUNK, 0):
            pass

    def close(self) -> None:
        sock, self._socket = self._socket, None
        if sock:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()

    def _connected(self, timeout: float) -> socket.socket:
        if self._socket is None:
            raise ConnectionLost(f"{self.name}: not open")
        self._socket.settimeout(max(timeout, 0))
        return self._socket


def _reason(error: OSError) -> str:
    return error.strerror or str(error)
