"""What a payment can become: a table. ``created`` is the centre's own, written before the platform hears of it."""

from collections.abc import Mapping
from typing import Final, Literal

State = Literal["created", "pending", "paid", "cancelled", "reversed"]
Deed = Literal["open", "pay", "cancel", "reverse"]

MOVES: Final[Mapping[tuple[State, Deed], State]] = {
    ("created", "open"): "pending",
    ("created", "cancel"): "cancelled",
    ("pending", "pay"): "paid",
    ("pending", "cancel"): "cancelled",
    ("paid", "reverse"): "reversed",
}
"""Done again, a deed changes nothing; whatever else is not in here cannot be done."""
_AFTER: Final[Mapping[State, frozenset[State]]] = {
    "created": frozenset({"pending", "paid", "cancelled", "reversed"}),
    "pending": frozenset({"paid", "cancelled", "reversed"}),
    "paid": frozenset({"reversed"}),
    "cancelled": frozenset(),
    "reversed": frozenset(),
}


def moved(state: State, deed: Deed) -> State | None:
    """``None`` when it cannot be done."""
    done: dict[Deed, State] = {"open": "pending", "pay": "paid", "cancel": "cancelled", "reverse": "reversed"}
    return state if state == done[deed] else MOVES.get((state, deed))


def before(state: State) -> tuple[State, ...]:
    """From which what somebody else says can lead there: steps in between may have been missed."""
    return tuple(earlier for earlier, later in _AFTER.items() if state in later)
