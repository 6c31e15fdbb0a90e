"""Chance that repeats: the same seed and the same name draw the same, whatever was drawn before."""

import hashlib
import random
from collections.abc import Sequence
from datetime import date, timedelta
from typing import TypeVar

T = TypeVar("T")


class Chance:
    def __init__(self, *name: object) -> None:
        # Of the standard generator only random() draws the same in every version of Python; all else is made from it.
        text = "\n".join(map(str, name))
        self._random = random.Random(hashlib.sha256(text.encode()).digest())  # noqa: S311 - repeatable, no secret

    def happens(self, share: float) -> bool:
        return self._random.random() < share

    def whole(self, least: int, most: int) -> int:
        """Both may be drawn."""
        return least + int(self._random.random() * (most - least + 1))

    def pick(self, choices: Sequence[T]) -> T:
        return choices[self.whole(0, len(choices) - 1)]

    def share(self) -> float:
        """From 0 up to, not including, 1."""
        return self._random.random()

    def day(self, first: date, last: date) -> date:
        return first + timedelta(self.whole(0, max(0, (last - first).days)))
