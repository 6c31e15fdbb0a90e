"""The one way tests wait for what other threads and processes do: until it is true, with a deadline."""

import time
from collections.abc import Callable
from typing import Final, TypeVar

DEADLINE: Final = 30.0
LOOK: Final = 0.01

T = TypeVar("T")


def eventually(ask: Callable[[], T | None], what: str = "it") -> T:
    """The first true answer. Fails after the deadline."""
    end = time.monotonic() + DEADLINE
    while not (answer := ask()):
        assert time.monotonic() < end, f"{what} did not come about in time"
        time.sleep(LOOK)
    return answer
