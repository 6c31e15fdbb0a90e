"""How long somebody who failed to sign in has to wait; pure."""

from dataclasses import dataclass
from typing import Final

from central.staff.timings import FIRST_LOCK, FORGET_FAILURES, LONGEST_LOCK
from central.storage.staff import Failures

_MOST_DOUBLINGS: Final = 20


@dataclass(frozen=True)
class Policy:
    free: int
    """So many failures cost nothing."""


ACCOUNT: Final = Policy(free=5)
ADDRESS: Final = Policy(free=25)
"""Behind one address may sit a whole office; so may one who tries one password on every account."""


def wait(failures: Failures | None, policy: Policy, now: float) -> float:
    """Seconds until the next try is looked at; each failure beyond the free ones doubles it. A clock that was put back
    waits at most the longest time."""
    known = current(failures, now)
    beyond = known.count - policy.free
    if beyond < 0:
        return 0.0
    locked = min(FIRST_LOCK * 2 ** min(beyond, _MOST_DOUBLINGS), LONGEST_LOCK)
    return min(max(known.last_at + locked - now, 0.0), LONGEST_LOCK)


def one_more(failures: Failures | None, now: float) -> Failures:
    return Failures(current(failures, now).count + 1, now)


def current(failures: Failures | None, now: float) -> Failures:
    """Old ones are forgotten."""
    if failures is None or now - failures.last_at > FORGET_FAILURES:
        return Failures(0, now)
    return failures
