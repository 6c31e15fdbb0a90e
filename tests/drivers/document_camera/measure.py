"""How well pages are found, straightened and judged, on generated photos whose corners are known.

``python -m tests.drivers.document_camera.measure [GOOD FLAWED]`` prints the figures.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np

from drivers.document_camera.contract import Corners, Page, PageWarning, Paper
from drivers.document_camera.page import Thresholds, assess
from drivers.document_camera.specimens import Laid, original, photo
from drivers.video.picture import Image

PAPERS: Final = {"text": Paper.A4, "form": Paper.A4, "a5": Paper.A5, "card": Paper.ID1}
_LEAN: Final = {"text": 6, "form": 6, "a5": 30, "card": 30}
"""Degrees of turning, either way, at which a sheet is still whole in the picture."""
_HALF: Final = {"text": 180, "form": 180, "a5": 180, "card": 90}
FLAWS: Final = {
    PageWarning.TOO_DARK: Laid(light=0.22),
    PageWarning.CUT_OFF: Laid(shift=(0.36, 0.3)),
    PageWarning.COVERED: Laid(hand=True),
    PageWarning.BLURRED: Laid(blur=3.0),
    PageWarning.GLARE: Laid(glare=12.0),
    PageWarning.UNEVEN: Laid(shade=0.8),
}
_SHADED: Final = frozenset({"text", "form"})
"""A shadow across the whole table leaves a small page even; a card's shadow is another's."""


@dataclass(frozen=True)
class Figures:
    photos: int
    found: float
    """Share of the good photos in which the page was found."""
    mean_error: float
    """Of the worst corner, in pixels of a picture of 1600 x 1200."""
    worst_error: float
    paper_right: float
    upright_right: float
    """Share of the pages of text that came out upright."""
    upright_wrong: float
    """Share of all pages that were said to be upright, and are not."""
    false_alarms: float
    """Share of the good photos with any warning."""
    hits: dict[PageWarning, float]
    """Share of the photos with that flaw that were told."""
    empty_found: float
    """Share of the empty tables on which a page was seen."""

    def lines(self) -> Iterator[str]:
        yield f"{self.photos} good photos: {self.found:.1%} found, {self.paper_right:.1%} with the right paper"
        yield f"worst corner: {self.mean_error:.2f} px on average, {self.worst_error:.2f} px at most"
        yield f"pages of text upright: {self.upright_right:.1%}; wrongly called upright: {self.upright_wrong:.1%}"
        yield f"false warnings: {self.false_alarms:.1%}; pages seen on empty tables: {self.empty_found:.1%}"
        yield "flaws told: " + ", ".join(f"{flaw} {share:.0%}" for flaw, share in self.hits.items())


def measure(photos: int = 40, flawed: int = 10, seed: int = 1) -> Figures:
    """``photos``: good ones; ``flawed``: of each flaw, and of empty tables."""
    dice = np.random.default_rng(seed)
    good = [_shot(dice, name) for _, name in zip(range(photos), _names(), strict=False)]
    pages = [shot for shot in good if isinstance(shot.seen, Page)]
    errors = [corner_error(shot.page.corners, shot.corners) for shot in pages]
    text = [shot for shot in pages if shot.name in ("text", "a5")]
    return Figures(
        photos=photos,
        found=len(pages) / photos,
        mean_error=float(np.mean(errors)),
        worst_error=max(errors),
        paper_right=_share(shot.page.paper is PAPERS[shot.name] for shot in pages),
        upright_right=_share(_is_upright(shot) for shot in text),
        upright_wrong=_share(shot.page.upright and not _is_upright(shot) for shot in pages),
        false_alarms=_share(bool(shot.page.warnings) for shot in pages),
        hits={flaw: _share(_told(dice, flaw, laid) for _ in range(flawed)) for flaw, laid in FLAWS.items()},
        empty_found=_share(_empty_seen(dice) for _ in range(flawed)),
    )


def corner_error(found: Corners, known: Corners) -> float:
    """Of the worst corner in pixels; which one is named first does not matter."""
    there, here = np.array(known), np.array(found)
    return min(float(np.hypot(*(np.roll(there, shift, axis=0) - here).T).max()) for shift in range(4))


@dataclass(frozen=True)
class _Shot:
    name: str
    corners: Corners
    seen: Page | PageWarning

    @property
    def page(self) -> Page:
        assert isinstance(self.seen, Page)
        return self.seen


def _names() -> Iterator[str]:
    while True:
        yield from PAPERS


def _shot(dice: np.random.Generator, name: str, flaw: Laid | None = None) -> _Shot:
    laid = flaw or Laid(light=dice.uniform(0.6, 1.0), clutter=bool(dice.integers(2)), blur=dice.uniform(0, 0.8))
    lean = 2 if flaw else _LEAN[name]
    turn = dice.uniform(-lean, lean) + _HALF[name] * int(dice.integers(4))
    tilt = 0.0 if flaw else dice.uniform(0, 10)
    picture, corners = photo(name, replace(laid, turn=turn, tilt=tilt), seed=int(dice.integers(1000)))
    assert corners is not None
    return _Shot(name, corners, assess(picture, Thresholds()))


def _told(dice: np.random.Generator, flaw: PageWarning, laid: Laid) -> bool:
    names = sorted(_SHADED) if flaw is PageWarning.UNEVEN else ["text", "form", "a5"]
    seen = _shot(dice, names[int(dice.integers(len(names)))], laid).seen
    return seen is flaw or (isinstance(seen, Page) and flaw in seen.warnings)


def _empty_seen(dice: np.random.Generator) -> bool:
    table = Laid(light=dice.uniform(0.4, 1.0), clutter=bool(dice.integers(2)))
    return isinstance(assess(photo("", table, seed=int(dice.integers(1000)))[0], Thresholds()), Page)


def _is_upright(shot: _Shot) -> bool:
    """Whether the page looks more like the original than like the original upside down."""
    drawn, seen = _small(original(shot.name)), _small(shot.page.image)
    return drawn.shape == seen.shape and _distance(drawn, seen) < _distance(drawn[::-1, ::-1], seen)


def _small(image: Image) -> np.ndarray:
    high = image.shape[0] > image.shape[1]
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    small = cv2.resize(grey, (70, 99) if high else (99, 70), interpolation=cv2.INTER_AREA).astype(float)
    return (small - small.mean()) / small.std()


def _distance(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one - other).mean())


def _share(truths: Iterator[bool]) -> float:
    values = list(truths)
    return sum(values) / max(1, len(values))


if __name__ == "__main__":
    print("\n".join(measure(*map(int, sys.argv[1:3] or (200, 50))).lines()))  # noqa: T201
