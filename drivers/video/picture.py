"""Pictures of any camera, and whether they show life. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Literal, cast

import cv2
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
_TURNS: Final[dict[int, int]] = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


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


def sharpness(image: Image) -> float:
    """Variance of the second derivative (Laplacian): motion and bad focus smooth it away. It depends on what is seen,
    and compares pictures of one scene."""
    return float(cv2.Laplacian(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.CV_64F).var())


def frame_rate(moments: Sequence[float]) -> float:
    """Pictures a second, from the times (seconds) of pictures in a row; 0 for fewer than two."""
    span = moments[-1] - moments[0] if moments else 0.0
    return (len(moments) - 1) / span if span > 0 else 0.0


def turned(image: Image, degrees: int, *, mirror: bool = False) -> Image:
    """Turned clockwise by 0, 90, 180 or 270 degrees, then mirrored left to right."""
    if degrees:
        image = cast("Image", cv2.rotate(image, _TURNS[degrees]))
    return cast("Image", cv2.flip(image, 1)) if mirror else image


def fit(image: Image, size: tuple[int, int]) -> Image:
    """Scale to cover ``size`` (width, height) and cut what is over, equally on both sides."""
    width, height = size
    rows, columns = image.shape[:2]
    if (columns, rows) == size:
        return image
    scale = max(width / columns, height / rows)
    wide, high = max(width, round(columns * scale)), max(height, round(rows * scale))
    scaled = cv2.resize(image, (wide, high), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    left, top = (wide - width) // 2, (high - height) // 2
    return cast("Image", np.ascontiguousarray(scaled[top : top + height, left : left + width]))
