"""A receipt printer that obeys real ESC/POS bytes on TCP, a serial line or USB, and leaves pictures of its paper."""

import contextlib
import threading
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from time import monotonic
from typing import Final

from drivers.receipt_printer import mechanism, protocol
from drivers.receipt_printer.mechanism import Condition, Mechanism
from drivers.receipt_printer.models import MODELS
from drivers.receipt_printer.paper import COLUMNS
from drivers.receipt_printer.tray import Tray
from drivers.simulation.cable import Line, TcpLine
from drivers.simulation.contract import Verb, verbs_of
from drivers.simulation.pseudo_terminal import Unplugged

CRAWLING_BYTES_PER_SECOND: Final = 800
LATE: Final = 0.1
_TICK: Final = 0.05
_SLICE: Final = 256
"""Bytes worked off before the line is looked at again: questions are answered while a long picture is printed."""
_IDLE: Final = 3600.0
_NOISE: Final = b"\xff"
_FOREIGN: Final = b"\x15ERROR 400 unknown command\r\n"
"""What a device of another language says to everything."""


class SimulatedReceiptPrinter:
    """Writes ``receipt-0001.png`` ... into ``paper_dir``, if one is given, before it confirms the job.

    ``line``: a ``TcpLine`` (the default), ``SerialLine`` or ``UsbLine``. ``model`` is a row of ``models.MODELS``.
    Serves one program at a time, as such printers do. ``pieces`` holds the text of every piece cut off.
    """

    kind = "receipt_printer"

    def __init__(
        self, paper_dir: Path | None, line: Line | None = None, model: str = "generic", columns: int = COLUMNS
    ) -> None:
        self._line = line or TcpLine(lambda: None)
        self._has_presenter = MODELS[model].presenter
        self._tray = Tray(paper_dir, columns)
        self._mechanism = Mechanism(self._tray.drop, MODELS[model], columns)
        self._lock = threading.RLock()
        self._plugging = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._stop.set()
        self._unplug_after: int | None = None
        self._crawl = 0
        self._late = 0.0
        self._mute = self._garbage = self._foreign = False
        self._free_at: float | None = None
        self._due: deque[tuple[float, bytes]] = deque()

    @property
    def pieces(self) -> list[str]:
        return self._tray.pieces

    @property
    def endpoint(self) -> str:
        return self._line.path

    def start(self) -> None:
        """Raise ``NoFont`` or ``OSError`` (the place is taken)."""
        self._tray.prepare()
        self.simulate_plug()

    def state(self) -> Mapping[str, str]:
        with self._lock:
            self._let_go()
            status = protocol.status(self._mechanism.bits, presenter=self._has_presenter)
            fault = status.fault if not self._stop.is_set() else "receipt_printer.not_connected"
            presenter = {"presenter": str(status.presenter)} if self._has_presenter else {}
            return {"paper": str(status.paper), "fault": fault, "receipts": str(len(self._tray.pieces)), **presenter}

    def verbs(self) -> Mapping[str, Verb]:
        return verbs_of(self)

    def close(self) -> None:
        self.simulate_unplug()

    # --- verbs: the paper ----------------------------------------------------------------------------------------

    def simulate_jam(self, after: str = "") -> None:
        """Paper jams in the cutter, now or after so many bytes of the next job."""
        self._set(mechanism.JAM, after)

    def simulate_cutter(self, _: str = "") -> None:
        """The cutter sticks at the next cut: the receipt is printed and hangs in it."""
        with self._lock:
            self._mechanism.stuck_cutter = True

    def simulate_clear(self, _: str = "") -> None:
        """Staff pull the jammed paper out and switch the printer off and on."""
        with self._lock:
            self._mechanism.reset(mechanism.JAM)
            self._mechanism.stuck_cutter = False
            self._mechanism.forget()
            self._mechanism.remove_paper()

    def simulate_paper_out(self, after: str = "") -> None:
        """The roll ends, now or after so many bytes of the next job."""
        self._set(mechanism.OUT, after)

    def simulate_paper_low(self, _: str = "") -> None:
        self._set(mechanism.LOW)

    def simulate_refill(self, _: str = "") -> None:
        """A new roll; a printer goes on with what it still has in memory."""
        self._reset(mechanism.OUT, mechanism.LOW)

    def simulate_leave(self, _: str = "") -> None:
        """From now on nobody takes the paper that the presenter holds."""
        with self._lock:
            self._mechanism.leaves = True

    def simulate_take(self, _: str = "") -> None:
        """Somebody takes the paper, and from now on everybody takes theirs."""
        with self._lock:
            self._mechanism.leaves = self._mechanism.held = False

    # --- verbs: the machine --------------------------------------------------------------------------------------

    def simulate_cover_open(self, _: str = "") -> None:
        self._set(mechanism.OPEN)

    def simulate_cover_close(self, _: str = "") -> None:
        self._reset(mechanism.OPEN)

    def simulate_hot(self, after: str = "") -> None:
        """The print head is too hot, now or after so many bytes of the next job; the printer pauses by itself."""
        self._set(mechanism.HOT, after)

    def simulate_cool(self, _: str = "") -> None:
        self._reset(mechanism.HOT)

    def simulate_busy(self, seconds: str = "") -> None:
        """Somebody holds the feed button: no printing, for so many seconds or until healed."""
        with self._lock:
            self._free_at = monotonic() + float(seconds) if seconds else None
            self._mechanism.set(mechanism.FEEDING)

    def simulate_offline(self, _: str = "") -> None:
        """The printer is taken off line at its buttons."""
        self._set(mechanism.PAUSED)

    def simulate_broken(self, after: str = "") -> None:
        """A fault that the printer cannot recover from, now or after so many bytes of the next job."""
        self._set(mechanism.BROKEN, after)

    def simulate_stubborn(self, _: str = "") -> None:
        """Cannot be made to forget what it has in memory."""
        with self._lock:
            self._mechanism.stubborn = True

    def simulate_crawl(self, bytes_per_second: str = "") -> None:
        """Print so slowly."""
        with self._lock:
            self._crawl = _count(bytes_per_second) or CRAWLING_BYTES_PER_SECOND

    # --- verbs: the cable ----------------------------------------------------------------------------------------

    def simulate_unplug(self, after: str = "") -> None:
        """The cable is pulled, now or when so many further bytes came in, status questions included."""
        if _count(after):
            with self._lock:
                self._unplug_after = _count(after)
            return
        with self._plugging:
            self._end_thread()

    def simulate_plug(self, _: str = "") -> None:
        with self._plugging:
            if not self._stop.is_set():
                return
            self._end_thread()
            self._unplug_after = None
            self._due.clear()
            self._line.open()
            self._stop = threading.Event()
            self._thread = threading.Thread(target=self._serve, args=(self._stop,), name="receipt printer", daemon=True)
            self._thread.start()

    def simulate_slow(self, seconds: str = "") -> None:
        """Every answer so late."""
        with self._lock:
            self._late = float(seconds or LATE)

    def simulate_garbage(self, _: str = "") -> None:
        """Every answer is a byte that is no status."""
        with self._lock:
            self._garbage = True

    def simulate_mute(self, _: str = "") -> None:
        """Takes jobs and never answers."""
        with self._lock:
            self._mute = True

    def simulate_wrong_model(self, _: str = "") -> None:
        """Something else is plugged in: it prints nothing, and everything is an error to it."""
        with self._lock:
            self._foreign = True

    def simulate_heal(self, _: str = "") -> None:
        """Everything as new, and plugged in."""
        with self._lock:
            self._mute = self._garbage = self._foreign = False
            self._crawl, self._late, self._unplug_after, self._free_at = 0, 0.0, None, None
            self._due.clear()
            self._mechanism.heal()
        self.simulate_plug()

    # --- the thread ----------------------------------------------------------------------------------------------

    def _set(self, condition: Condition, after: str = "") -> None:
        with self._lock:
            self._mechanism.set(condition, _count(after))

    def _reset(self, *conditions: Condition) -> None:
        with self._lock:
            self._mechanism.reset(*conditions)

    def _end_thread(self) -> None:
        thread, self._thread = self._thread, None
        if thread:
            if not self._stop.is_set():  # else it ends by itself and closes the line
                self._stop.set()
                with contextlib.suppress(Unplugged):
                    self._line.wake()
            thread.join()
            self._line.close()

    def _serve(self, stop: threading.Event) -> None:
        with contextlib.suppress(Unplugged):
            while not stop.is_set():
                self._take(self._read(stop))
        stop.set()
        with self._lock:
            self._mechanism.lose_power()

    def _read(self, stop: threading.Event) -> bytes:
        with self._lock:
            full, restless = self._mechanism.full, self._mechanism.pending or self._free_at or self._due
            prints = self._mechanism.busy and not (self._crawl or self._foreign)
        if prints:
            return b"" if full else self._line.read(0)
        if full:
            stop.wait(_TICK)
            return b""
        return self._line.read(_TICK if restless else _IDLE)

    def _take(self, data: bytes) -> None:
        with self._lock:
            self._let_go()
            replies, pulled = self._obey(data)
            self._put_off(replies)
            if pulled:
                self._stop.set()  # before anybody can notice and plug it in again
            while self._due and self._due[0][0] <= monotonic():
                self._line.write(self._due.popleft()[1])
        if pulled:
            self._line.close()

    def _let_go(self) -> None:
        if self._free_at and monotonic() >= self._free_at:
            self._free_at = None
            self._mechanism.reset(mechanism.FEEDING)

    def _obey(self, data: bytes) -> tuple[bytes, bool]:
        """The replies, and whether the cable was pulled meanwhile."""
        replies = b""
        for byte in data:
            replies += self._mechanism.receive(byte) if not self._foreign else b""
            if self._is_pulled():
                return replies + (b"" if self._crawl else self._mechanism.work()), True
        if self._foreign:
            return _FOREIGN if data else b"", False
        return replies + self._mechanism.work(max(1, int(self._crawl * _TICK)) if self._crawl else _SLICE), False

    def _is_pulled(self) -> bool:
        if self._unplug_after is not None:
            self._unplug_after -= 1
        return self._unplug_after == 0

    def _put_off(self, replies: bytes) -> None:
        if replies and not self._mute:
            self._due.append((monotonic() + self._late, _NOISE * len(replies) if self._garbage else replies))


def _count(argument: str) -> int:
    """Raise ``ValueError`` unless it is empty or a number."""
    return int(argument) if argument else 0
