"""When to try again. Pure: failure, attempt, clock and chance come in as values.

Exponential backoff with full jitter: after an outage a fleet comes back spread out instead of all at once.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, assert_never

BASE_SECONDS: Final = 2.0
LONGEST_SECONDS: Final = 300.0
LONGEST_RETRY_AFTER: Final = 3600.0
"""A centre that asks for more is asked again after this."""


class FailureKind(StrEnum):
    NETWORK = "network"
    """No connection."""
    UNANSWERED = "unanswered"
    """A connection, but no whole answer in time: the line, the centre, or bytes that make it stumble."""
    SERVER = "server"
    """The centre failed (5xx) or answered what nobody can read."""
    BUSY = "busy"
    """The centre asks for patience (429, 503, or "later" for one matter)."""
    UNAUTHORISED = "unauthorised"
    """The centre does not know this terminal (401, 403): no fault of the matter."""
    REJECTED = "rejected"
    """The centre will never take these bytes (any other 4xx)."""


@dataclass(frozen=True)
class Failure:
    kind: FailureKind
    detail: str = ""
    """For technicians; nothing personal."""
    retry_after: float = 0.0
    """Seconds the centre asked for."""


@dataclass(frozen=True)
class RetryAt:
    when: float


@dataclass(frozen=True)
class Park:
    reason: str


def decide(failure: Failure, attempt: int, now: float, chance: float) -> RetryAt | Park:
    """``attempt`` counts from 0, ``chance`` is uniform in [0, 1). Only a rejection parks."""
    match failure.kind:
        case FailureKind.REJECTED:
            return Park(failure.detail or failure.kind)
        case (
            FailureKind.NETWORK
            | FailureKind.UNANSWERED
            | FailureKind.SERVER
            | FailureKind.BUSY
            | FailureKind.UNAUTHORISED
        ):
            return RetryAt(now + max(_backoff(attempt, chance), min(failure.retry_after, LONGEST_RETRY_AFTER)))
        case _:
            assert_never(failure.kind)


def is_due(not_before: float, now: float) -> bool:
    """No wait is longer than ``LONGEST_RETRY_AFTER``: what seems to lie further ahead was written before the clock was
    set back."""
    return not_before <= now or not_before > now + LONGEST_RETRY_AFTER


def _backoff(attempt: int, chance: float) -> float:
    steps = min(attempt, 16)  # beyond it the ceiling rules anyway, and 2.0 ** 5000 would overflow
    return chance * min(LONGEST_SECONDS, BASE_SECONDS * 2.0**steps)
