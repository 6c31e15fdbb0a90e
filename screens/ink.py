"""Ink on glass: a stroke that follows a finger, smooth in its bends and soft at its edges."""

import math
from functools import lru_cache
from typing import Any, Final

from kivy.graphics import InstructionGroup, Point
from kivy.graphics.texture import Texture

_STEP: Final = 0.35
"""Radii from one spot to the next: from so close nobody sees that the line is made of spots."""
_SPOTS: Final = 4000
"""Of one instruction of Kivy, which holds at most 16383; a longer stroke has several."""

Place = tuple[float, float]


class InkStroke(InstructionGroup):
    """Round spots along a curve past the places of a finger, all in pixels.

    Kivy's smooth line grows spikes where a finger turns back, its plain one has steps at the edges; and each new point
    makes them work through all others, while a spot is added for itself.
    """

    def __init__(self, start: Place, radius: float) -> None:
        super().__init__()
        self._radius = radius
        self._end = self._corner = start
        self._spots: Any = None
        self._count = 0
        self._put(*start)

    def follow(self, place: Place) -> None:
        """The finger moved: draw as far as the curve is known, half the way to it."""
        middle = _between(self._corner, place, 0.5)
        self._curve(middle)
        self._corner = place

    def finish(self) -> None:
        """The finger lifted: draw the rest."""
        self._curve(self._corner)

    def _curve(self, end: Place) -> None:
        """A quadratic Bézier curve, with the corner that the finger went round as its control point."""
        start, corner = self._end, self._corner
        steps = math.ceil((math.dist(start, corner) + math.dist(corner, end)) / (_STEP * self._radius))
        for step in range(1, steps + 1):
            at = step / steps
            self._put(*_between(_between(start, corner, at), _between(corner, end, at), at))
        self._end = end

    def _put(self, x: float, y: float) -> None:
        if self._count % _SPOTS == 0:
            spot = _spot(round(self._radius * 8))
            self._spots = Point(pointsize=spot.width / 2, texture=spot)
            self.add(self._spots)
        self._spots.add_point(x, y)
        self._count += 1


def _between(one: Place, other: Place, at: float) -> Place:
    return one[0] + (other[0] - one[0]) * at, one[1] + (other[1] - one[1]) * at


@lru_cache(maxsize=8)
def _spot(eighths: int) -> Any:
    """A white disc of this radius, in eighths of a pixel, that covers the pixels at its edge in part."""
    radius = eighths / 8
    side = 2 * math.ceil(radius + 1)
    places = [at + 0.5 - side / 2 for at in range(side)]
    cover = [min(1.0, max(0.0, radius + 0.5 - math.hypot(x, y))) for y in places for x in places]
    texture = Texture.create(size=(side, side), colorfmt="rgba")
    texture.blit_buffer(b"".join(bytes((255, 255, 255, round(255 * each))) for each in cover), colorfmt="rgba")
    return texture
