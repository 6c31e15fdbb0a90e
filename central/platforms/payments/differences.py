"""Two lists of a day's payments beside each other. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

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
