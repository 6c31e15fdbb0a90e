import math

from hypothesis import given
from hypothesis import strategies as st

from offline_queue.retry import LONGEST_RETRY_AFTER, Failure, FailureKind, Park, RetryAt, decide, is_due
from tests.offline_queue.helpers import NOW

passing = st.sampled_from([kind for kind in FailureKind if kind is not FailureKind.REJECTED])
chances = st.floats(0, 1, exclude_max=True)
attempts = st.integers(0, 100_000)


def when(decision: RetryAt | Park) -> float:
    assert isinstance(decision, RetryAt)
    return decision.when


@given(attempts, chances)
def test_only_a_rejection_parks(attempt: int, chance: float) -> None:
    assert decide(Failure(FailureKind.REJECTED, "HTTP 422"), attempt, NOW, chance) == Park("HTTP 422")


@given(passing, attempts, chances)
def test_the_wait_lies_under_the_doubling_ceiling(kind: FailureKind, attempt: int, chance: float) -> None:
    wait = when(decide(Failure(kind), attempt, 0.0, chance))
    assert 0 <= wait <= min(300.0, 2.0 * 2.0 ** min(attempt, 16))
    assert wait == chance * min(300.0, 2.0 * 2.0 ** min(attempt, 16))


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
