"""How the rest of the centre tells: a row of the outbox in its own transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from central.fanout.events import Event
from central.storage.database import Transaction


@dataclass(frozen=True)
class Outgoing:
    enabled: bool = False
    """Whether anybody listens: without a broker nothing is kept for it, or it would grow for ever."""

    def tell(self, transaction: Transaction, events: Sequence[Event], now: float) -> None:
        """The last thing in its transaction (see the table ``outbox``)."""
        if self.enabled and events:
            transaction.outbox.add(uuid4().hex, [vars(event) for event in events], now)
