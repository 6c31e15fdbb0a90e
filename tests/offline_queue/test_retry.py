import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offline_queue.retry import LONGEST_RETRY_AFTER, Failure, FailureKind, Park, RetryAt, ceiling, decide, is_due
from tests.offline_queue.helpers import NOW

PARKING = (FailureKind.REJECTED, FailureKind.TOO_LARGE)
PASSING = [kind for kind in FailureKind if kind not in PARKING]
passing = st.sampled_from(PASSING)
chances = st.floats(0, 1, exclude_max=True)
attempts = st.integers(0, 100_000)


def when(decision: RetryAt | Park) -> float:
    assert isinstance(decision, RetryAt)
    return decision.when


@given(st.sampled_from(PARKING), attempts, chances)
def test_what_the_centre_will_never_take_parks(kind: FailureKind, attempt: int, chance: float) -> None:
    assert decide(Failure(kind, "HTTP 422"), attempt, NOW, chance) == Park("HTTP 422")


@given(passing, attempts, chances)
def test_the_wait_lies_under_the_doubling_ceiling(kind: FailureKind, attempt: int, chance: float) -> None:
    wait = when(decide(Failure(kind), attempt, 0.0, chance))
    assert wait == chance * ceiling(kind, attempt)
    assert 0 <= wait < 300
    assert ceiling(kind, attempt + 1) in (2 * ceiling(kind, attempt), 300)


@pytest.mark.parametrize("kind", [FailureKind.INSECURE, FailureKind.UNAUTHORISED])
def test_what_a_person_has_to_mend_is_tried_slowly_from_the_start(kind: FailureKind) -> None:
    assert ceiling(kind, 0) > 10 * ceiling(FailureKind.NETWORK, 0)


@given(passing, attempts, chances, st.floats(0, 1e9))
def test_retry_after_is_a_floor_within_reason(kind: FailureKind, attempt: int, chance: float, asked: float) -> None:
    wait = when(decide(Failure(kind, retry_after=asked), attempt, 0.0, chance))
    assert min(asked, LONGEST_RETRY_AFTER) <= wait <= LONGEST_RETRY_AFTER


def test_jitter_spreads_a_fleet() -> None:
    waits = [when(decide(Failure(FailureKind.NETWORK), 20, 0.0, number / 1000)) for number in range(1000)]
    assert len([wait for wait in waits if wait < 150]) == 500


@given(passing, attempts, chances, st.floats(0, 1e9), st.floats(-1e9, 1e9))
def test_every_wait_ends_whatever_the_clock_does(
    kind: FailureKind, attempt: int, chance: float, asked: float, jump: float
) -> None:
    not_before = when(decide(Failure(kind, retry_after=asked), attempt, NOW, chance))
    later = NOW + jump
    assert is_due(not_before, later + LONGEST_RETRY_AFTER + 1) or not_before > later + LONGEST_RETRY_AFTER
    assert is_due(not_before, later) or not_before - later <= LONGEST_RETRY_AFTER


def test_due_at_its_time_and_not_before() -> None:
    assert is_due(NOW, NOW)
    assert not is_due(NOW, math.nextafter(NOW, 0))
