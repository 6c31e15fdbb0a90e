"""When a process that died is started again, and when it counts as hanging. Pure: the caller brings the clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Timings:
    """All in seconds."""

    first_delay: float = 0.5
    """Before the second restart in a row; the first is at once, every further one waits twice as long."""
    longest_delay: float = 10.0
    healthy_after: float = 60.0
    """A process that lived this long has earned a restart at once again."""
    crash_loop_deaths: int = 5
    """How many deaths in a row make a crash loop."""
    ping_interval: float = 2.0
    first_ping: float = 0.1
    """Between pings while the first answer is awaited."""
    pings_missed: int = 5
    """A process that answered once and then misses this many pings in a row hangs."""
    start_gate: float = 10.0
    """How long a process waits for those it comes after."""
    stop_grace: float = 5.0
    tick: float = 0.5


DEFAULT_TIMINGS: Final = Timings()


@dataclass(frozen=True)
class Life:
    """From start to death of one run, on the monotonic clock."""

    started: float
    ended: float


def deaths_in_a_row(history: Sequence[Life], timings: Timings = DEFAULT_TIMINGS) -> int:
    """How many runs before now ended without one that was healthy among them."""
    deaths = 0
    for life in reversed(history):
        if life.ended - life.started >= timings.healthy_after:
            return max(deaths, 1)
        deaths += 1
    return deaths


def restart_delay(history: Sequence[Life], now: float, timings: Timings = DEFAULT_TIMINGS) -> float:
    """Seconds still to wait before the next start; 0 when it is due."""
    deaths = deaths_in_a_row(history, timings)
    if deaths <= 1:
        return 0.0
    # The exponent is bounded: 2.0 ** 1100 is no float any more.
    pause = min(timings.longest_delay, timings.first_delay * 2.0 ** min(deaths - 2, 32))
    return max(0.0, history[-1].ended + pause - now)


def in_crash_loop(history: Sequence[Life], timings: Timings = DEFAULT_TIMINGS) -> bool:
    return deaths_in_a_row(history, timings) >= timings.crash_loop_deaths
