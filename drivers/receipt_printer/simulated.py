"""A receipt printer on TCP that obeys real ESC/POS bytes and leaves pictures of its paper."""

import contextlib
import socket
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from PIL import Image

from drivers.receipt_printer import paper, protocol
from drivers.receipt_printer.mechanism import HOT, JAM, LOW, OPEN, OUT, Mechanism
from drivers.receipt_printer.paper import Row
from drivers.simulation import Verb, verbs_of

SLOW_BYTES_PER_SECOND: Final = 800
_TICK: Final = 0.05
_GARBAGE: Final = b"\xff"


class SimulatedReceiptPrinter:
    """Writes ``receipt-0001.png`` ... into ``paper_dir``, if one is given, before it confirms the job.

    Serves one connection at a time, as such printers do. ``pieces`` holds the text of every piece cut off.
    """

    kind = "receipt_printer"

    def __init__(self, paper_dir: Path | None, host: str = "127.0.0.1", port: int = 0) -> None:
        self._paper_dir = paper_dir
        self._address = (host, port)
        self._lock = threading.RLock()
        self._mechanism = Mechanism(self._cut)
        self._listener: socket.socket | None = None
        self._connection: socket.socket | None = None
        self._unplug_after: int | None = None
        self._slow = 0
        self._replies = True
        self._garbage = False
        self.pieces: list[str] = []
        self.last_paper: Image.Image | None = None

    @property
    def endpoint(self) -> str:
        return "tcp://{}:{}".format(*self._address)

    def start(self) -> None:
        """Raise ``NoFont`` or ``OSError`` (the port is taken)."""
        paper.check_fonts()
        if self._paper_dir:
            self._paper_dir.mkdir(parents=True, exist_ok=True)
        self.simulate_plug()

    def state(self) -> Mapping[str, str]:
        with self._lock:
            status = protocol.status(self._mechanism.bits)
            fault = status.fault if self._listener else "receipt_printer.not_connected"
            return {"paper": str(status.paper), "fault": fault, "receipts": str(len(self.pieces))}

    def verbs(self) -> Mapping[str, Verb]:
        return verbs_of(self)

    def close(self) -> None:
        self.simulate_unplug()

    # --- verbs ---------------------------------------------------------------------------------------------------

    def simulate_jam(self, after: str = "") -> None:
        """Paper jams in the cutter, now or after so many bytes of the next job."""
        with self._lock:
            self._mechanism.set(JAM, _count(after))

    def simulate_clear(self, _: str = "") -> None:
        """Staff pull the jammed paper out and switch the printer off and on."""
        with self._lock:
            self._mechanism.reset(JAM)
            self._mechanism.forget()
            self._mechanism.remove_paper()

    def simulate_paper_out(self, after: str = "") -> None:
        """The roll ends, now or after so many bytes of the next job."""
        with self._lock:
            self._mechanism.set(OUT, _count(after))

    def simulate_paper_low(self, _: str = "") -> None:
        with self._lock:
            self._mechanism.set(LOW)

    def simulate_refill(self, _: str = "") -> None:
        """A new roll; a printer goes on with what it still has in memory."""
        with self._lock:
            self._mechanism.reset(OUT, LOW)
            self._work()

    def simulate_cover_open(self, _: str = "") -> None:
        with self._lock:
            self._mechanism.set(OPEN)

    def simulate_cover_close(self, _: str = "") -> None:
        with self._lock:
            self._mechanism.reset(OPEN)
            self._work()

    def simulate_hot(self, after: str = "") -> None:
        """The print head is too hot, now or after so many bytes of the next job; the printer pauses by itself."""
        with self._lock:
            self._mechanism.set(HOT, _count(after))

    def simulate_cool(self, _: str = "") -> None:
        with self._lock:
            self._mechanism.reset(HOT)
            self._work()

    def simulate_unplug(self, after: str = "") -> None:
        """The cable is pulled, now or when so many further bytes came in, status questions included."""
        with self._lock:
            if _count(after):
                self._unplug_after = _count(after)
                return
            self._unplug_after = None
            listener, self._listener = self._listener, None
            connection, self._connection = self._connection, None
        for sock in (listener, connection):
            _hang_up(sock)

    def simulate_plug(self, _: str = "") -> None:
        with self._lock:
            if self._listener:
                return
            listener = socket.create_server(self._address)
            self._address = listener.getsockname()[:2]
            self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), name="receipt printer", daemon=True).start()

    def simulate_slow(self, bytes_per_second: str = "") -> None:
        with self._lock:
            self._slow = _count(bytes_per_second) or SLOW_BYTES_PER_SECOND

    def simulate_garbage(self, _: str = "") -> None:
        """Every answer is a byte that is no status."""
        with self._lock:
            self._garbage = True

    def simulate_mute(self, _: str = "") -> None:
        """Takes jobs and never answers."""
        with self._lock:
            self._replies = False

    def simulate_heal(self, _: str = "") -> None:
        """Everything as new, and plugged in."""
        with self._lock:
            self._slow, self._replies, self._garbage, self._unplug_after = 0, True, False, None
            self._mechanism.reset(JAM, OUT, LOW, OPEN, HOT)
            self._mechanism.forget()
            self._mechanism.remove_paper()
        self.simulate_plug()

    # --- cable ---------------------------------------------------------------------------------------------------

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):  # the listener was closed: unplugged
            while True:
                connection, _ = listener.accept()
                with self._lock:
                    if self._listener is not listener:
                        connection.close()
                        return
                    self._connection = connection
                with connection, contextlib.suppress(OSError):
                    self._serve(connection)

    def _serve(self, connection: socket.socket) -> None:
        while True:
            with self._lock:
                # without a time-out a slow printer would print only when something comes in
                connection.settimeout(_TICK if self._mechanism.busy else None)
            try:
                data = connection.recv(4096)
            except TimeoutError:
                data = None
            if data == b"":
                break
            self._take(data or b"")

    def _take(self, data: bytes) -> None:
        with self._lock:
            for byte in data:
                self._reply(self._mechanism.receive(byte))
                if not self._slow:
                    self._work()
                if self._is_unplugged():
                    self.simulate_unplug()
                    return
            if self._slow:
                self._reply(self._mechanism.work(max(1, int(self._slow * _TICK))))

    def _is_unplugged(self) -> bool:
        if self._unplug_after is not None:
            self._unplug_after -= 1
        return self._unplug_after == 0

    def _work(self) -> None:
        self._reply(self._mechanism.work())

    def _reply(self, replies: bytes) -> None:
        if replies and self._replies and self._connection:
            with contextlib.suppress(OSError):  # nobody listens any more: the printer does not care
                self._connection.sendall(_GARBAGE * len(replies) if self._garbage else replies)

    # --- paper ---------------------------------------------------------------------------------------------------

    def _cut(self, rows: tuple[Row, ...]) -> None:
        if paper.is_blank(rows):
            return
        self.pieces.append(paper.text_of(rows))
        self.last_paper = paper.render(rows)
        if self._paper_dir:
            _save(self.last_paper, self._paper_dir)


def _save(picture: Image.Image, folder: Path) -> None:
    """Under the next free number, visible only when whole."""
    number = 1 + max((int(file.stem[-4:]) for file in folder.glob("receipt-[0-9][0-9][0-9][0-9].png")), default=0)
    part = folder / f".receipt-{number:04d}.part"
    picture.save(part, format="PNG", dpi=(203, 203))
    part.replace(folder / f"receipt-{number:04d}.png")


def _count(argument: str) -> int:
    """Raise ``ValueError`` unless it is empty or a number."""
    return int(argument) if argument else 0


def _hang_up(sock: socket.socket | None) -> None:
    if sock is None:
        return
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits on it; close alone does not
    sock.close()
