"""When terminals of a province report and file. Pure; seconds of the simulated time."""

import random
from dataclasses import dataclass
from typing import Final

MATTERS_A_DAY: Final = 36
"""Of one terminal: a province of 20,000 files 390 million in 18 months."""
_OFFICE_HOURS: Final = 8 * 3600.0
_PEAK: Final = 3.0
"""The busiest hour is so many times as busy as the others."""
BETWEEN_MATTERS: Final = _OFFICE_HOURS / MATTERS_A_DAY / _PEAK
"""On average, at the peak: always, here."""
HEARTBEAT: Final = 30.0
RATED: Final = 0.3
"""Of the matters, by their citizens."""


@dataclass(frozen=True)
class Outage:
    """A region without a line. Its terminals are the first of all, by number."""

    start: float
    end: float
    share: float
    """Of all terminals."""

    def affects(self, index: int, terminals: int, now: float) -> bool:
        return self.start <= now < self.end and index < self.share * terminals


def usual_outage(seconds: float) -> Outage:
    """A quarter of the province, in the second quarter of a run of so many seconds."""
    return Outage(seconds / 4, seconds / 2, 0.25)


def until_next_matter(chance: random.Random) -> float:
    """Citizens come one by one, each without regard to the others."""
    return chance.expovariate(1 / BETWEEN_MATTERS)
