"""What follows from a batch that is filed, in its transaction: cases, supplements, tickets, word to the departments.

A matter that comes back opens nothing the second time: only what is new to the centre gets here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from central import numbers
from central.casework.case import Actor, Case, Move, State, Step
from central.casework.items import Services
from central.casework.people import People
from central.casework.procedure import Filed, Procedure
from central.casework.ratings import Desk as TicketDesk
from central.casework.ratings import Ticket
from central.casework.supplements import Supplements, reference_in
from central.fanout.events import Event
from central.fanout.outgoing import Outgoing
from central.rules import NO_SERVICE, SUPPLEMENT
from central.storage.casework import Place, StepRow
from central.storage.database import Transaction
from central.storage.matters import StoredMatter
from offline_queue.envelope import Envelope

_BY_CITIZEN: Final = Step(Move.SUPPLEMENT, Actor.CITIZEN)


@dataclass(frozen=True)
class Opening:
    procedure: Procedure
    tickets: TicketDesk
    services: Services
    people: People
    outgoing: Outgoing

    def supplements(self, transaction: Transaction, envelopes: Iterable[Envelope]) -> Supplements:
        """What the supplements of a batch are for."""
        wanted = {reference_in(one.payload) for one in envelopes if one.item == SUPPLEMENT}
        owners = {(terminal, place) for reference in wanted for terminal, place in numbers.places_of(reference)}
        places = transaction.matters.ids_at(owners) if owners else []
        held = transaction.cases.at(places, to_change=True)
        return Supplements({case.reference: case for case in held.values()})

    def follow(
        self,
        transaction: Transaction,
        matters: Sequence[StoredMatter],
        rated: Sequence[tuple[StoredMatter, int]],
        supplements: Supplements,
        now: float,
    ) -> None:
        """``matters`` are new and stored, ``rated`` got these stars just now."""
        filed = [one for one in matters if one.state == "filed" and one.item not in NO_SERVICE]
        cases = [case for one in filed if (case := self._case(one, now))]
        transaction.cases.add(cases)
        events = [event for one in filed if (event := self._filed(one, now))] if self.outgoing.enabled else []
        events += [self._supplemented(transaction, one, case, now) for one, case in supplements.taken.items()]
        events += self._rated(transaction, rated, now)
        self.outgoing.tell(transaction, events, now)

    def _case(self, matter: StoredMatter, now: float) -> Case | None:
        handling = self.services(matter.item)
        if handling is None or not handling.by_department:
            return None
        filed = Filed(matter.terminal, matter.id, matter.reference, matter.number or "", matter.person)
        return self.procedure.open(filed, handling, now)

    def _filed(self, matter: StoredMatter, now: float) -> Event | None:
        handling = self.services(matter.item)
        if handling is None:
            return None
        state, version = (State.RECEIVED, 1) if handling.by_department else ("filed", 0)
        return Event("filed", handling.department, matter.item, matter.reference, state, now, version)

    def _supplemented(self, transaction: Transaction, source: Place, case: Case, now: float) -> Event:
        after = self.procedure.after(case, _BY_CITIZEN, now)
        terminal, matter_id = source
        step = StepRow(
            *case.place, after.version, now, Move.SUPPLEMENT, after.state, source_terminal=terminal, source_id=matter_id
        )
        transaction.cases.move(case, after, step)
        return moved(after, Move.SUPPLEMENT)

    def _rated(self, transaction: Transaction, rated: Sequence[tuple[StoredMatter, int]], now: float) -> list[Event]:
        poor = [self._ticket(one, stars, now) for one, stars in rated if self.tickets.ratings.is_poor(stars)]
        transaction.tickets.add(poor)
        events = [
            Event("rated", self._department(one), one.item, one.reference, one.state, now, detail=str(stars))
            for one, stars in rated
        ]
        return events + [told(ticket, now) for ticket in poor]

    def _ticket(self, matter: StoredMatter, stars: int, now: float) -> Ticket:
        ticket = Ticket(
            matter.terminal, matter.id, matter.reference, matter.item, self._department(matter), matter.person,
            stars, opened_at=now, due_at=now,
        )  # fmt: skip
        return self.tickets.open(ticket)

    def _department(self, matter: StoredMatter) -> str:
        handling = self.services(matter.item)
        return handling.department if handling else ""


def moved(case: Case, move: Move) -> Event:
    return Event(
        "moved", case.department, case.item, case.reference, case.state, case.moved_at, case.version, detail=move
    )


def told(ticket: Ticket, now: float) -> Event:
    return Event(
        "ticket", ticket.department, ticket.item, ticket.reference, ticket.state, now, ticket.version,
        detail=str(ticket.stars),
    )  # fmt: skip
