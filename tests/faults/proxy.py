"""A line between terminal and centre on which happens what happens on lines: scripted, request by request."""

import contextlib
import socket
import ssl
import struct
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

import h11

RECEIVE: Final = 1 << 16
PATIENCE: Final = 20.0
"""Seconds after which a proxy gives up on either end."""
_RESET: Final = struct.pack("ii", 1, 0)
"""SO_LINGER of no seconds: closing sends RST, as a router does that has forgotten the connection."""


@dataclass(frozen=True, repr=False)
class Exchange:
    """One whole request of a terminal, its head and body as they were sent."""

    request: bytes
    terminal: socket.socket
    centre: tuple[str, int]
    down: threading.Event
    """Set when the line is taken down."""

    def ask(self) -> bytes:
        """The centre's whole answer; ``b""`` when there is none."""
        with contextlib.suppress(OSError), self.send(len(self.request)) as upstream:
            return _read_message(upstream, h11.CLIENT, self.request)
        return b""

    def send(self, size: int) -> socket.socket:
        """A connection on which the centre has got the first ``size`` bytes."""
        upstream = socket.create_connection(self.centre, PATIENCE)
        upstream.sendall(self.request[:size])
        return upstream

    def answer(self, data: bytes) -> None:
        self.terminal.sendall(data)


Mishap = Callable[[Exchange], None]


def nothing(exchange: Exchange) -> None:
    exchange.answer(exchange.ask())


def cut_request(after: int) -> Mishap:
    """The centre sees that many bytes of it, then both ends see a reset."""

    def happen(exchange: Exchange) -> None:
        reset(exchange.send(after))
        reset(exchange.terminal)

    return happen


def cut_answer(after: int) -> Mishap:
    """The centre has done its part; the terminal sees that many bytes of the answer."""

    def happen(exchange: Exchange) -> None:
        exchange.answer(exchange.ask()[:after])
        reset(exchange.terminal)

    return happen


def lost_answer(exchange: Exchange) -> None:
    exchange.ask()


def says(status: int, **headers: str) -> Mishap:
    """Somebody on the way answers in the centre's place; ``Retry_After`` is ``Retry-After``."""
    lines = [f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items()]
    head = f"HTTP/1.1 {status} Mishap\r\n{''.join(lines)}Content-Length: 0\r\n\r\n"
    return lambda exchange: exchange.answer(head.encode())


def garbage(exchange: Exchange) -> None:
    exchange.answer(b"\x15\x03\x01\x00\x02\x02\x50" * 40)


def login_page(exchange: Exchange) -> None:
    """Well-formed, and from somebody else: a hall's wireless network that wants to be agreed to first."""
    page = b"<!doctype html><title>Welcome</title>"
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(page)
    exchange.answer(head + page)


def twice(exchange: Exchange) -> None:
    """The request reaches the centre two times; the terminal hears the second answer."""
    exchange.ask()
    nothing(exchange)


def slow_answer(pause: float) -> Mishap:
    """A byte at a time, until the terminal has had enough."""

    def happen(exchange: Exchange) -> None:
        for byte in exchange.ask():
            exchange.answer(bytes([byte]))
            if exchange.down.wait(pause):
                return

    return happen


def slow_request(pause: float) -> Mishap:
    """A byte at a time to the centre, as long as the terminal waits for it."""

    def happen(exchange: Exchange) -> None:
        with exchange.send(0) as upstream:
            exchange.terminal.settimeout(pause)
            for byte in exchange.request:
                upstream.sendall(bytes([byte]))
                if exchange.down.is_set() or _has_left(exchange.terminal):
                    return

    return happen


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    connection.close()


class Proxy:
    """Listens on a port of its own. What is scripted befalls the next requests, one each; without a script all is well.

    ``tls`` is what the terminal is shown; the centre itself is spoken to in the clear.
    """

    def __init__(self, centre: tuple[str, int], tls: ssl.SSLContext | None = None) -> None:
        self.centre = centre
        self._tls = tls
        self._script: deque[tuple[str, Mishap]] = deque()
        self._down = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._listen, name="proxy")]
        self._threads[0].start()

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://localhost:{self._listener.getsockname()[1]}"

    def script(self, *mishaps: Mishap, path: str = "/v1/submissions") -> None:
        """For requests to ``path``; others pass."""
        self._script.extend((path, mishap) for mishap in mishaps)

    def forget(self) -> None:
        """What has not befallen anybody yet."""
        self._script.clear()

    def over(self) -> bool:
        """Whether the whole script has been played."""
        return not self._script

    def close(self) -> None:
        self._down.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(PATIENCE)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while not self._down.is_set():
                terminal, _ = self._listener.accept()
                self._threads.append(threading.Thread(target=self._serve, args=(terminal,), name="proxy line"))
                self._threads[-1].start()

    def _serve(self, terminal: socket.socket) -> None:
        """Requests of one connection until either end is gone; a mishap that breaks it off breaks it off here."""
        with contextlib.suppress(OSError, ssl.SSLError), contextlib.closing(self._shown(terminal)) as line:
            line.settimeout(PATIENCE)
            while request := _read_message(line, h11.SERVER):
                exchange = Exchange(request, line, self.centre, self._down)
                mishap = self._next(request)
                mishap(exchange)
                if mishap is not nothing:
                    return

    def _shown(self, terminal: socket.socket) -> socket.socket:
        if self._tls is None:
            return terminal
        with contextlib.ExitStack() as closing:
            closing.push(contextlib.closing(terminal))
            shown = self._tls.wrap_socket(terminal, server_side=True)
            closing.pop_all()
            return shown

    def _next(self, request: bytes) -> Mishap:
        target = request.split(b" ", 2)[1].decode("ascii", "replace")
        if self._script and target.startswith(self._script[0][0]):
            return self._script.popleft()[1]
        return nothing


def _read_message(line: socket.socket, role: "type[h11.CLIENT] | type[h11.SERVER]", request: bytes = b"") -> bytes:
    """The bytes of one whole message, perhaps in answer to ``request``; ``b""`` when the other end closed before."""
    connection = h11.Connection(role)
    if request:
        connection.send(_head(request))
        connection.send(h11.EndOfMessage())
    message = bytearray()
    while True:
        match connection.next_event():
            case h11.NEED_DATA:
                data = line.recv(RECEIVE)
                message += data
                connection.receive_data(data)
            case h11.EndOfMessage():
                return bytes(message)
            case h11.ConnectionClosed():
                return b""
            case _:
                pass


def _head(request: bytes) -> h11.Request:
    """Of a request without content: an answer's extent depends on the method alone."""
    method, target, _ = request.split(b" ", 2)
    return h11.Request(method=method, target=target, headers=[("Host", "centre")])


def _has_left(terminal: socket.socket) -> bool:
    """Waits as long as the socket's time limit."""
    try:
        return not terminal.recv(1, socket.MSG_PEEK)
    except TimeoutError:
        return False
