"""Restart at once, then ever more slowly; a long life clears the past."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.restarts import DEFAULT_TIMINGS, Life, deaths_in_a_row, in_crash_loop, restart_delay


def short_lives(count: int) -> list[Life]:
    return [Life(float(start), start + 1.0) for start in range(count)]


@pytest.mark.parametrize(
    ("deaths", "delay"), [(0, 0), (1, 0), (2, 0.5), (3, 1), (4, 2), (5, 4), (6, 8), (7, 10), (8, 10), (5000, 10)]
)
def test_delay_grows_to_its_limit(deaths: int, delay: float) -> None:
    history = short_lives(deaths)
    now = history[-1].ended if history else 0.0
    assert restart_delay(history, now) == delay


def test_time_that_passed_counts() -> None:
    history = short_lives(4)
    assert restart_delay(history, history[-1].ended + 0.5) == 1.5
    assert restart_delay(history, history[-1].ended + 99) == 0


def test_healthy_life_earns_a_restart_at_once() -> None:
    history = [*short_lives(9), Life(100, 160)]
    assert restart_delay(history, 160) == 0
    assert not in_crash_loop(history)


def test_deaths_before_a_healthy_life_are_forgotten() -> None:
    history = [*short_lives(9), Life(100, 160), Life(160, 161)]
    assert deaths_in_a_row(history) == 1
    assert deaths_in_a_row([*history, Life(161, 162)]) == 2


def test_crash_loop_begins_with_the_fifth_death() -> None:
    assert not in_crash_loop(short_lives(4))
    assert in_crash_loop(short_lives(5))


@given(lives=st.lists(st.floats(0, 200), max_size=30), waited=st.floats(0, 100))
def test_delay_is_never_negative_and_never_beyond_its_limit(lives: list[float], waited: float) -> None:
    history: list[Life] = []
    for length in lives:
        started = history[-1].ended if history else 0.0
        history.append(Life(started, started + length))
    now = (history[-1].ended if history else 0.0) + waited
    assert 0 <= restart_delay(history, now) <= DEFAULT_TIMINGS.longest_delay
