"""What every queue obeys: which state a matter may go to from which, and how a new one becomes an envelope. Pure."""

from abc import ABC, abstractmethod
from typing import Final

from offline_queue import envelope as wire
from offline_queue.contract import FINAL, Answer, IllegalMove, MatterState, NewMatter
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


class Outcomes(ABC):
    """How a matter that was sent comes back, as two moves that a queue knows how to write down."""

    def filed(self, matter_id: str, answer: Answer) -> None:
        self._settle(matter_id, MatterState.FILED, answer)

    def refused(self, matter_id: str, answer: Answer) -> None:
        self._settle(matter_id, MatterState.REFUSED, answer)

    def retry(self, matter_id: str, *, not_before: float, error: str) -> None:
        self._put_back(matter_id, MatterState.QUEUED, not_before, error)

    def park(self, matter_id: str, *, error: str) -> None:
        self._put_back(matter_id, MatterState.PARKED, 0.0, error)

    @abstractmethod
    def _settle(self, matter_id: str, state: MatterState, answer: Answer) -> None:
        """The centre has spoken: nothing leads out of ``state``."""

    @abstractmethod
    def _put_back(self, matter_id: str, state: MatterState, not_before: float, error: str) -> None:
        """It stays here, and why."""


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
