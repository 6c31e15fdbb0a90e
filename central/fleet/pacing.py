"""How often a fleet of some size reports, and how long its requests may be held open. Pure.

What the centre bears is a number of requests a second, not of terminals: the interval grows with the fleet.
"""

from dataclasses import dataclass
from typing import Final

HEARTBEATS_A_SECOND: Final = 667.0
"""20,000 terminals every 30 s."""
_SHORTEST: Final = 10.0
_LONGEST: Final = 300.0
_SPLAY: Final = 0.2
_MISSES: Final = 3
_LEAST_PATIENCE: Final = 60.0
_POLLS_A_SECOND: Final = 100.0
_SHORTEST_WAIT: Final = 25.0
LONGEST_WAIT: Final = 240.0
"""Seconds. What lies between terminal and centre may drop a connection on which nothing happens for longer."""


@dataclass(frozen=True)
class Pace:
    """Seconds."""

    interval: float
    splay: float
    wait: float
    """0: no requests are held open, since each costs a signature to check when it is asked anew."""

    @property
    def patience(self) -> float:
        """How long after a heartbeat its terminal is not yet silent: three may be lost, and a program begin anew."""
        return max(_LEAST_PATIENCE, _MISSES * (self.interval + self.splay))


def pace(terminals: int) -> Pace:
    """For so many that report."""
    interval = min(_LONGEST, max(_SHORTEST, terminals / HEARTBEATS_A_SECOND))
    wait = max(_SHORTEST_WAIT, terminals / _POLLS_A_SECOND)
    return Pace(interval, interval * _SPLAY, wait if wait <= LONGEST_WAIT else 0.0)
