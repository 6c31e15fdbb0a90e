"""The payments of a day as lines, and two lists of them beside each other. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from central.desk import CHINA
from central.platforms.payments.contract import DayLine


@dataclass(frozen=True)
class Differences:
    agreed: int
    """Lines that are in both."""
    agreed_amount: int
    """Cents; what was reversed counts against what was paid."""
    only_ours: tuple[DayLine, ...] = ()
    only_theirs: tuple[DayLine, ...] = ()
    unequal: tuple[tuple[DayLine, DayLine], ...] = ()
    """Ours and theirs, of different amounts."""

    @property
    def none(self) -> bool:
        return not (self.only_ours or self.only_theirs or self.unequal)


def compare(ours: Sequence[DayLine], theirs: Sequence[DayLine]) -> Differences:
    mine = {(line.key, line.kind): line for line in ours}
    other = {(line.key, line.kind): line for line in theirs}
    both = [(mine[key], other[key]) for key in sorted(mine.keys() & other.keys())]
    agreed = [one for one, their in both if one.amount == their.amount]
    return Differences(
        agreed=len(agreed),
        agreed_amount=sum(line.amount if line.kind == "paid" else -line.amount for line in agreed),
        only_ours=tuple(mine[key] for key in sorted(mine.keys() - other.keys())),
        only_theirs=tuple(other[key] for key in sorted(other.keys() - mine.keys())),
        unequal=tuple((one, their) for one, their in both if one.amount != their.amount),
    )


def lines_of(
    rows: Sequence[tuple[str, int, float | None, float | None]], first: float, end: float
) -> tuple[DayLine, ...]:
    """Key, amount, when paid and when reversed, as lines of the day from ``first`` to before ``end``."""
    paid = [DayLine(key, "paid", amount, at) for key, amount, at, _ in rows if at is not None and first <= at < end]
    back = [DayLine(key, "reversed", amount, at) for key, amount, _, at in rows if at is not None and first <= at < end]
    return tuple(sorted((*paid, *back), key=lambda line: (line.at, line.key)))


def day_bounds(day: date) -> tuple[float, float]:
    """When that day begins and ends in China, in seconds since 1970."""
    first = datetime(day.year, day.month, day.day, tzinfo=CHINA)
    return first.timestamp(), (first + timedelta(days=1)).timestamp()
