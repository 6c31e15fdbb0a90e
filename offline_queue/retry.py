"""When to try again. Pure: failure, attempt, clock and chance come in as values.

Exponential backoff with full jitter: after an outage a fleet comes back spread out instead of all at once.
"""

from collections.abc import Mapping
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
    INSECURE = "insecure"
    """Whoever answers is not the centre: wrong name, stranger's certificate, or one that is no longer good."""
    UNANSWERED = "unanswered"
    """A connection, but no whole answer in time: the line, the centre, or bytes that make it stumble."""
    SERVER = "server"
    """The centre failed (5xx) or answered what nobody can read."""
    BUSY = "busy"
    """The centre asks for patience (429, 503, or "later" for one matter)."""
    UNAUTHORISED = "unauthorised"
    """The centre does not know this terminal (401, 403): no fault of the matter."""
    TOO_LARGE = "too_large"
    """The centre takes no request of this size (413)."""
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


# A person has to act before these get better: knocking more often only fills the logs of both sides.
_SLOW: Final = 30.0
_BASE: Final[Mapping[FailureKind, float]] = {FailureKind.INSECURE: _SLOW, FailureKind.UNAUTHORISED: _SLOW}


def decide(failure: Failure, attempt: int, now: float, chance: float) -> RetryAt | Park:
    """``attempt`` counts from 0, ``chance`` is uniform in [0, 1). Only what the centre will never take parks."""
    match failure.kind:
        case FailureKind.REJECTED | FailureKind.TOO_LARGE:
            return Park(failure.detail or failure.kind)
        case (
            FailureKind.NETWORK
            | FailureKind.INSECURE
            | FailureKind.UNANSWERED
            | FailureKind.SERVER
            | FailureKind.BUSY
            | FailureKind.UNAUTHORISED
        ):
            backoff = chance * ceiling(failure.kind, attempt)
            return RetryAt(now + max(backoff, min(failure.retry_after, LONGEST_RETRY_AFTER)))
        case _:
            assert_never(failure.kind)


def ceiling(kind: FailureKind, attempt: int) -> float:
    """The longest wait, in seconds, after that many attempts before."""
    steps = min(attempt, 16)  # beyond it the longest rules anyway, and 2.0 ** 5000 would overflow
    return min(LONGEST_SECONDS, _BASE.get(kind, BASE_SECONDS) * 2.0**steps)


def is_due(not_before: float, now: float) -> bool:
    """No wait is longer than ``LONGEST_RETRY_AFTER``: what seems to lie further ahead was written before the clock was
    set back."""
    return not_before <= now or not_before > now + LONGEST_RETRY_AFTER
