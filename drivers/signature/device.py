"""A signature pad of touches: shows itself, follows one finger, ends with a button."""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from time import monotonic

from drivers.contract import Cancel, Capabilities, State, state_of
from drivers.errors import Cancelled, DriverError, NotConnected
from drivers.signature.contract import Ask, Covered, NotSigned, Signature, SignatureStatus, TouchSurface
from drivers.signature.recorder import Recorder


@dataclass(frozen=True)
class Timings:
    """Seconds."""

    command: float = 1.0
    """Until the pad does what it was asked."""
    slice: float = 0.05
    """How soon a cancel is noticed."""


class TouchSignaturePad:
    """Implements :class:`drivers.signature.contract.SignaturePad`; for one thread at a time."""

    def __init__(
        self, surface: TouchSurface, timings: Timings | None = None, clock: Callable[[], float] = monotonic
    ) -> None:
        self._surface = surface
        self._timings = timings or Timings()
        self._clock = clock

    def status(self) -> SignatureStatus:
        try:
            width, height = self._ask(Ask.SIZE, Event())
        except DriverError as error:
            return SignatureStatus(state_of(error), f"signature.{error.code}", error.who, error.detail)
        return SignatureStatus(State.ONLINE, pad=f"{width} x {height}")

    def capabilities(self) -> Capabilities:
        return Capabilities(model="touch screen")

    def capture(self, *, timeout: float, cancel: Cancel) -> Signature:
        deadline = self._clock() + timeout
        recorder = Recorder(self._ask(Ask.SHOW, cancel))
        try:
            self._follow(recorder, deadline, cancel)
        finally:
            self._hide()
        return recorder.signature()

    def close(self) -> None:
        self._surface.close()

    def _follow(self, recorder: Recorder, deadline: float, cancel: Cancel) -> None:
        while not recorder.done:
            if cancel.is_set():
                raise Cancelled
            left = deadline - self._clock()
            if left <= 0:
                raise Covered if recorder.resting else NotSigned("not done" if recorder.written else "")
            try:
                events = self._surface.read(min(left, self._timings.slice))
            except NotConnected:
                self._surface.close()
                raise
            for event in events:
                recorder.receive(event)
                if recorder.done:
                    break

    def _ask(self, what: Ask, cancel: Cancel) -> tuple[int, int]:
        try:
            self._surface.open()
            return self._surface.ask(what, timeout=self._timings.command, cancel=cancel)
        except NotConnected:
            self._surface.close()
            raise

    def _hide(self) -> None:
        """Nobody's signature may stay on the screen, whatever else went wrong."""
        try:
            self._ask(Ask.HIDE, Event())
        except DriverError:
            self._surface.close()
