"""What needs somebody today: each area tells what it counts, the home page shows it to those who may act."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from central.centre import Centre
from central.staff.roles import Employee, Role
from central.storage.database import Transaction


@dataclass(frozen=True)
class Count:
    """One card."""

    title: str
    """What is counted: 即将超期的办件."""
    amount: int
    kind: Literal["good", "info", "wait", "bad"]
    """``good`` when there is nothing to do."""
    word: str
    """What the kind means here: 今天到期."""
    address: str
    """Of the page where it is done."""


Counts = Callable[[Transaction, Employee, Centre], Sequence[Count]]
"""Of what she may see."""

_registered: list[tuple[frozenset[Role], Counts]] = []


def shown_to(*roles: Role) -> Callable[[Counts], Counts]:
    """A decorator for a function that gives cards to whoever holds one of these roles. Keep it quick: it is asked on
    every look at the home page."""

    def register(counts: Counts) -> Counts:
        _registered.append((frozenset(roles), counts))
        return counts

    return register


def counts_for(transaction: Transaction, employee: Employee, centre: Centre) -> list[Count]:
    """What is worse comes first."""
    found = [
        one for roles, counts in _registered if employee.may(*roles) for one in counts(transaction, employee, centre)
    ]
    return sorted(found, key=lambda one: ("bad", "wait", "info", "good").index(one.kind))
