"""A code that is still held there right after it was read is not a second one."""

from collections.abc import Callable


class HoldOff:
    """Remembers the last code by its hash, for so many ``seconds``."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self._seconds = seconds
        self._clock = clock
        self._last: tuple[int, float] | None = None

    def is_new(self, text: str) -> bool:
        """A code that stays is new again when the time is over: somebody may mean to scan it once more."""
        now, seen = self._clock(), hash(text)
        if self._last is not None and self._last[0] == seen and now < self._last[1] + self._seconds:
            return False
        self._last = (seen, now)
        return True
