"""Both ends after a simulation: what the terminals put and were told, and what the centre has. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Kept:
    """A matter as the centre has it; in the order of its number, which is that of filing."""

    terminal: str
    id: str
    place: tuple[int, int]
    case: str
    number: str


@dataclass(frozen=True)
class Told:
    """What one terminal put, and the numbers it was told, by id."""

    put: frozenset[str]
    numbers: Mapping[str, str]


@dataclass(frozen=True)
class Comparison:
    """All 0 when all is well."""

    lost: int = 0
    """Put and answered, and the centre does not have it; or told another number than it has."""
    twice: int = 0
    out_of_order: int = 0
    """Filed before an earlier one of its case."""
    waiting: int = 0
    """Put, and not answered by the end."""
    unknown: int = 0
    """The centre has it and nobody put it."""

    @property
    def is_well(self) -> bool:
        return not any(getattr(self, one.name) for one in fields(self))


def compare(terminals: Mapping[str, Told], kept: Iterable[Kept]) -> Comparison:
    """``kept``: of these terminals alone."""
    rows = sorted(kept, key=lambda one: one.number)
    known = {(one.terminal, one.id): one.number for one in rows}
    told = {(name, one): number for name, terminal in terminals.items() for one, number in terminal.numbers.items()}
    put = {(name, one) for name, terminal in terminals.items() for one in terminal.put}
    return Comparison(
        lost=sum(known.get(one) != number for one, number in told.items()),
        twice=_repeated([(one.terminal, one.id) for one in rows])
        + _repeated([one.number for one in rows])
        + _repeated([(one.terminal, one.place) for one in rows]),
        out_of_order=_disordered(rows),
        waiting=len(put - told.keys()),
        unknown=len(known.keys() - put),
    )


def _repeated(values: Sequence[object]) -> int:
    return sum(count - 1 for count in Counter(values).values())


def _disordered(rows: Iterable[Kept]) -> int:
    last: dict[tuple[str, str], tuple[int, int]] = {}
    found = 0
    for row in rows:
        case = row.terminal, row.case
        found += row.place < last.get(case, (0, 0))
        last[case] = row.place
    return found
