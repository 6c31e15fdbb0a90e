"""A signature as a picture: smooth strokes, thick where the finger was slow."""

import io
import math
from collections.abc import Iterator, Sequence
from typing import Final

from PIL import Image, ImageDraw

from drivers.signature.contract import Signature, Stroke

Colour = tuple[int, int, int]
Spot = tuple[float, float, float]
"""Place and radius, in pixels."""

INK: Final[Colour] = (20, 30, 60)
_FINER: Final = 4
"""Drawn so many times larger and reduced: that makes soft edges."""
_THICK: Final = 0.014
_THIN: Final = 0.007
"""Radius in heights of the picture."""
_FAST: Final = 4.0
"""Heights of the pad a second at which a line is thinnest."""
_CALM: Final = 0.2
"""How much of a change in speed shows at once: ink does not jump."""
_STEPS_A_PIXEL: Final = 0.7


def to_png(signature: Signature, height: int = 300, *, ink: Colour = INK, paper: Colour | None = None) -> bytes:
    """As wide as the pad's proportions say; transparent without ``paper``."""
    file = io.BytesIO()
    render(signature, height, ink=ink, paper=paper).save(file, "PNG", optimize=True)
    return file.getvalue()


def render(signature: Signature, height: int = 300, *, ink: Colour = INK, paper: Colour | None = None) -> Image.Image:
    """RGBA, or RGB on ``paper``."""
    width = max(1, round(height * signature.size[0] / signature.size[1]))
    mask = Image.new("L", (width * _FINER, height * _FINER))
    draw = ImageDraw.Draw(mask)
    for stroke in signature.strokes:
        for x, y, radius in _spots(stroke, mask.size):
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    mask = mask.resize((width, height), Image.Resampling.LANCZOS)
    if paper is not None:
        picture = Image.new("RGB", mask.size, paper)
        picture.paste(ink, mask=mask)
        return picture
    picture = Image.new("RGBA", mask.size, (*ink, 0))
    picture.putalpha(mask)
    return picture


def _spots(stroke: Stroke, size: tuple[int, int]) -> Iterator[Spot]:
    """Round spots so close that they make a line; a curve through all points (Catmull-Rom)."""
    corners = _corners(stroke, size)
    if len(corners) == 1:
        x, y, _ = corners[0]
        yield x, y, _THICK * size[1]
    for at in range(len(corners) - 1):
        before, after = corners[max(0, at - 1)], corners[min(len(corners) - 1, at + 2)]
        yield from _curve(before, corners[at], corners[at + 1], after)


def _corners(stroke: Stroke, size: tuple[int, int]) -> Sequence[Spot]:
    """The points with the radius that the finger's speed, or its pressure, gives them."""
    corners: list[Spot] = []
    for at, point in enumerate(stroke):
        x, y = point.x * size[0], point.y * size[1]
        if not corners:
            corners.append((x, y, (_THICK + _THIN) / 2 * size[1]))
            continue
        way, time = math.dist((x, y), corners[-1][:2]), max(0.001, point.t - stroke[at - 1].t)
        if way == 0:
            continue
        weight = 1 - min(1.0, way / size[1] / time / _FAST) if point.pressure is None else point.pressure
        wanted = (_THIN + (_THICK - _THIN) * weight) * size[1]
        corners.append((x, y, corners[-1][2] + _CALM * (wanted - corners[-1][2])))
    return corners


def _curve(before: Spot, start: Spot, end: Spot, after: Spot) -> Iterator[Spot]:
    steps = max(1, math.ceil(math.dist(start[:2], end[:2]) * _STEPS_A_PIXEL))
    for step in range(steps + 1):
        u = step / steps
        x, y = (_spline(before[axis], start[axis], end[axis], after[axis], u) for axis in (0, 1))
        yield x, y, start[2] + u * (end[2] - start[2])


def _spline(before: float, start: float, end: float, after: float, u: float) -> float:
    curve = 2 * before - 5 * start + 4 * end - after
    twist = 3 * start - before - 3 * end + after
    return 0.5 * (2 * start + u * (end - before + u * (curve + u * twist)))
