"""The cable between terminal and centre as a simulated device: a TCP forwarder that can be cut."""

import contextlib
import socket
import threading
from collections.abc import Callable, Mapping

from drivers.simulation.contract import Verb, verbs_of
from drivers.simulation.port import ReservedPort

Address = tuple[str, int]
CHUNK = 1 << 16
CONNECT_SECONDS = 3.0


class SimulatedNetwork:
    """Listens at ``endpoint`` and forwards to ``centre()``; cut, nobody answers there and open connections break."""

    kind = "network"

    def __init__(self, centre: Callable[[], Address | None]) -> None:
        self._centre = centre
        self._listener: socket.socket | None = None
        self._port = ReservedPort()
        self._open: set[socket.socket] = set()
        """Of the connections made since the cable was last put back."""
        self._lock = threading.Lock()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._port.number}"

    def start(self) -> None:
        self._listener = listener = self._port.listen()
        threading.Thread(target=self._accept, args=(listener,), name="simulated network", daemon=True).start()

    def state(self) -> Mapping[str, str]:
        return {"link": "up" if self._listener else "cut"}

    def verbs(self) -> Mapping[str, Verb]:
        return verbs_of(self)

    def simulate_cut(self, _argument: str = "") -> None:
        with self._lock:
            listener, self._listener = self._listener, None
            cut, self._open = self._open, set()
        if listener:
            _shut(listener)
        for sock in cut:
            _shut(sock)

    def simulate_restore(self, _argument: str = "") -> None:
        if self._listener is None:
            self.start()

    def close(self) -> None:
        self.simulate_cut()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):  # the listener was closed: cut
            while True:
                near, _ = listener.accept()
                threading.Thread(target=self._forward, args=(near, listener), daemon=True).start()

    def _forward(self, near: socket.socket, listener: socket.socket) -> None:
        address = self._centre()
        try:
            far = socket.create_connection(address or ("127.0.0.1", 0), CONNECT_SECONDS)
        except OSError:
            near.close()
            return
        far.settimeout(None)
        with self._lock:
            uncut = listener is self._listener
            self._open |= {near, far} if uncut else set()
        if not uncut:
            _shut(near)
            _shut(far)
            return
        back = threading.Thread(target=_pump, args=(far, near), daemon=True)
        back.start()
        _pump(near, far)
        back.join()
        with self._lock:
            self._open -= {near, far}
        near.close()
        far.close()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(CHUNK):
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


def _shut(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
    sock.close()
