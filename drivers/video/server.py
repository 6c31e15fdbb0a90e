"""What simulated cameras share: a motion-JPEG server, as a network camera has one, and what can happen to it."""

import contextlib
import os
import socket
import threading
from collections.abc import Callable, Mapping
from socketserver import StreamRequestHandler, ThreadingTCPServer
from time import monotonic
from typing import Final

from drivers.simulation.contract import Verb, verbs_of
from drivers.simulation.port import ReservedPort

FRAME_RATE: Final = 15
_POLL: Final = 0.02
_LAST_PICTURE: Final = 1.0
_BOUNDARY: Final = "frame"
_SLOW: Final = 0.3
"""Seconds: late, but in time for every driver."""
_MAX_REQUEST: Final = 8192
_NOISE_BYTES: Final = 700
_HEAD: Final = (
    "HTTP/1.0 200 OK\r\nServer: {model}\r\nCache-Control: no-store\r\n"
    f"Content-Type: multipart/x-mixed-replace; boundary={_BOUNDARY}\r\n\r\n"
)
_BUSY: Final = b"HTTP/1.0 503 Service Unavailable\r\nContent-Type: text/plain\r\n\r\nanother viewer is connected\r\n"
_NOT_FOUND: Final = b"HTTP/1.0 404 Not Found\r\nContent-Type: text/plain\r\n\r\n"
_HOME_PAGE: Final = b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n<title>Printer</title><p>Toner: 71 %</p>\r\n"


class SimulatedVideo:
    """Serves ``channels`` (path -> the next picture as a JPEG file) on one port. Base of the simulated cameras.

    ``port`` 0 takes a free one at ``start`` and keeps it over unplugging.
    """

    kind = ""
    model = "Simulated camera"
    rate = FRAME_RATE

    def __init__(self, channels: Mapping[str, Callable[[], bytes]], host: str, port: int) -> None:
        self.channels = channels
        self._port = ReservedPort(host, port)
        self._server: _Server | None = None
        self._lock = threading.Lock()
        self._misbehaviour = ""
        self._until: float | None = None
        self._broken = 0
        self.delay = 0.0

    # --- the device ---------------------------------------------------------------------------------------------

    @property
    def endpoint(self) -> str:
        """The URL of the first channel; known after ``start``."""
        return self.endpoint_of(next(iter(self.channels)))

    def endpoint_of(self, path: str) -> str:
        host, port = self._port.address
        return f"http://{host}:{port}{path}"

    def start(self) -> None:
        self.simulate_plug()

    def close(self) -> None:
        self.simulate_unplug()

    def verbs(self) -> Mapping[str, Verb]:
        return verbs_of(self)

    @property
    def cable(self) -> str:
        return "plugged" if self._server else "unplugged"

    @property
    def misbehaviour(self) -> str:
        """``garbage``, ``mute``, ``busy``, ``wrong_model`` or nothing."""
        if self._until is not None and monotonic() >= self._until:
            self._misbehave("")
        return self._misbehaviour

    def next_picture(self, path: str) -> bytes:
        jpeg = self.channels[path]()
        if self._broken:
            self._broken -= 1
            return jpeg[: len(jpeg) // 2]
        return jpeg

    # --- the verbs ----------------------------------------------------------------------------------------------

    def simulate_unplug(self, after: str = "") -> None:
        """Cut the running streams and refuse new ones, now or after so many more bytes."""
        if after:
            self._cut_after(_count(after))
            return
        with self._lock:  # until nobody listens any more: whoever plugs it in at once finds the port free
            server, self._server = self._server, None
            if server:
                server.stop_listening()
        if server:
            server.hang_up()

    def simulate_plug(self, _: str = "") -> None:
        with self._lock:
            if self._server is None:
                self._server = _Server(self._port, self)
                threading.Thread(
                    target=self._server.serve_forever, args=(_POLL,), name="simulated video", daemon=True
                ).start()

    def simulate_slow(self, seconds: str = "") -> None:
        """Everything later by so many seconds, otherwise late but in time."""
        self.delay = _seconds(seconds) if seconds else _SLOW

    def simulate_garbage(self, _: str = "") -> None:
        self._misbehave("garbage")

    def simulate_mute(self, _: str = "") -> None:
        """Connections are taken, nothing comes; running streams stall."""
        self._misbehave("mute")

    def simulate_busy(self, seconds: str = "") -> None:
        """Another viewer has it, as a camera that serves one only says: 503."""
        self._misbehave("busy", _seconds(seconds) if seconds else None)

    def simulate_wrong_model(self, _: str = "") -> None:
        """At its address a printer answers with its home page."""
        self._misbehave("wrong_model")

    def simulate_broken_picture(self, count: str = "") -> None:
        """The next picture, or so many, arrive only half."""
        self._broken = _count(count) if count else 1

    def simulate_heal(self, _: str = "") -> None:
        self._misbehave("")
        self.delay, self._broken = 0.0, 0
        self._cut_after(None)
        self.simulate_plug()

    def _cut_after(self, count: int | None) -> None:
        server = self._server
        if server:
            server.bytes_left = count

    def _misbehave(self, how: str, seconds: float | None = None) -> None:
        self._misbehaviour = how
        self._until = None if seconds is None else monotonic() + seconds


class _Server(ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, port: ReservedPort, device: SimulatedVideo) -> None:
        super().__init__(port.address, _Stream, bind_and_activate=False)
        self.socket.close()
        self.socket = port.listen()
        self.device = device
        self.unplugged = threading.Event()
        self.bytes_left: int | None = None
        self._viewers: dict[socket.socket, threading.Thread] = {}

    def stop_listening(self) -> None:
        self.unplugged.set()
        self.shutdown()
        self.server_close()

    def hang_up(self) -> None:
        viewers = list(self._viewers.items())
        for line, _ in viewers:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
        # A thread inside OpenCV while the interpreter goes away would abort the process.
        for _, thread in viewers:
            if thread is not threading.current_thread():
                thread.join(_LAST_PICTURE)

    def spend(self, count: int) -> int:
        """How many of so many bytes pass before the cable is pulled."""
        if self.bytes_left is None:
            return count
        passed = min(count, self.bytes_left)
        self.bytes_left -= passed
        return passed

    def process_request(self, request: socket.socket, client_address: object) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        arguments = (request, client_address)
        thread = threading.Thread(target=self.process_request_thread, args=arguments, name="viewer", daemon=True)
        self._viewers[request] = thread
        thread.start()

    def shutdown_request(self, request: socket.socket) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        self._viewers.pop(request, None)
        super().shutdown_request(request)

    def handle_error(self, request: object, client_address: object) -> None:
        """A viewer that goes away is no error of the camera."""


class _Unplugged(OSError):
    pass


class _Stream(StreamRequestHandler):
    """``multipart/x-mixed-replace``: one JPEG file a part, until somebody hangs up (the format of network cameras)."""

    server: _Server  # pyright: ignore[reportIncompatibleVariableOverride]

    def handle(self) -> None:
        try:
            path = self._request()
            self._answer(path)
        except _Unplugged:
            self.server.device.simulate_unplug()

    def _request(self) -> str:
        first, size = b"", 0
        while (line := self.rfile.readline(_MAX_REQUEST)) not in (b"", b"\r\n", b"\n") and size < _MAX_REQUEST:
            first, size = first or line, size + len(line)
            if self.server.spend(len(line)) < len(line):
                raise _Unplugged
        return first.decode("latin-1").partition(" ")[2].partition(" ")[0]

    def _answer(self, path: str) -> None:
        device = self.server.device
        self._wait(0)
        match device.misbehaviour:
            case "busy":
                self._send(_BUSY)
            case "wrong_model":
                self._send(_HOME_PAGE)
            case "garbage":
                self._stream(path)
            case _ if path not in device.channels:
                self._send(_NOT_FOUND)
            case _:
                self._send(_HEAD.format(model=device.model).encode())
                self._stream(path)

    def _stream(self, path: str) -> None:
        device = self.server.device
        while not self.server.unplugged.is_set() and device.misbehaviour not in ("busy", "wrong_model"):
            if device.misbehaviour == "garbage":
                self._send(os.urandom(_NOISE_BYTES))
            else:
                jpeg = device.next_picture(path)
                head = f"--{_BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
                self._send(head.encode() + jpeg + b"\r\n")
            self._wait(1 / device.rate)

    def _wait(self, seconds: float) -> None:
        device = self.server.device
        self.server.unplugged.wait(seconds + device.delay)
        while device.misbehaviour == "mute" and not self.server.unplugged.wait(_POLL):
            pass

    def _send(self, data: bytes) -> None:
        passed = self.server.spend(len(data))
        self.wfile.write(data[:passed])
        if passed < len(data):
            raise _Unplugged


def _count(text: str) -> int:
    if not text.isdecimal():
        raise ValueError(f"{text!r} is no number of bytes or pictures")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise ValueError(f"{text!r} is no number of seconds")
    return seconds
