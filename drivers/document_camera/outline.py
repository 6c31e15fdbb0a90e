"""Where the page is in a picture. Pure.

Paper is bright and without colour, so its darkest channel tells it from wood, skin and mats. The picture is cut at
several brightnesses; every outline that comes of it is a candidate, and the one wins whose border really is a step of
brightness, for a large page. Its sides are then measured in the full picture, to fractions of a pixel.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.document_camera.contract import Corners
from drivers.video.picture import Image

Grey = NDArray[np.uint8]
Points = NDArray[np.float32]
"""N x 2: x, y."""

_SEARCHED: Final = 640
"""Pixels of the longer side of the picture that is searched."""
_LEVELS: Final = 9
_SMALLEST: Final = 0.015
"""Of the picture: a card under a camera for A4 covers a twentieth."""
_LARGEST: Final = 0.97
_STEP: Final = 10
"""Least difference of brightness between page and table, of 255."""
_SUPPORT: Final = 0.55
"""Least share of the border that must be such a step: the rest may lie under fingers."""
_SIDE_SUPPORT: Final = 0.3
_BORDER: Final = 3
"""Pixels; what comes so near to the border of the picture goes on outside."""
_CUT_OFF: Final = 0.02
"""Share of the outline along the border of the picture."""
_SMALLEST_CUT_OFF: Final = 0.05
_RATHER_WHOLE: Final = 0.9
_FINGER: Final = 0.03
"""Length without a step of brightness, against the page's longer side."""
_TESTED: Final = 80
"""Points of a side that are tested; and measured, once the page is found:"""
_SAMPLES: Final = 120
_MARKED: Final = 0.35
"""Of the greatest step along the same line."""
_REACH: Final = 0.012
"""How far from the first guess a side is searched, against the longer side of the picture."""


@dataclass(frozen=True)
class Outline:
    """``cut_off``: the page goes on outside the picture. ``covered``: something lies over its border."""

    corners: Corners = field(repr=False)
    cut_off: bool
    covered: bool
    share: float
    """Of the picture."""


def find(image: Image) -> Outline | None:
    """The page in the picture; ``None`` if nothing looks like one."""
    scale = _SEARCHED / max(image.shape[:2])
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    paper = cv2.GaussianBlur(whiteness(cast("Image", small)), (5, 5), 0)
    best = max(_candidates(cast("Grey", paper)), key=lambda each: each.score, default=None)
    if best is None:
        return None
    guess = (best.quad + 0.5) / scale - 0.5
    corners = guess if best.cut_off else refined(whiteness(image), guess)
    return Outline(ordered(corners), best.cut_off, best.covered, best.share)


def whiteness(image: Image) -> Grey:
    """The darkest channel: high for paper only."""
    blue, green, red = cv2.split(image)
    return cast("Grey", cv2.min(cv2.min(blue, green), red))


def ordered(points: Points) -> Corners:
    """Clockwise from the top left."""
    middle = points.mean(axis=0)
    angles = np.arctan2(*(points - middle).T[::-1])
    clockwise = points[np.argsort(angles)]
    turned = np.roll(clockwise, -int(clockwise.sum(axis=1).argmin()), axis=0)
    return cast("Corners", tuple((float(x), float(y)) for x, y in turned))


# --- candidates -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Candidate:
    quad: Points
    score: float
    cut_off: bool
    covered: bool
    share: float


def _candidates(paper: Grey) -> Iterator[_Candidate]:
    for mask in _masks(paper):
        contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        for contour in contours:
            candidate = _judged(paper, contour[:, 0, :].astype(np.float32))
            if candidate:
                yield candidate


def _masks(paper: Grey) -> Iterator[Grey]:
    """Cuts at several levels; closed a little, so that print at the border does not open the outline."""
    low, high = float(np.percentile(paper, 2)), float(np.percentile(paper, 99))
    kernel = np.ones((5, 5), np.uint8)
    for step in range(1, _LEVELS + 1):
        mask = (paper > low + (high - low) * step / (_LEVELS + 1)).astype(np.uint8)
        yield cast("Grey", cv2.morphologyEx(mask, cv2.MORPH_CLOSE, kernel))
    edges = cv2.dilate(cv2.Canny(paper, 20, 60), np.ones((3, 3), np.uint8))
    yield cast("Grey", edges)


def _judged(paper: Grey, contour: Points) -> _Candidate | None:
    hull = cast("Points", cv2.convexHull(contour)[:, 0, :])
    share = cv2.contourArea(hull) / paper.size
    cut_off = float(_at_border(contour, paper.shape).mean()) > _CUT_OFF
    if not (_SMALLEST_CUT_OFF if cut_off else _SMALLEST) <= share <= _LARGEST:
        return None
    quad = _quad(hull)
    steps = _steps(paper, quad)
    # What is outside cannot be seen: the sides that are inside must hold.
    seen = steps[~_along_border(quad, paper.shape)] if cut_off else steps
    supports = seen.mean(axis=1)
    if len(supports) < 2 or supports.mean() < _SUPPORT or supports.min() < _SIDE_SUPPORT:
        return None
    score = float(supports.mean()) * np.sqrt(share) * (_RATHER_WHOLE if cut_off else 1)
    return _Candidate(quad, score, cut_off, _is_covered(quad, steps), share)


def _quad(hull: Points) -> Points:
    """Four corners: the hull with less and less detail, or the narrowest rectangle around it."""
    around = cv2.arcLength(hull, closed=True)
    for detail in (0.01, 0.02, 0.03, 0.05, 0.08):
        corners = cv2.approxPolyDP(hull, detail * around, closed=True)[:, 0, :]
        if len(corners) == 4:
            return corners.astype(np.float32)
    return cv2.boxPoints(cv2.minAreaRect(hull)).astype(np.float32)


def _steps(paper: Grey, quad: Points) -> NDArray[np.bool_]:
    """Sides x points along them: is it brighter inside than outside?"""
    sides = zip(quad, np.roll(quad, -1, axis=0), _normals(quad), strict=True)
    points = [(_along(start, end, _TESTED, 0.03), normal) for start, end, normal in sides]
    return np.array(
        [_values(paper, at + 4 * normal) - _values(paper, at - 4 * normal) >= _STEP for at, normal in points]
    )


def _is_covered(quad: Points, steps: NDArray[np.bool_]) -> bool:
    """Fingers over the border: a piece of it without a step."""
    lengths = np.hypot(*(np.roll(quad, -1, axis=0) - quad).T)
    runs = np.array([_longest_run(~side) for side in steps]) / _TESTED * lengths
    return bool(runs.max() > _FINGER * lengths.max())


def _longest_run(flags: NDArray[np.bool_]) -> int:
    ends = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]]))).reshape(-1, 2)
    return int(np.diff(ends, axis=1).max(initial=0))


def _along_border(quad: Points, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    at = _at_border(quad, shape)
    return at & np.roll(at, -1)


def _at_border(points: Points, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    far = np.array([shape[1] - 1, shape[0] - 1]) - _BORDER
    return np.any((points <= _BORDER) | (points >= far), axis=1)


# --- sides ------------------------------------------------------------------------------------------------------------


def refined(paper: Grey, guess: Points) -> Points:
    """The corners where the measured sides cross. A side that cannot be measured stays as guessed."""
    reach = max(3.0, _REACH * max(paper.shape))
    lines = [
        _side(paper, start, end, normal, reach)
        for start, end, normal in zip(guess, np.roll(guess, -1, axis=0), _normals(guess), strict=True)
    ]
    corners = np.array([_crossing(lines[index - 1], lines[index]) for index in range(4)], np.float32)
    near = np.hypot(*(corners - guess).T) < 3 * reach
    return np.where(near[:, None], corners, guess)


_Line = tuple[NDArray[np.float64], NDArray[np.float64]]
"""A point and a direction."""


def _side(paper: Grey, start: Points, end: Points, normal: Points, reach: float) -> _Line:
    points = _along(start, end, _SAMPLES, 0.03)
    offsets = np.arange(-reach, reach + 0.5, 0.5, dtype=np.float32)
    places = points[:, None, :] + offsets[None, :, None] * normal
    profile = _values(paper, places.reshape(-1, 2)).reshape(len(points), -1)
    profile = cv2.GaussianBlur(profile, (9, 1), 0)
    steps = profile[:, 2:] - profile[:, :-2]  # brighter towards the inside
    peaks = _first_peaks(steps)
    rows = np.arange(len(points))
    good = steps[rows, peaks] >= _STEP
    if good.sum() < _SAMPLES // 5:
        return start.astype(np.float64), (end - start).astype(np.float64)
    before, at, after = (steps[rows, peaks + shift] for shift in (-1, 0, 1))
    bend = before - 2 * at + after
    finer = np.where(bend < 0, (before - after) / np.where(bend < 0, 2 * bend, 1), 0)
    found = offsets[peaks + 1] + 0.5 * finer.clip(-1, 1)
    on_side = (points + found[:, None] * normal)[good].astype(np.float32)
    vx, vy, x, y = cv2.fitLine(on_side, cv2.DIST_WELSCH, 0, 0.01, 0.01).ravel()
    return np.array([x, y], np.float64), np.array([vx, vy], np.float64)


def _first_peaks(steps: NDArray[np.float32]) -> NDArray[np.intp]:
    """Of each profile the first marked step from outside: print further in may be a greater one."""
    inner = steps[:, 1:-1]
    peaks = (inner >= steps[:, :-2]) & (inner >= steps[:, 2:]) & (inner >= _MARKED * steps.max(axis=1, keepdims=True))
    return peaks.argmax(axis=1) + 1


def _crossing(one: _Line, other: _Line) -> NDArray[np.float64]:
    (p, d), (q, e) = one, other
    turn = d[0] * e[1] - d[1] * e[0]
    if abs(turn) < 1e-6:
        return q
    along = ((q[0] - p[0]) * e[1] - (q[1] - p[1]) * e[0]) / turn
    return p + along * d


def _normals(quad: Points) -> Points:
    """Of length 1, towards the middle."""
    sides = np.roll(quad, -1, axis=0) - quad
    normals = np.column_stack([-sides[:, 1], sides[:, 0]])
    middles = quad + sides / 2
    inward = np.sign(((quad.mean(axis=0) - middles) * normals).sum(axis=1, keepdims=True))
    length = np.maximum(np.hypot(*sides.T)[:, None], 1e-6)
    return (inward * normals / length).astype(np.float32)


def _along(start: Points, end: Points, count: int, margin: float) -> Points:
    """Evenly spaced points between the corners, these left out: they are round, and the neighbour's side is near."""
    steps = np.linspace(margin, 1 - margin, count, dtype=np.float32)[:, None]
    return (start + steps * (end - start)).astype(np.float32)


def _values(grey: Grey, points: NDArray[np.floating]) -> NDArray[np.float32]:
    """Between the pixels, too."""
    x, y = (np.ascontiguousarray(axis, np.float32) for axis in points.T)
    read = cv2.remap(grey, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return read.ravel().astype(np.float32)
