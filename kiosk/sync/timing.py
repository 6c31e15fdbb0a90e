"""When the sync process does what: tasks with a period, and the peace after an outage."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from offline_queue.pace import splay

_FIRST_RETRY: Final = 0.5
"""Seconds after the first contact in vain; it doubles up to the period."""


@dataclass(frozen=True)
class Periods:
    """Seconds."""

    heartbeat: float = 15.0
    """How often the centre is asked whether it has a newer catalogue: that it answers is the sign of life."""
    look: float = 2.0
    """How often the queue is looked at for matters whose wait is over."""
    compare: float = 600.0
    """How often the centre is asked what it knows of this terminal."""


USUAL: Final = Periods()


class Every:
    """A task's next time, on the monotonic clock. Periods vary by a quarter: terminals switched on together drift
    apart."""

    def __init__(self, period: float) -> None:
        self._period = period
        self._next = 0.0
        self._floor = 0.0
        self._firm = False

    def due(self) -> bool:
        if self.left() > 0:
            return False
        self._next = time.monotonic() + self._period * random.uniform(0.75, 1.25)  # noqa: S311 - no secret
        return True

    def every(self, period: float, splay: float) -> None:
        """From now on, as the centre says: the next time after ``period`` seconds and a random part of ``splay``."""
        self._period = period
        self._next = time.monotonic() + period + random.uniform(0, splay)  # noqa: S311 - no secret

    def now(self) -> None:
        """As soon as nothing firm is in the way."""
        self._next = 0.0
        if not self._firm:
            self._floor = 0.0

    def retry(self, misses: int) -> None:
        """Sooner than its period, after that many failures in a row."""
        wait = min(self._period, _FIRST_RETRY * 2.0 ** min(misses, 16))
        self._next = min(self._next, time.monotonic() + wait * random.uniform(0.5, 1.0))  # noqa: S311 - no secret

    def not_for(self, seconds: float, *, firm: bool) -> None:
        """``firm``: not even when asked to be done now."""
        self._floor = time.monotonic() + seconds
        self._firm = firm

    def left(self) -> float:
        return max(self._next, self._floor) - time.monotonic()


class Line:
    """Whether the centre is there, and how long the backlog of this terminal still waits after it was not."""

    def __init__(
        self,
        terminal: str,
        spread: Callable[[str, float], float] = splay,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._terminal = terminal
        self._spread = spread
        self._clock = clock
        self._lost_at: float | None = None
        self._backlog_from = 0.0
        self.misses = 0

    def lost(self) -> None:
        self.misses += 1
        if self._lost_at is None:
            self._lost_at = self._clock()

    def there(self, oldest: float | None = None) -> bool:
        """``oldest``: how many seconds a matter has waited, at the first contact since the start, which tells that
        there was an outage before it. Whether it is there again now."""
        away = max(self._clock() - self._lost_at if self._lost_at is not None else 0.0, oldest or 0.0)
        self._lost_at, self.misses = None, 0
        if away > 0:
            self._backlog_from = self._clock() + self._spread(self._terminal, away)
        return away > 0

    def quiet(self) -> float:
        """Seconds the backlog still waits; what a citizen waits for does not."""
        return max(0.0, self._backlog_from - self._clock())
