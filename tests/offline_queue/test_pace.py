from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offline_queue.pace import (
    FIRST_COUNT,
    LARGEST_COUNT,
    LARGEST_SIZE,
    LONGEST_SPLAY,
    QUICK_SECONDS,
    SHORT_OUTAGE,
    Pace,
    fitting,
    splay,
)

FLEET = [f"GD{number:06d}" for number in range(440_000, 460_000)]


def test_quick_answers_let_it_grow_to_the_most_the_centre_takes() -> None:
    pace, counts = Pace(), [FIRST_COUNT]
    while pace.count < LARGEST_COUNT:
        pace = pace.after_answer(0.1, 100)
        counts.append(pace.count)
    assert counts == sorted(set(counts))
    assert pace.after_answer(0.1, 100) == pace


def test_a_slow_answer_lets_it_stay_and_a_failure_halves_what_was_sent() -> None:
    pace = Pace(count=40)
    assert pace.after_answer(QUICK_SECONDS + 0.1, 100) == pace
    assert pace.after_failure(40).count == 20
    assert pace.after_failure(7).count == 3
    assert pace.after_failure(1).count == 1


@given(
    st.lists(
        st.one_of(
            st.tuples(st.floats(0, 60), st.integers(-5, 10_000)),
            st.integers(1, 200),
        )
    )
)
def test_it_stays_between_one_and_what_the_centre_wants(events: list[tuple[float, int] | int]) -> None:
    pace = Pace()
    for event in events:
        if isinstance(event, int):
            pace = pace.after_failure(event)
        else:
            pace = pace.after_answer(*event)
            assert pace.count <= max(1, event[1])
        assert 1 <= pace.count <= LARGEST_COUNT


@given(st.lists(st.integers(1, 2 * LARGEST_SIZE), min_size=1, max_size=120), st.integers(1, LARGEST_COUNT))
def test_what_fits_is_the_most_that_fits_and_never_nothing(sizes: list[int], count: int) -> None:
    number = fitting(sizes, count)
    assert 1 <= number <= min(count, len(sizes))
    assert number == 1 or sum(sizes[:number]) + number <= LARGEST_SIZE
    if number < min(count, len(sizes)):
        assert sum(sizes[: number + 1]) + number + 1 > LARGEST_SIZE


@pytest.mark.parametrize("outage", [90.0, 600.0, 3 * 86400.0])
def test_a_fleet_of_20000_comes_back_evenly_spread(outage: float) -> None:
    longest = min(LONGEST_SPLAY, outage / 10)
    twelfths = Counter(int(splay(terminal, outage) / longest * 12) for terminal in FLEET)
    assert set(twelfths) == set(range(12))
    expected = len(FLEET) / 12
    assert all(abs(count - expected) < expected / 7 for count in twelfths.values())


def test_a_terminal_always_waits_as_long_and_not_at_all_after_a_short_outage() -> None:
    assert splay(FLEET[7], 600) == splay(FLEET[7], 600) > 0
    assert {splay(terminal, SHORT_OUTAGE) for terminal in FLEET[:100]} == {0.0}
