"""Which way up a page lies, as far as its print tells. Pure.

Lines of text show as a rhythm across them. They begin at one margin and end anywhere, so the even margin is the left
one. A table or a card has two even margins, and tells nothing: such a page is turned as is usual for its paper only.
"""

from typing import Final, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.video.picture import Image

_LOOKED_AT: Final = 900
"""Pixels of the longer side."""
_MARGIN: Final = 0.03
_RHYTHM: Final = 1.35
"""So much stronger it is across lines than along them."""
_RAGGED: Final = 2.0
_FEWEST_LINES: Final = 5
_LOWEST_LINE: Final = 6
_LEAST_INK: Final = 0.005

Ink = NDArray[np.uint8]


def quarter_turns(flat: Image, *, landscape: bool) -> tuple[int, bool]:
    """How many quarter turns to the left bring the page upright, and whether print said so."""
    wide = flat.shape[1] > flat.shape[0]
    if landscape:
        return int(not wide), False  # a card has a picture on one side, and a back without lines
    ink = _ink(flat)
    rows, columns = _rhythm(ink, axis=1), _rhythm(ink, axis=0)
    if max(rows, columns) < _RHYTHM * max(min(rows, columns), 1e-9) or ink.mean() < _LEAST_INK:
        return int(wide), False
    sideways = int(columns > rows)
    ragged = _ragged_side(np.rot90(ink, sideways))
    return (sideways + 2 * (ragged == "left")) % 4, ragged != ""


def _ink(flat: Image) -> Ink:
    scale = min(1.0, _LOOKED_AT / max(flat.shape[:2]))
    grey = cv2.resize(cv2.cvtColor(flat, cv2.COLOR_BGR2GRAY), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    ink = cv2.adaptiveThreshold(grey, 1, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 31, 15)
    rows, columns = (round(side * _MARGIN) for side in ink.shape)
    return cast("Ink", ink)[rows:-rows, columns:-columns]


def _rhythm(ink: Ink, axis: int) -> float:
    return float(np.square(np.diff(ink.mean(axis=axis, dtype=np.float64))).sum())


def _ragged_side(ink: Ink) -> str:
    """``left``, ``right`` or, if both are even or both ragged, nothing."""
    ends = np.array([_ends(ink[top:bottom]) for top, bottom in _lines(ink)], np.float64)
    if len(ends) < _FEWEST_LINES:
        return ""
    left, right = (np.abs(side - np.median(side)).mean() for side in ends.T)
    if max(left, right) < _RAGGED * min(left, right) + 1:
        return ""
    return "left" if left > right else "right"


def _lines(ink: Ink) -> list[tuple[int, int]]:
    inked = np.concatenate([[0], (ink.sum(axis=1) > 1).astype(np.int8), [0]])
    changes = np.flatnonzero(np.diff(inked)).reshape(-1, 2)
    return [(int(top), int(bottom)) for top, bottom in changes if bottom - top >= _LOWEST_LINE]


def _ends(line: Ink) -> tuple[int, int]:
    inked = np.flatnonzero(line.any(axis=0))
    return int(inked[0]), int(inked[-1])
