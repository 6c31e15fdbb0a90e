"""From a camera's picture to a straightened page and what is wrong with it. Pure."""

from dataclasses import dataclass, replace
from typing import Final, cast

import cv2
import numpy as np

from drivers.document_camera.contract import Corners, Measures, Page, PageWarning, Paper
from drivers.document_camera.outline import Grey, Outline, find, whiteness
from drivers.document_camera.upright import quarter_turns
from drivers.video.picture import Image

MILLIMETRES: Final = {Paper.A4: (210.0, 297.0), Paper.A5: (148.0, 210.0), Paper.ID1: (53.98, 85.6)}
"""Shorter and longer side."""
_A4_SHARE: Final = 0.64
"""Of the picture, covered by an A4 page, as document cameras for A4 are mounted."""
_LONG: Final = 1.5
"""Sides of a longer page than this are those of a card: 1.59; A4 and A5 have 1.41."""
_MM_PER_INCH: Final = 25.4
_WASHED_OUT: Final = 252
_OVEREXPOSED: Final = 248
"""Paper as bright as this is washed out everywhere, and print still to be seen."""
_CONTRAST: Final = 0.25
"""Of the paper's brightness: print, not noise."""
_ENOUGH_PRINT: Final = 50
"""Pixels at the border of print from which the blur is judged."""
_TRIM: Final = 1
_WINDOW_MM: Final = 2.0
_SAMPLE: Final = 4
"""Every so many pixels are enough for brightnesses."""
_EVENNESS_GRID: Final = (4, 3)


@dataclass(frozen=True)
class Thresholds:
    blur: float = 0.21
    """Millimetres, sigma: 10-point print is hard to read above."""
    glare: float = 0.003
    """Share of the page."""
    dark: float = 75.0
    """Brightness of the paper, of 255."""
    uneven: float = 0.55
    """The darkest part of the paper against the brightest."""


def assess(image: Image, thresholds: Thresholds, paper: Paper | None = None, dpi: int = 150) -> Page | PageWarning:
    """Find the page, straighten it, judge it. ``paper`` ``None``: by its shape and size. A warning alone if there is no
    page in the picture."""
    outline = find(image)
    if outline is None:
        brightest = float(np.percentile(image[::_SAMPLE, ::_SAMPLE], 99))
        return PageWarning.TOO_DARK if brightest < thresholds.dark / 3 else PageWarning.NO_PAGE
    paper = paper or paper_of(outline)
    flat = straightened(image, outline.corners, paper, dpi)
    measures = measure(flat, dpi)
    if not measures.blur:
        around = straightened(image, outline.corners, paper, dpi, margin=_WINDOW_MM)
        measures = replace(measures, blur=measure(around, dpi).blur)
    turns, upright = quarter_turns(flat, landscape=paper is Paper.ID1)
    turned = np.ascontiguousarray(np.rot90(flat, turns))
    return Page(turned, _warnings(outline, measures, thresholds), outline.corners, paper, dpi, upright, measures)


def straightened(image: Image, corners: Corners, paper: Paper, dpi: int, *, margin: float = 0.0) -> Image:
    """The page as if seen from straight above, ``dpi`` pixels an inch, lying as it lay, with so many millimetres of
    the table around it."""
    short, long = (round(side / _MM_PER_INCH * dpi) for side in MILLIMETRES[paper])
    width, height = sides(corners)
    columns, rows = (long, short) if width > height else (short, long)
    # The corners are where the paper ends: at the outer edges of the outermost pixels, half a pixel from their middle.
    around = round(margin / _MM_PER_INCH * dpi)
    # The border itself is half paper, half table: so many pixels of it are left out.
    trim = 0 if around else _TRIM
    left, right, bottom = around - trim, around + columns + trim, around + rows + trim
    target = np.array([[left, left], [right, left], [right, bottom], [left, bottom]], np.float32) - 0.5
    size = columns + 2 * around, rows + 2 * around
    matrix = cv2.getPerspectiveTransform(np.array(corners, np.float32), target)
    flat = cv2.warpPerspective(image, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return cast("Image", flat)


def sides(corners: Corners) -> tuple[float, float]:
    """Width and height in pixels of the picture; the mean of opposite sides, since far ones look shorter."""
    points = np.array(corners)
    top, right, bottom, left = np.hypot(*(np.roll(points, -1, axis=0) - points).T)
    return float(top + bottom) / 2, float(left + right) / 2


def paper_of(outline: Outline) -> Paper:
    """A4 and A5 have the same shape, so the size in the picture decides, and for small pages the shape."""
    shares = {Paper.A4: 1.0, Paper.A5: 0.5, Paper.ID1: 0.074}
    nearest = min(shares, key=lambda paper: abs(np.log(outline.share / _A4_SHARE / shares[paper])))
    long, short = sorted(sides(outline.corners), reverse=True)
    return Paper.ID1 if nearest is Paper.A5 and outline.share < 0.2 and long > _LONG * short else nearest


def measure(flat: Image, dpi: int) -> Measures:
    """Of a straightened page."""
    grey = cast("Grey", cv2.cvtColor(flat, cv2.COLOR_BGR2GRAY))
    level = float(np.percentile(grey[::_SAMPLE, ::_SAMPLE], 85))
    return Measures(
        round(level, 1), round(blur(grey, level, dpi), 3), round(_glare(flat), 4), round(_evenness(grey), 2)
    )


def blur(grey: Grey, level: float, dpi: int) -> float:
    """Sigma of the blur in millimetres; 0 if there is no print to judge by. Above 0.4 it is only a lower bound.

    At the border of print, the steepest step between two pixels against the whole step is 1 / (sigma * sqrt(2 pi)) of
    a Gaussian blur. Unlike the variance of the second derivative this does not depend on how much print there is.
    """
    per_mm = dpi / _MM_PER_INCH
    window = np.ones((round(_WINDOW_MM * per_mm) | 1,) * 2, np.uint8)
    whole = cv2.morphologyEx(grey, cv2.MORPH_GRADIENT, window).astype(np.float32)
    smooth = grey.astype(np.float32)
    across, down = (cv2.Sobel(smooth, cv2.CV_32F, dx, 1 - dx, ksize=1) / 2 for dx in (1, 0))
    step = cv2.magnitude(across, down)
    steepest = cv2.dilate(step, window)
    at_print = (whole > _CONTRAST * level) & (step >= steepest)
    if at_print.sum() < _ENOUGH_PRINT:
        return 0.0
    steepness = float(np.percentile(step[at_print] / whole[at_print], 75))
    return float(1 / (steepness * np.sqrt(2 * np.pi)) / per_mm)


def _glare(flat: Image) -> float:
    white = whiteness(flat)
    if np.median(white[::_SAMPLE, ::_SAMPLE]) >= _OVEREXPOSED:
        return 0.0
    blobs = cv2.morphologyEx((white >= _WASHED_OUT).astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    return float(blobs.mean())


def _evenness(grey: Grey) -> float:
    columns, rows = _EVENNESS_GRID
    sample = grey[::_SAMPLE, ::_SAMPLE]
    parts = [part for row in np.array_split(sample, rows) for part in np.array_split(row, columns, axis=1)]
    levels = [float(np.percentile(part, 80)) for part in parts]
    return min(levels) / max(1.0, *levels)


def _warnings(outline: Outline, measures: Measures, thresholds: Thresholds) -> tuple[PageWarning, ...]:
    """In the order in which the citizen should hear of them."""
    found = {
        PageWarning.TOO_DARK: measures.brightness < thresholds.dark,
        PageWarning.CUT_OFF: outline.cut_off,
        PageWarning.COVERED: outline.covered and not outline.cut_off,
        PageWarning.BLURRED: measures.blur > thresholds.blur,
        PageWarning.GLARE: measures.glare > thresholds.glare and not outline.cut_off,
        PageWarning.UNEVEN: measures.evenness < thresholds.uneven and not outline.cut_off,
    }
    return tuple(warning for warning in PageWarning if found.get(warning))
