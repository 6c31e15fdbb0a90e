"""How much a terminal may ask of the centre: a broken one must not take the others' place."""

import threading
from dataclasses import dataclass
from typing import Final

REQUESTS_A_SECOND: Final = 50.0
REQUESTS_AT_ONCE: Final = 500.0
LONGEST_IN_LINE: Final = 1.0
"""Seconds a request may wait for a thread. It needs a few in turn, and its terminal waits ten."""


@dataclass(frozen=True)
class _Level:
    left: float
    at: float


class Buckets:
    """A bucket a terminal: ``size`` at once, refilled by ``rate`` a second. Each worker counts for itself."""

    def __init__(self, rate: float, size: float) -> None:
        self._rate = rate
        self._size = size
        self._levels: dict[str, _Level] = {}
        self._lock = threading.Lock()

    def take(self, terminal: str, now: float) -> float:
        """Seconds to wait before the next try; 0 when one was taken. ``now`` by a clock that never goes back."""
        with self._lock:
            old = self._levels.get(terminal, _Level(self._size, now))
            left = min(self._size, old.left + (now - old.at) * self._rate)
            is_enough = left >= 1
            self._levels[terminal] = _Level(left - is_enough, now)
        return 0.0 if is_enough else (1 - left) / self._rate


class Rush:
    """Whether a worker has more to do than it can: then it would soon be busy with answers that nobody waits for any
    more. Told by time, which says the same of slow machines and quick ones."""

    def __init__(self, longest: float = LONGEST_IN_LINE) -> None:
        self._longest = longest
        self._waited = 0.0

    def served(self, waited: float) -> None:
        """The one whose turn it is has waited so many seconds."""
        self._waited = waited

    def is_on(self, in_line: int) -> bool:
        """With so many who wait now: it ends with the last of them."""
        return in_line > 0 and self._waited > self._longest
