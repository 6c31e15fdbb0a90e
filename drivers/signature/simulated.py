"""A simulated signature pad: somebody who signs, on a pseudo-terminal. It speaks what ``LineSurface`` understands."""

import math
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from time import monotonic
from typing import Final

from drivers.signature.contract import Act, Ask, PadEvent, Point, Signature
from drivers.signature.protocol import MAX_STROKES, AskParser, encode_event, encode_ready
from drivers.signature.specimens import SIZE, SPECIMENS
from drivers.simulation.on_cable import DeviceOnCable
from drivers.simulation.pseudo_terminal import PseudoTerminal

_PEN, _HAND = 1, 2
_SCRIBBLE: Final = "scribble"
_SIGNERS: Final[Mapping[str, Signature]] = {
    **SPECIMENS,
    _SCRIBBLE: Signature(tuple((Point(at / 30, at % 7 / 7, at % 5 / 5),) for at in range(MAX_STROKES + 1)), SIZE),
}
_SPOILT: Final[Mapping[str, PadEvent]] = {
    "nan": PadEvent(Act.MOVE, 0.02, math.nan, 0.5, _PEN),
    "range": PadEvent(Act.MOVE, 0.02, 7.0, 0.5, _PEN),
    "time": PadEvent(Act.MOVE, -1.0, 0.5, 0.5, _PEN),
}


class SimulatedSignaturePad(DeviceOnCable):
    """``speed`` times as fast as a hand; a line carries no more than some 100 times that. Verbs may be called from any
    thread.

    ``endpoint`` is ``link`` or, without one, the pty's own path, which changes when the pad is plugged again.
    """

    kind = "signature"

    def __init__(self, link: Path | None = None, *, speed: float = 1.0) -> None:
        super().__init__(PseudoTerminal(link), self)
        self._speed = speed
        self._asks = AskParser()
        self._shown = self._to_write = False
        self._signer = ""
        self._leaves = False
        self._spoilt = ""
        self._wrote = False
        self._busy_until = 0.0
        self._stop = threading.Event()

    # --- the device --------------------------------------------------------------------------------------------------

    def state(self) -> Mapping[str, str]:
        with self._cable.lock:
            present = {f"garbage {self._spoilt}": self._spoilt, "busy": self._busy}
            pad = "shown" if self._shown else "hidden"
            return {"pad": pad, "signs": self._signer or "nobody", "fault": self._faults(present)}

    def wrote(self) -> bool:
        """Whether somebody wrote since the pad was shown, and has stopped."""
        return self._wrote

    def close(self) -> None:
        self._stop.set()
        super().close()

    # --- Answering ---------------------------------------------------------------------------------------------------

    def connected(self) -> None:
        self._stop.set()
        self._asks, self._shown = AskParser(), False

    def answer(self, data: bytes) -> bytes:
        reply = b""
        for ask in self._asks.receive(data):
            if ask is not Ask.SIZE:
                self._shown = self._to_write = ask is Ask.SHOW
                self._wrote = False
                self._stop.set()
            reply += encode_ready(SIZE)
        return reply

    def _answered(self) -> None:
        """The pad says that it is ready before anybody touches it."""
        with self._cable.lock:
            if self._to_write:
                self._begin()

    # --- the hand ----------------------------------------------------------------------------------------------------

    @property
    def _busy(self) -> bool:
        return monotonic() < self._busy_until

    def _begin(self) -> None:
        self._to_write = False
        if not self._signer:
            return
        self._stop.set()
        self._stop = stop = threading.Event()
        events = list(self._hand(_SIGNERS[self._signer]))
        threading.Thread(target=self._write, args=(events, stop), name="signing hand", daemon=True).start()

    def _hand(self, signature: Signature) -> Iterator[PadEvent]:
        if self._busy:
            yield PadEvent(Act.DOWN, 0.0, 0.8, 0.9, _HAND)
        for stroke in signature.strokes:
            first, *rest = stroke
            yield PadEvent(Act.DOWN, first.t, first.x, first.y, _PEN)
            if self._spoilt:
                yield _SPOILT[self._spoilt]
            for point in rest:
                yield PadEvent(Act.MOVE, point.t, point.x, point.y, _PEN)
            last = stroke[-1]
            yield PadEvent(Act.UP, last.t, last.x, last.y, _PEN)
        if not self._leaves:
            yield PadEvent(Act.DONE)

    def _write(self, events: list[PadEvent], stop: threading.Event) -> None:
        now = 0.0
        for event in events:
            if stop.wait(max(0.0, event.t - now) / self._speed):
                return
            now = max(now, event.t)
            self._cable.send(encode_event(event))
        self._wrote = True

    # --- the verbs ---------------------------------------------------------------------------------------------------

    def simulate_sign(self, argument: str = "") -> None:
        """Sign like one of ``specimens.SPECIMENS`` whenever the pad is shown, and press "done"."""
        name = argument or "cursive"
        if name not in _SIGNERS:
            raise ValueError(f"no signature {name!r}; there are {', '.join(SPECIMENS)}")
        with self._cable.lock:
            self._signer, self._leaves = name, False
            if self._shown:
                self._begin()

    def simulate_leave(self, argument: str = "") -> None:
        """Nobody signs; with the name of a signature, somebody does and walks away without pressing "done"."""
        if argument and argument not in SPECIMENS:
            raise ValueError(f"no signature {argument!r}; there are {', '.join(SPECIMENS)}")
        with self._cable.lock:
            self._signer, self._leaves = argument, True

    def simulate_press(self, argument: str = "") -> None:
        """Press ``clear``, ``undo`` or ``done``."""
        if argument not in ("clear", "undo", "done"):
            raise ValueError(f"{argument!r} is none of clear, undo, done")
        self._cable.send(encode_event(PadEvent(Act(argument))))

    def simulate_scribble(self, _: str = "") -> None:
        """Write far more than a signature, whenever the pad is shown."""
        self.simulate_sign(_SCRIBBLE)

    def simulate_busy(self, argument: str = "") -> None:
        """A hand rests on the pad: whoever signs now draws nothing."""
        with self._cable.lock:
            self._busy_until = monotonic() + float(argument) if argument else math.inf

    def simulate_garbage(self, answers: str = "") -> None:
        """Send noise; or touches that cannot be: ``nan``, out of ``range``, ``time`` that goes back."""
        if answers in _SPOILT:
            self._spoilt = answers
        else:
            super().simulate_garbage(answers)

    def simulate_heal(self, _: str = "") -> None:
        """Undo every fault; whoever signs goes on doing so."""
        with self._cable.lock:
            self._spoilt, self._busy_until = "", 0.0
        super().simulate_heal()
