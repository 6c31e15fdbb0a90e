"""Draws with theme colours on a small design grid that is fitted into any rectangle; y grows upwards as in Kivy."""

from collections.abc import Sequence
from typing import Any

from kivy.graphics import Color, Ellipse, SmoothEllipse, SmoothLine, SmoothRoundedRectangle

from screens.style import colour

Point = tuple[float, float]


class Pen:
    """``group`` is the ``InstructionGroup`` that collects the strokes, in the order of drawing."""

    def __init__(self, group: Any, origin: Point, scale: float) -> None:
        self._group = group
        self._origin = origin
        self.scale = scale

    def at(self, x: float, y: float) -> Point:
        return self._origin[0] + x * self.scale, self._origin[1] + y * self.scale

    def box(
        self, x: float, y: float, width: float, height: float, fill: str,
        *, radius: float = 0, edge: str = "", weight: float = 0.6, alpha: float = 1,
    ) -> None:  # fmt: skip
        """A rounded rectangle from its lower left corner; ``fill`` may be ``clear``."""
        left, bottom = self.at(x, y)
        size = (width * self.scale, height * self.scale)
        corner = radius * self.scale
        if fill != "clear":
            self._colour(fill, alpha)
            self._group.add(SmoothRoundedRectangle(pos=(left, bottom), size=size, radius=[corner]))
        if edge:
            self._colour(edge, alpha)
            self._group.add(SmoothLine(rounded_rectangle=(left, bottom, *size, corner), width=self._weight(weight)))

    def disc(
        self, x: float, y: float, radius: float, fill: str, *, edge: str = "", weight: float = 0.6, alpha: float = 1
    ) -> None:
        self.oval(x, y, radius, radius, fill, alpha=alpha)
        if edge:
            self._colour(edge, alpha)
            self._group.add(SmoothLine(circle=(*self.at(x, y), radius * self.scale), width=self._weight(weight)))

    def oval(self, x: float, y: float, across: float, up: float, fill: str, *, alpha: float = 1) -> None:
        if fill == "clear":
            return
        self._colour(fill, alpha)
        left, bottom = self.at(x - across, y - up)
        self._group.add(SmoothEllipse(pos=(left, bottom), size=(2 * across * self.scale, 2 * up * self.scale)))

    def half_disc(self, x: float, y: float, radius: float, fill: str) -> None:
        """The upper half: a pair of shoulders."""
        self._colour(fill)
        left, bottom = self.at(x - radius, y - radius)
        size = (2 * radius * self.scale, 2 * radius * self.scale)
        self._group.add(Ellipse(pos=(left, bottom), size=size, angle_start=-90, angle_end=90))

    def stroke(self, points: Sequence[Point], colour_name: str, weight: float = 1) -> None:
        self._colour(colour_name)
        flat = [value for point in points for value in self.at(*point)]
        self._group.add(SmoothLine(points=flat, width=self._weight(weight), cap="round", joint="round"))

    def curve(self, points: Sequence[Point], colour_name: str, weight: float = 1) -> None:
        self._colour(colour_name)
        flat = [value for point in points for value in self.at(*point)]
        self._group.add(SmoothLine(bezier=flat, width=self._weight(weight), cap="round"))

    def arrow(self, x: float, tail: float, tip: float, colour_name: str, weight: float = 1.6) -> None:
        """Straight up or down from ``tail`` to ``tip``."""
        back = 7 if tip < tail else -7
        self.stroke([(x, tail), (x, tip)], colour_name, weight)
        self.stroke([(x - 7, tip + back), (x, tip), (x + 7, tip + back)], colour_name, weight)

    def _weight(self, weight: float) -> float:
        return max(1.0, weight * self.scale)

    def _colour(self, name: str, alpha: float = 1) -> None:
        self._group.add(Color(*colour(name, alpha)))
