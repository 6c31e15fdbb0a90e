"""What a measurement yields."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROUNDS: Final = 5
ROOT: Final = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Figure:
    what: str
    value: str
    against: str


def median_of(job: Callable[[], object]) -> float:
    """Seconds."""
    return statistics.median(timed(job) for _ in range(ROUNDS))


def timed(job: Callable[[], object]) -> float:
    began = time.monotonic()
    job()
    return time.monotonic() - began


def ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"
