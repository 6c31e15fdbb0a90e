"""What every queue obeys: which state a matter may go to from which, and when there is room for another. Pure."""

from dataclasses import replace
from typing import Final, Literal

from offline_queue.contract import FINAL, IllegalMove, MatterState, Quota, Room

# A matter leaves the terminal only by the centre's word: FILED and REFUSED are reached from IN_FLIGHT alone, and
# nothing leads out of them. PARKED waits for a person, who may let it go again. A DRAFT is numbered when it is queued;
# one that expires was never more than a draft.
MOVES: Final[dict[MatterState, frozenset[MatterState]]] = {
    MatterState.DRAFT: frozenset({MatterState.QUEUED}),
    MatterState.QUEUED: frozenset({MatterState.IN_FLIGHT, MatterState.PARKED}),
    MatterState.IN_FLIGHT: frozenset({MatterState.QUEUED, MatterState.FILED, MatterState.REFUSED, MatterState.PARKED}),
    MatterState.PARKED: frozenset({MatterState.QUEUED}),
    MatterState.FILED: frozenset(),
    MatterState.REFUSED: frozenset(),
}


_INCREDIBLE: Final = 365 * 86400.0
"""Seconds: nobody leaves a full terminal alone for a year; its clock was set forward."""


def check_move(old: MatterState, new: MatterState) -> None:
    """Raise :class:`IllegalMove` unless the table allows it."""
    if new not in MOVES[old]:
        raise IllegalMove(f"{old} -> {new}")


def check_wipe(state: MatterState) -> None:
    """Raise :class:`IllegalMove` while the content is still needed."""
    if state not in FINAL:
        raise IllegalMove(f"wipe in state {state}")


def check_by_hand(old: MatterState, new: MatterState) -> None:
    """Raise :class:`IllegalMove` unless a person may do it: never while the sender waits for the centre's word."""
    if old is MatterState.IN_FLIGHT or new not in MOVES[old] | {old} or old in FINAL:
        raise IllegalMove(f"{old} -> {new} by hand")


def judged(room: Room, quota: Quota, *, now: float) -> Room:
    """``room`` with the first quota that is used up. A clock that jumped makes nothing old."""
    full: tuple[tuple[Literal["count", "size", "age", "disk"], bool], ...] = (
        ("disk", room.free < quota.free),
        ("count", room.waiting >= quota.count),
        ("size", room.size >= quota.size),
        ("age", room.oldest is not None and quota.age < now - room.oldest < quota.age + _INCREDIBLE),
    )
    name = next((name for name, is_full in full if is_full), "")
    return replace(room, full=name) if name else room
