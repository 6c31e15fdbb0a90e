"""From touches to strokes: one finger at a time, everything bounded. Pure."""

from typing import Final

from drivers.errors import ProtocolError
from drivers.signature.contract import Act, Covered, PadEvent, Point, Signature, Stroke, TooMuch
from drivers.signature.protocol import MAX_POINTS, MAX_SECONDS, MAX_STROKES

_STILL: Final = 0.02
"""Of the pad: a finger that moves less rests."""
_RESTING: Final = 1.5
"""Seconds."""


class Recorder:
    """Follows the finger that came first until it lifts; others, as of a resting hand, draw nothing."""

    def __init__(self, size: tuple[int, int]) -> None:
        self._size = size
        self._strokes: list[Stroke] = []
        self._current: list[Point] = []
        self._finger: int | None = None
        self._zero: float | None = None
        self._last = 0.0
        self.done = False

    def receive(self, event: PadEvent) -> None:
        """Raises ``ProtocolError`` when time goes back, ``TooMuch``, and ``Covered`` for a "done" while something still
        rests on the pad."""
        match event.act:
            case Act.CLEAR:
                self._strokes, self._current, self._finger = [], [], None
            case Act.UNDO:
                self._strokes = self._strokes[:-1]
            case Act.DONE:
                if self._finger is not None:
                    raise Covered
                self.done = True
            case _:
                self._touch(event)

    def signature(self) -> Signature:
        return Signature(tuple(self._strokes), self._size)

    @property
    def written(self) -> bool:
        return bool(self._strokes or self._current)

    @property
    def resting(self) -> bool:
        """Something has been lying on the pad, unmoved."""
        return bool(self._current) and all(_near(point, self._current[0]) for point in self._current)

    def _touch(self, event: PadEvent) -> None:
        if event.act is Act.DOWN and self._finger is None:
            self._finger = event.finger
        elif event.finger != self._finger or event.act is Act.DOWN:
            return
        self._append(event)
        if event.act is Act.UP:
            self._lift()

    def _append(self, event: PadEvent) -> None:
        self._zero = event.t if self._zero is None else self._zero
        point = Point(event.t - self._zero, event.x, event.y, event.pressure)
        if point.t < self._last:
            raise ProtocolError("time goes back")
        self._last = point.t
        same = self._current and (self._current[-1].x, self._current[-1].y) == (point.x, point.y)
        if not same or event.act is Act.UP:
            self._current.append(point)
        if sum(map(len, self._strokes)) + len(self._current) > MAX_POINTS or point.t > MAX_SECONDS:
            raise TooMuch

    def _lift(self) -> None:
        stroke, self._current, self._finger = tuple(self._current), [], None
        if not _rested(stroke):
            self._strokes.append(stroke)
        if len(self._strokes) > MAX_STROKES:
            raise TooMuch


def _rested(stroke: Stroke) -> bool:
    """The ball of a hand that lay there is no part of the signature; the dot of an i is short."""
    return all(_near(point, stroke[0]) for point in stroke) and stroke[-1].t - stroke[0].t > _RESTING


def _near(point: Point, other: Point) -> bool:
    return abs(point.x - other.x) < _STILL and abs(point.y - other.y) < _STILL
