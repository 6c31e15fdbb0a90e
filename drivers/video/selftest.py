"""Checks that all cameras share."""

from collections.abc import Iterator, Sequence
from typing import Final

from drivers.errors import Who
from drivers.selftest import Check
from drivers.video.picture import Frame, brightness, frame_rate
from drivers.video.shape import sharpness

MEASURED: Final = 12
"""Pictures in a row."""
_SLOWEST: Final = 5.0
_DARKEST, _BRIGHTEST = 30.0, 235.0
_BLURREST: Final = 3.0


def picture_checks(frames: Sequence[Frame]) -> Iterator[Check]:
    """Of some pictures in a row: how often, how bright, how sharp."""
    rate = frame_rate([frame.captured for frame in frames])
    yield Check("pictures a second", rate >= _SLOWEST, f"{rate:.1f}", Who.TECHNICIAN)
    light, focus = brightness(frames[-1].image), sharpness(frames[-1].image)
    evidence = f"{light:.0f} of 255"
    yield Check("brightness", _DARKEST <= light <= _BRIGHTEST, evidence, Who.STAFF)
    yield Check("focus", focus >= _BLURREST, f"{focus:.0f}; compare with the day it was set up", Who.STAFF)


def settings_check(resolution: str, unmet: Sequence[str]) -> Check:
    evidence = "; ".join(unmet) or f"{resolution or 'size not known'}, as set"
    return Check("takes its settings", not unmet, evidence, Who.TECHNICIAN)
