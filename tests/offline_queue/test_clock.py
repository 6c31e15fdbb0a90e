import ctypes
import time
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offline_queue import clock
from offline_queue.clock import skew, system_stamp, trusts
from tests.offline_queue.helpers import NOW

TIME_OK, TIME_INSERT, TIME_WAIT, TIME_ERROR = 0, 1, 4, 5  # adjtimex(2)
STA_PLL, STA_UNSYNC, STA_NANO = 0x0001, 0x0040, 0x2000


@pytest.mark.parametrize(
    ("state", "status", "trusted"),
    [
        (TIME_OK, STA_PLL | STA_NANO, True),
        (TIME_INSERT, STA_PLL, True),  # the day of a leap second
        (TIME_WAIT, STA_PLL, True),
        (TIME_ERROR, STA_PLL | STA_UNSYNC, False),
        (TIME_ERROR, STA_PLL, False),
        (TIME_OK, STA_UNSYNC, False),
        (-1, 0, False),
    ],
)
def test_the_kernel_says_whether_something_keeps_the_clock(state: int, status: int, trusted: bool) -> None:
    assert trusts(state, status) is trusted


def kernel(state: int, status: int) -> Callable[..., int]:
    """adjtimex(2) as ctypes calls it; ``status`` is the sixth member of ``struct timex``."""

    def adjtimex(reference: Any) -> int:
        reference._obj.status = status
        return state

    return adjtimex


def test_a_stamp_says_what_the_kernel_says_this_second(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = count(5.0)

    def clock_gettime(clock_id: int) -> float:
        assert clock_id == time.CLOCK_BOOTTIME
        return next(seconds)

    monkeypatch.setattr(time, "clock_gettime", clock_gettime)
    for ask, trusted in (
        (kernel(TIME_OK, STA_PLL), True),
        (kernel(TIME_ERROR, STA_UNSYNC), False),
        (kernel(TIME_OK, STA_PLL), True),
        (None, False),
    ):
        monkeypatch.setattr(clock, "kernel_clock", lambda ask=ask: ask)
        assert clock.system_stamp(NOW).trusted is trusted


def test_this_kernel_answers_within_the_structure() -> None:
    """Its answer is one of those adjtimex(2) names, and what it wrote is a set of known flags."""
    timex = clock.Timex()
    ask = clock.kernel_clock()
    assert ask is None or ask(ctypes.byref(timex)) in range(6)
    assert 0 <= timex.status < 1 << 16


def test_a_stamp_keeps_the_callers_wall_time_and_goes_on() -> None:
    first, second = system_stamp(NOW), system_stamp(NOW - 5)
    assert (first.wall, second.wall) == (NOW, NOW - 5)
    assert first.boot_id == second.boot_id != ""
    assert second.monotonic >= first.monotonic > 0


@given(st.floats(-1e9, 1e9), st.floats(0, 30), st.floats(0, 1))
def test_skew_is_right_to_half_the_round_trip(ahead: float, there: float, share: float) -> None:
    """``there`` seconds pass in all, a ``share`` of them on the way out."""
    centre = NOW + there * share
    wall = NOW + there + ahead
    assert abs(skew(centre, wall, there) - ahead) <= there / 2 + 1e-6
