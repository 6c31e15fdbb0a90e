"""What every queue obeys: which state a matter may go to from which, and how a new one becomes an envelope. Pure."""

from typing import Final

from offline_queue import envelope as wire
from offline_queue.contract import FINAL, IllegalMove, MatterState, NewMatter
from offline_queue.envelope import Created, Envelope

# A matter leaves the terminal only by the centre's word: FILED and REFUSED are reached from IN_FLIGHT alone, and
# nothing leads out of them. PARKED waits for a person, who may let it go again.
MOVES: Final[dict[MatterState, frozenset[MatterState]]] = {
    MatterState.QUEUED: frozenset({MatterState.IN_FLIGHT, MatterState.PARKED}),
    MatterState.IN_FLIGHT: frozenset({MatterState.QUEUED, MatterState.FILED, MatterState.REFUSED, MatterState.PARKED}),
    MatterState.PARKED: frozenset({MatterState.QUEUED}),
    MatterState.FILED: frozenset(),
    MatterState.REFUSED: frozenset(),
}


def check_move(old: MatterState, new: MatterState) -> None:
    """Raise :class:`IllegalMove` unless the table allows it."""
    if new not in MOVES[old]:
        raise IllegalMove(f"{old} -> {new}")


def check_wipe(state: MatterState) -> None:
    """Raise :class:`IllegalMove` while the content is still needed."""
    if state not in FINAL:
        raise IllegalMove(f"wipe in state {state}")


def seal(matter: NewMatter, terminal: str, seq: int, created: Created) -> Envelope:
    """The envelope as the centre will read it. Raises ``ValueError`` or ``TypeError`` when it could not be sent."""
    envelope = Envelope(
        id=matter.id,
        terminal=terminal,
        seq=seq,
        reference=wire.reference(terminal, seq),
        item=matter.item,
        item_version=matter.item_version,
        created=created,
        payload=dict(matter.payload),
        consents=matter.consents,
    )
    return wire.decode(wire.encode(envelope))
