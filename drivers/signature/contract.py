"""Signatures with the finger, as the terminal sees them: strokes in time, not only a picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from drivers.contract import Cancel, Capabilities, DeviceStatus
from drivers.errors import DeadlineExceeded, NeedsCitizen, Who


@dataclass(frozen=True, slots=True)
class Point:
    """``t``: seconds since the first touch. ``x`` and ``y``: 0 to 1 of the pad, from its upper left corner.
    ``pressure``: 0 to 1, ``None`` where the screen does not feel it."""

    t: float
    x: float
    y: float
    pressure: float | None = None


Stroke = tuple[Point, ...]
"""From finger down to finger up; never empty."""


@dataclass(frozen=True, repr=False)
class Signature:
    """``size`` is the pad's width and height in pixels, which gives the strokes their proportions."""

    strokes: tuple[Stroke, ...]
    size: tuple[int, int]

    def __repr__(self) -> str:
        """How somebody signs is personal."""
        return f"<Signature, {len(self.strokes)} strokes>"


class Plausibility(StrEnum):
    """What a signature looks like at first sight. Whether it is accepted is not decided here."""

    PLAUSIBLE = "plausible"
    EMPTY = "empty"
    DOT = "dot"
    SHORT = "short"
    """One line of a few centimetres, or drawn within the blink of an eye."""


@dataclass(frozen=True)
class SignatureStatus(DeviceStatus):
    """``pad`` is the pad's size in pixels, empty while there is none."""

    pad: str = ""


class NotSigned(DeadlineExceeded):
    """Nobody signed, or nobody said that the signature is done, in time."""

    code = "not_signed"
    who = Who.CITIZEN


class Covered(NeedsCitizen):
    """Something else rests on the pad: lift the other hand and sign again."""

    code = "covered"


class TooMuch(NeedsCitizen):
    """Far more was written than a signature has: clear the pad and sign again."""

    code = "too_much"


class Act(StrEnum):
    """What a finger does, and what the buttons beside the pad do."""

    DOWN = "down"
    MOVE = "move"
    UP = "up"
    CLEAR = "clear"
    UNDO = "undo"
    DONE = "done"


@dataclass(frozen=True, slots=True, repr=False)
class PadEvent:
    """``finger`` tells fingers apart; ``t`` is in seconds on a clock that never goes back. Buttons have no place."""

    act: Act
    t: float = 0.0
    x: float = 0.0
    y: float = 0.0
    finger: int = 0
    pressure: float | None = None

    def __repr__(self) -> str:
        return f"<PadEvent {self.act.value}>"


class Ask(StrEnum):
    """What a surface is asked to do; each time it tells its size."""

    SHOW = "show"
    """The pad, empty."""
    HIDE = "hide"
    SIZE = "size"
    """Nothing."""


class TouchSurface(Protocol):
    """Where fingers are felt: a part of the screen, or a pad at a line. ``DriverError`` everywhere."""

    def open(self) -> None: ...

    def ask(self, what: Ask, *, timeout: float, cancel: Cancel) -> tuple[int, int]:
        """Its width and height in pixels."""
        ...

    def read(self, timeout: float) -> Sequence[PadEvent]:
        """What happened since; empty when nothing did within ``timeout`` seconds."""
        ...

    def close(self) -> None: ...


class SignaturePad(Protocol):
    def status(self) -> SignatureStatus: ...

    def capabilities(self) -> Capabilities: ...

    def capture(self, *, timeout: float, cancel: Cancel) -> Signature:
        """Show the pad, let somebody sign, return when the button for "done" was pressed.

        Raises :class:`NotSigned`, :class:`Covered`, :class:`TooMuch` and the other ``DriverError`` kinds. An empty or
        doubtful signature is returned: see ``protocol.judge``.
        """
        ...

    def close(self) -> None: ...
