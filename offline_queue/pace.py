"""How much goes into one request, and how a fleet that comes back after an outage is spread. Pure."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from offline_queue import batch

LARGEST_COUNT: Final = batch.MOST
"""Envelopes the centre takes at once."""
LARGEST_SIZE: Final = batch.LARGEST - 4096
"""Bytes of envelopes in one request: 1 MiB less what the first line and the line ends take."""
FIRST_COUNT: Final = 32
QUICK_SECONDS: Final = 3.0
"""A request that took longer does not grow: the next one could run into the time limit."""

SHORT_OUTAGE: Final = 60.0
"""Seconds. What was away for less is no reason to wait."""
LONGEST_SPLAY: Final = 120.0
_PART: Final = 10.0
"""Of an outage the backlog may take a tenth before it starts."""


@dataclass(frozen=True)
class Pace:
    """The number of envelopes for the next request."""

    count: int = FIRST_COUNT
    limit: int = LARGEST_COUNT
    """What the centre wants at most."""

    def after_answer(self, seconds: float, limit: int) -> "Pace":
        """``limit`` is the centre's newest word; below 1 it means 1."""
        limit = max(1, min(limit, LARGEST_COUNT))
        count = self.count * 2 if seconds <= QUICK_SECONDS else self.count
        return Pace(min(count, limit), limit)

    def after_failure(self, sent: int) -> "Pace":
        """Half of what failed."""
        return replace(self, count=max(1, min(self.count, sent // 2)))


def fitting(sizes: Sequence[int], count: int) -> int:
    """How many of the first envelopes, given their bytes, go into one request: at least one, however large."""
    total = 0
    for number, size in enumerate(sizes[:count]):
        total += size + 1  # the end of the line
        if total > LARGEST_SIZE and number > 0:
            return number
    return min(len(sizes), count)


def splay(terminal: str, outage: float) -> float:
    """Seconds after the end of an outage (in seconds) before this terminal sends its backlog: always the same for one
    terminal, evenly spread over a fleet. What a citizen waits for does not wait for it."""
    if outage <= SHORT_OUTAGE:
        return 0.0
    place = int.from_bytes(hashlib.sha256(terminal.encode()).digest()[:8]) / 2**64
    return place * min(LONGEST_SPLAY, outage / _PART)
