"""Working days of the province's offices. Pure; days are those of China.

The day on which something arrives does not count, at whatever hour it comes: a 24-hour shop files on Saturday night
too, and the period then begins on the next working day (Administrative Licensing Law, articles 42 and 82).
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from functools import lru_cache
from pathlib import Path
from typing import Final, Self

from central.casework.errors import BadData

BUNDLED: Final = Path(__file__).with_name("holidays.toml")
_CHINA: Final = timezone(timedelta(hours=8))
_DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5


@dataclass(frozen=True)
class WorkCalendar:
    off: frozenset[date] = frozenset()
    """Holidays that fall on a weekday."""
    on: frozenset[date] = frozenset()
    """Weekend days that are worked instead."""

    @classmethod
    def load(cls, path: Path = BUNDLED) -> Self:
        """Raises :class:`BadData`, ``OSError``."""
        try:
            years = tomllib.loads(path.read_text(encoding="utf-8"))
            off = frozenset(day for year in years.values() for span in year["off"] for day in _span(*span))
            on = frozenset(day for year in years.values() for day in year["on"])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadData(f"{path.name}: {error}") from None
        if not all(type(day) is date for day in on):
            raise BadData(f"{path.name}: a day is written 2026-10-10")
        return cls(off, on)

    def is_working(self, day: date) -> bool:
        return day in self.on or (day.weekday() < _SATURDAY and day not in self.off)

    def after(self, day: date, working_days: int) -> date:
        """The so-manieth working day after ``day``, or before it if negative; of 0, ``day`` itself."""
        return _after(self, day, working_days)

    def between(self, first: date, last: date) -> int:
        """Working days after ``first`` up to and with ``last``; 0 if there are none."""
        return sum(map(self.is_working, _span(first + _DAY, last)))

    def deadline(self, now: float, working_days: int) -> float:
        """The end of the last day of a period that something which comes at ``now`` begins."""
        return end_of(self.after(day_of(now), working_days))

    def left(self, deadline: float, now: float) -> int:
        """Working days that remain after today; -1 when the deadline has passed."""
        return -1 if deadline <= now else self.between(day_of(now), last_day(deadline))


@lru_cache(4096)
def _after(calendar: WorkCalendar, day: date, working_days: int) -> date:
    """Kept, for all that is filed on one day asks for the same few."""
    step = _DAY if working_days > 0 else -_DAY
    left = abs(working_days)
    while left:
        day += step
        left -= calendar.is_working(day)
    return day


def day_of(now: float) -> date:
    return datetime.fromtimestamp(now, _CHINA).date()


def end_of(day: date) -> float:
    """Midnight after it, in seconds since 1970."""
    return datetime.combine(day + _DAY, time(), _CHINA).timestamp()


def last_day(deadline: float) -> date:
    """The day that :func:`end_of` ended."""
    return day_of(deadline - 1)


def _span(first: date, last: date) -> Iterator[date]:
    return (first + _DAY * step for step in range((last - first).days + 1))
