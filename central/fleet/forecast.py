"""When paper or toner will be used up. Pure.

The rate is the median of the slopes between samples that lie one day or more apart (Theil and Sen's estimator, which a
refill half seen or a wrong reading does not throw off), and the interval is that of the middle eight tenths of these
slopes: quiet days and busy ones. Days are the least distance because nights use nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median, quantiles
from typing import Final

DAY: Final = 86400.0
STEP: Final = DAY / 4
REFILL: Final = 0.05
"""More left than before by this much: somebody filled it up."""
LEAST_DAYS: Final = 2.0
LEAST_USED: Final = 0.02
"""Of a full one. What is less may be the sensor's noise."""
LEAST_SLOPES: Final = 8


@dataclass(frozen=True)
class Reading:
    at: float
    """Seconds since 1970."""
    left: float
    """0 to 1."""


@dataclass(frozen=True)
class Forecast:
    """Times are seconds since 1970."""

    left: float
    empty_at: float
    earliest: float
    latest: float | None
    """``None``: on its quiet days it uses next to nothing."""
    a_day: float
    """Part of a full one."""


def forecast(readings: Sequence[Reading]) -> Forecast | None:
    """From the oldest reading to the newest; ``None`` when too little is known."""
    runs = _runs(_thinned(readings))
    slopes = sorted(slope for run in runs for slope in _slopes(run))
    known = sum(run[-1].at - run[0].at for run in runs if len(run) > 1)
    used = sum(max(0.0, run[0].left - run[-1].left) for run in runs)
    if known < LEAST_DAYS * DAY or used < LEAST_USED or len(slopes) < LEAST_SLOPES or (rate := median(slopes)) <= 0:
        return None
    low, *_, high = quantiles(slopes, n=10)
    last = readings[-1]
    return Forecast(
        left=last.left,
        empty_at=last.at + last.left / rate,
        earliest=last.at + last.left / max(high, rate),
        latest=last.at + last.left / low if low > 0 else None,
        a_day=rate * DAY,
    )


def _thinned(readings: Sequence[Reading]) -> list[Reading]:
    """The last of every quarter of a day: as many slopes as a week needs, not a hundred times as many."""
    return list({int(one.at // STEP): one for one in readings}.values())


def _runs(readings: Sequence[Reading]) -> list[list[Reading]]:
    """Cut where somebody filled it up."""
    runs: list[list[Reading]] = [[*readings[:1]]]
    for before, this in pairwise(readings):
        if this.left > before.left + REFILL:
            runs.append([])
        runs[-1].append(this)
    return [run for run in runs if run]


def _slopes(run: Sequence[Reading]) -> list[float]:
    """Used a second, of every two that are a day or more apart."""
    return [
        (one.left - other.left) / (other.at - one.at)
        for place, one in enumerate(run)
        for other in run[place + 1 :]
        if other.at - one.at >= DAY
    ]
