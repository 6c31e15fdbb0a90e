"""Every waiting time of a journey, in seconds, in one table."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Timings:
    idle: float = 60.0
    warning: float = 20.0
    """The last seconds before a time-out, in which the screen asks whether more time is needed."""
    face: float = 30.0
    farewell: float = 30.0
    rating: float = 20.0
    thanks: float = 4.0
    interrupted: float = 60.0
    card_taken: float = 20.0
    face_attempts: int = 2
    elder_factor: float = 1.5


MACHINE_WORKS: Final = frozenset({"submit.saving", "submit.waiting", "output.printing"})
"""``step.phase`` in which nobody is waited for: each effect there has a deadline of its own."""

_PATIENCE: Final = {
    "farewell": "farewell",
    "rate": "rating",
    "rate.thanks": "thanks",
    "interrupted": "interrupted",
}


def patience(step: str, phase: str, timings: Timings, *, elder: bool) -> float | None:
    """How long the screen waits for a person; ``None`` while the machine works."""
    name = f"{step}.{phase}"
    if name in MACHINE_WORKS:
        return None
    seconds: float = getattr(timings, _PATIENCE.get(name) or _PATIENCE.get(step, "idle"))
    return seconds * timings.elder_factor if elder else seconds
