"""Waiting with a deadline."""

import time
from collections.abc import Callable
from typing import Final, TypeVar

SECONDS: Final = 30.0
LOOK_SECONDS: Final = 0.05

T = TypeVar("T")


class DemoFailed(Exception):
    """The journey did not go as it should; the text says where."""


def wait_for(what: str, ready: Callable[[], T | None], seconds: float = SECONDS) -> T:
    """What ``ready`` returns once that is not ``None``. Raises ``DemoFailed``."""
    deadline = time.monotonic() + seconds
    while (found := ready()) is None:
        if time.monotonic() > deadline:
            raise DemoFailed(f"waited {seconds:g} s for {what}")
        time.sleep(LOOK_SECONDS)
    return found
