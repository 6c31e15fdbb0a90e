"""Pictures of any camera, and whether they show life. Pure, and without OpenCV, for whoever only reads settings."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""Height x width x 3, blue-green-red, 8 bits each."""

Degrees = Literal[0, 90, 180, 270]

FROZEN_AFTER: Final = 1.0
"""No sensor repeats a picture bit by bit; one that does for so long (seconds) delivers an old one again and again."""
BLACK_AFTER: Final = 2.0
BLACK_BELOW: Final = 8.0
"""Mean brightness, of 255, under which nothing can be seen: a covered lens or a dead sensor."""
_SAMPLE_STEP: Final = 8


class Picture(StrEnum):
    """What one channel of a camera shows."""

    OK = "ok"
    BLACK = "black"
    FROZEN = "frozen"
    NONE = "none"
    """It was asked for pictures and none come."""
    IDLE = "idle"
    """Nobody looks: the camera, and its lamp, stay off."""
    NOT_FITTED = "not_fitted"


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture. Its content is personal and stays out of the repr."""

    image: Image = field(repr=False)
    number: int
    captured: float
    """Seconds on the monotonic clock."""


class PictureWatch:
    """Tells a camera that sees nothing, or always the same, from one that works."""

    def __init__(self) -> None:
        self._last: Image | None = None
        self._changed = 0.0
        self._bright = 0.0
        self.picture = Picture.OK

    def see(self, frame: Frame) -> None:
        first = self._last is None
        if self._last is None or not np.array_equal(self._last, frame.image):
            self._changed = frame.captured
        if first or brightness(frame.image) >= BLACK_BELOW:
            self._bright = frame.captured
        self._last = frame.image
        self.picture = self._judge(frame.captured)

    def _judge(self, now: float) -> Picture:
        # Black first: a dead sensor delivers the very same black picture each time, and the cause is the darkness.
        if now - self._bright >= BLACK_AFTER:
            return Picture.BLACK
        dark = now > self._bright
        return Picture.FROZEN if now - self._changed >= FROZEN_AFTER and not dark else Picture.OK


def brightness(image: Image) -> float:
    """0 to 255, from a sample of the pixels."""
    return float(image[::_SAMPLE_STEP, ::_SAMPLE_STEP].mean())


def frame_rate(moments: Sequence[float]) -> float:
    """Pictures a second, from the times (seconds) of pictures in a row; 0 for fewer than two."""
    span = moments[-1] - moments[0] if moments else 0.0
    return (len(moments) - 1) / span if span > 0 else 0.0
