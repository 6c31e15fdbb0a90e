"""A simulated identity card reader: real bytes on a pseudo-terminal, at the speed of the line."""

import random
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from time import monotonic
from typing import Final

from drivers.id_card.protocol import Command, Request, Status, encode_reply, encode_request
from drivers.id_card.simulated_sam import SimulatedSam
from drivers.id_card.specimens import SPECIMENS
from drivers.pseudo_terminal import PseudoTerminal, Unplugged
from drivers.simulation import Verb, verbs_of

BAUD: Final = 115200
_BITS_PER_BYTE: Final = 10
_CHUNK: Final = 16
"""Bytes sent at once; a serial chip's FIFO hands over about as many."""
_IDLE: Final = 1.0
_SLOW_SECONDS: Final = 1.0
_NOISE: Final = bytes(random.Random(1).randbytes(40))  # noqa: S311 - noise, and the same one every time
_CARD_COMMANDS: Final = frozenset({b"\x20", b"\x30"})


class SimulatedReader:
    """The reader with its one place for a card. Verbs may be called from any thread.

    ``endpoint`` is ``tty_link`` or, without one, the pty's own path, which changes when the reader is plugged again.
    ``paced`` sends at the speed of the line instead of at once.
    """

    kind = "id_card"

    def __init__(self, tty_link: Path | None = None, *, paced: bool = True, found_again: bool = False) -> None:
        self._terminal = PseudoTerminal(tty_link)
        self._sam = SimulatedSam(found_again=found_again)
        self._byte_time = _BITS_PER_BYTE / BAUD if paced else 0.0
        self._lock = threading.Lock()
        self._cable = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._card = "none"
        self._mute = False
        self._delay = 0.0
        self._spoilt = 0
        self._break_off = False

    # --- the device --------------------------------------------------------------------------------------------------

    @property
    def endpoint(self) -> str:
        return self._terminal.path

    def start(self) -> None:
        self.simulate_plug()

    def state(self) -> Mapping[str, str]:
        with self._lock:
            return {"card": self._card if self._sam.card else "none", "fault": ", ".join(self._faults())}

    def answer(self, data: bytes) -> bytes:
        """What the reader sends back for ``data``, without a line between and without delay."""
        with self._lock:
            return b"".join(self._reply(request) for request in self._sam.requests(data))

    def verbs(self) -> Mapping[str, Verb]:
        return verbs_of(self)

    def close(self) -> None:
        self.simulate_unplug()

    # --- the verbs ---------------------------------------------------------------------------------------------------

    def simulate_place(self, argument: str = "resident") -> None:
        """Lay a card on the reader, a name of ``specimens.SPECIMENS``."""
        specimen = SPECIMENS.get(argument or "resident")
        if specimen is None:
            raise ValueError(f"no card {argument!r}; there are {', '.join(SPECIMENS)}")
        with self._lock:
            self._card = argument or "resident"
            self._sam.place(specimen)

    def simulate_take(self, argument: str = "") -> None:
        """Take the card off."""
        del argument
        with self._lock:
            self._sam.place(None)

    def simulate_unplug(self, argument: str = "") -> None:
        """Pull the cable: the line hangs up, and its path is gone."""
        del argument
        with self._cable:
            thread, self._thread = self._thread, None
            if thread is not None:
                self._stop.set()
                self._terminal.wake()
                thread.join()
                self._terminal.close()

    def simulate_plug(self, argument: str = "") -> None:
        """Put the cable back."""
        del argument
        with self._cable:
            if self._thread is None:
                self._terminal.open()
                self._power_up()

    def _power_up(self) -> None:
        with self._lock:
            self._sam.place(self._sam.card)  # without power the reader forgot what it did with the card
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._serve, args=(self._stop,), name="simulated reader", daemon=True)
        self._thread.start()

    def simulate_garbage(self, argument: str = "") -> None:
        """Spoil the next replies about a card: as many as the argument says, else 2.

        Two, as the driver asks again after one and the citizen would notice nothing.
        """
        with self._lock:
            self._spoilt = int(argument or 2)

    def simulate_slow(self, argument: str = "") -> None:
        """Think for so many seconds, 1 without an argument, before each reply."""
        with self._lock:
            self._delay = float(argument or _SLOW_SECONDS)

    def simulate_mute(self, argument: str = "") -> None:
        """Answer nothing."""
        del argument
        with self._lock:
            self._mute = True

    def simulate_lift_during_read(self, argument: str = "") -> None:
        """Take the card off in the middle of the next read: it fails or, with ``stop``, its reply breaks off."""
        if argument not in ("", "stop"):
            raise ValueError(f"{argument!r} is neither empty nor stop")
        with self._lock:
            self._sam.lift_next_read = not argument
            self._break_off = bool(argument)

    def simulate_sam_fault(self, argument: str = "") -> None:
        """Let the security module fail its self-test."""
        del argument
        with self._lock:
            self._sam.broken = True

    def simulate_heal(self, argument: str = "") -> None:
        """Undo every fault; a card stays as it lies."""
        del argument
        with self._lock:
            self._sam.broken = self._sam.lift_next_read = self._mute = self._break_off = False
            self._delay, self._spoilt = 0.0, 0
        self.simulate_plug()

    # --- the thread --------------------------------------------------------------------------------------------------

    def _faults(self) -> Iterator[str]:
        faults = {
            "unplugged": self._thread is None,
            "mute": self._mute,
            "slow": self._delay,
            "garbage": self._spoilt,
            "lift_during_read": self._sam.lift_next_read or self._break_off,
            "sam_fault": self._sam.broken,
        }
        return (name for name, present in faults.items() if present)

    def _serve(self, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                for request in self._sam.requests(self._terminal.read(_IDLE)):
                    self._answer(request, stop)
            except Unplugged:
                return

    def _answer(self, request: Request, stop: threading.Event) -> None:
        with self._lock:
            reply, delay = self._reply(request), self._delay
        asked = len(encode_request(request)) * self._byte_time
        stop.wait(asked + delay)
        self._send(reply, stop)

    def _reply(self, request: Request) -> bytes:
        """What goes over the line, with the faults of the moment."""
        if self._mute:
            return b""
        reply = self._sam.reply(request)
        if self._spoilt and request.code[:1] in _CARD_COMMANDS:
            self._spoilt -= 1
            return _NOISE + encode_reply(Status.SUCCESS)[:-1] + b"\xff"
        if self._break_off and request.code == Command.READ_CARD.value:
            self._break_off = False
            self._sam.place(None)
            return reply[: len(reply) // 2]
        return reply

    def _send(self, reply: bytes, stop: threading.Event) -> None:
        start = monotonic()
        for at in range(0, len(reply), _CHUNK):
            chunk = reply[at : at + _CHUNK]
            due = start + (at + len(chunk)) * self._byte_time
            if stop.wait(max(0.0, due - monotonic())):
                return
            self._terminal.write(chunk)
