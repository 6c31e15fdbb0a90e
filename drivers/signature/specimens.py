"""Made-up signatures for the simulated pad; nobody writes like this."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from drivers.signature.contract import Point, Signature, Stroke

SIZE: Final = (1000, 400)
_RATE: Final = 60.0
"""Points a second, as a touch screen reports."""
_PAUSE: Final = 0.15

Place = tuple[float, float]
_Path = Callable[[float], Place]


def _line(*corners: Place) -> _Path:
    """Through all corners, with round turns."""

    def at(u: float) -> Place:
        place = u * (len(corners) - 1)
        index = min(int(place), len(corners) - 2)
        part = (1 - math.cos(math.pi * (place - index))) / 2
        (x, y), (to_x, to_y) = corners[index], corners[index + 1]
        return x + part * (to_x - x), y + part * (to_y - y)

    return at


def _loops(left: float, right: float, middle: float, height: float, turns: float) -> _Path:
    def at(u: float) -> Place:
        angle = 2 * math.pi * turns * u
        return left + (right - left) * u + 0.03 * math.sin(angle), middle - height * math.cos(angle) * (1 - 0.6 * u)

    return at


def _signature(*paths: tuple[_Path, float]) -> Signature:
    """Each path with the seconds it takes."""
    strokes: list[Stroke] = []
    start = 0.0
    for path, seconds in paths:
        count = max(2, round(seconds * _RATE))
        strokes.append(tuple(_point(path, at, count, start) for at in range(count)))
        start += seconds + _PAUSE
    return Signature(tuple(strokes), SIZE)


def _point(path: _Path, at: int, count: int, start: float) -> Point:
    u = at / (count - 1)
    x, y = path((1 - math.cos(math.pi * u)) / 2)  # a hand starts and ends slowly
    return Point(round(start + at / _RATE, 3), round(x, 4), round(y, 4))


def _strokes(*lines: Sequence[Place]) -> tuple[tuple[_Path, float], ...]:
    return tuple((_line(*line), 0.12 + 0.1 * len(line)) for line in lines)


SPECIMENS: Final[Mapping[str, Signature]] = {
    "cursive": _signature(
        (_loops(0.12, 0.62, 0.5, 0.26, 4.5), 1.6), (_line((0.6, 0.45), (0.72, 0.3), (0.7, 0.62), (0.88, 0.4)), 0.7),
        (_line((0.1, 0.8), (0.5, 0.76), (0.92, 0.72)), 0.4),
    ),
    "characters": _signature(*_strokes(
        ((0.14, 0.3), (0.4, 0.28)), ((0.27, 0.14), (0.27, 0.86)), ((0.27, 0.34), (0.2, 0.5), (0.12, 0.6)),
        ((0.28, 0.36), (0.36, 0.52)), ((0.46, 0.16), (0.5, 0.24)), ((0.6, 0.14), (0.54, 0.26)),
        ((0.42, 0.32), (0.64, 0.3)), ((0.44, 0.46), (0.62, 0.45)), ((0.4, 0.62), (0.68, 0.6)),
        ((0.53, 0.3), (0.53, 0.88)), ((0.74, 0.3), (0.92, 0.28)),
        ((0.83, 0.16), (0.84, 0.6), (0.8, 0.86), (0.74, 0.78)),
    )),
    "dot": _signature((_line((0.5, 0.5), (0.501, 0.501)), 0.05)),
    "short": _signature((_line((0.4, 0.5), (0.45, 0.52)), 0.3)),
    "none": Signature((), SIZE),
}  # fmt: skip
