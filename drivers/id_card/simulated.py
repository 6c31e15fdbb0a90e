"""A simulated identity card reader: real bytes on a pseudo-terminal, at the speed of the line."""

import contextlib
import random
import threading
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Final

from drivers.id_card.line import BAUD, RATES
from drivers.id_card.protocol import Request, encode_request
from drivers.id_card.simulated_reader import ReaderOnCable
from drivers.simulation.pseudo_terminal import PseudoTerminal, Unplugged

_BITS_PER_BYTE: Final = 10
_CHUNK: Final = 16
"""Bytes sent at once; a serial chip's FIFO hands over about as many."""
_IDLE: Final = 1.0
_STATIC: Final = random.Random(2).randbytes(4096)  # noqa: S311 - what a reply sounds like at another speed


class SimulatedReader(ReaderOnCable):
    """The reader with its one place for a card.

    ``endpoint`` is ``link`` or, without one, the pty's own path, which changes when the reader is plugged again.
    ``paced`` sends at the speed of the line instead of at once. A program that has set another speed than ``baud``
    is not understood, and gets noise.
    """

    def __init__(
        self, link: Path | None = None, *, paced: bool = True, found_again: bool = False, baud: int = BAUD
    ) -> None:
        super().__init__(found_again=found_again)
        self._terminal = PseudoTerminal(link)
        self._paced = paced
        self._own_baud = self._baud = baud
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._dropped = threading.Event()

    @property
    def endpoint(self) -> str:
        return self._terminal.path

    def simulate_baud(self, argument: str = "") -> None:
        """Speak at another speed, 9600 without an argument, as after somebody set it with the maker's program."""
        baud = int(argument or min(RATES))
        if baud not in RATES:
            raise ValueError(f"{argument!r} is none of {', '.join(map(str, RATES))}")
        with self._lock:
            self._baud = baud

    def simulate_heal(self, _: str = "") -> None:
        with self._lock:
            self._baud = self._own_baud
        super().simulate_heal()

    # --- the cable ---------------------------------------------------------------------------------------------------

    def _connect(self) -> None:
        self._disconnect()  # the thread of a cable that was pulled in the middle of something
        self._terminal.open()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._serve, args=(self._stop,), name="simulated reader", daemon=True)
        self._thread.start()

    def _disconnect(self) -> None:
        thread, self._thread = self._thread, None
        if thread is not None:
            self._stop.set()
            self._drop_answers()
            with contextlib.suppress(Unplugged):
                self._terminal.wake()
            thread.join()
            self._terminal.close()

    def _drop_answers(self) -> None:
        dropped, self._dropped = self._dropped, threading.Event()
        dropped.set()

    def _is_connected(self) -> bool:
        return self._thread is not None and not self._is_cut()

    def _faults(self) -> Iterator[str]:
        yield from super()._faults()
        if self._baud != self._own_baud:
            yield "baud"

    # --- the thread --------------------------------------------------------------------------------------------------

    def _serve(self, stop: threading.Event) -> None:
        try:
            while not stop.is_set():
                for request in self._sam.requests(self._heard()):
                    self._answer(request, stop)
        except Unplugged:
            self._terminal.close()

    def _heard(self) -> bytes:
        data = self._terminal.read(_IDLE)
        data = self._carried(data) if data else b""
        if self._is_cut():
            raise Unplugged
        return data if not data or self._terminal.baud == self._baud else b""

    def _answer(self, request: Request, stop: threading.Event) -> None:
        dropped = self._dropped
        if stop.is_set():
            return
        reply, delay = self._considered(request)
        byte_time = _BITS_PER_BYTE / self._baud if self._paced else 0.0
        if not dropped.wait(len(encode_request(request)) * byte_time + delay):
            self._send(reply, byte_time, stop)

    def _send(self, reply: bytes, byte_time: float, stop: threading.Event) -> None:
        start = monotonic()
        for at in range(0, len(reply), _CHUNK):
            chunk = reply[at : at + _CHUNK]
            due = start + (at + len(chunk)) * byte_time
            if stop.wait(max(0.0, due - monotonic())):
                return
            chunk = self._carried(chunk)
            self._terminal.write(chunk if self._terminal.baud == self._baud else _STATIC[at : at + len(chunk)])
            if self._is_cut():
                raise Unplugged
