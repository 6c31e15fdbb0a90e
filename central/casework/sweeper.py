"""Does what time brings about: alarms and ends. Any number of workers may sweep at once."""

import logging
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Final

from central.casework.case import Case
from central.casework.opening import moved
from central.casework.procedure import Action, Procedure, by_clock
from central.casework.ratings import Desk, Ticket
from central.fanout.events import Event
from central.fanout.outgoing import Outgoing
from central.storage.casework import Place, StepRow
from central.storage.database import Storage, Transaction

log = logging.getLogger(__name__)
AT_ONCE: Final = 100
"""Cases in one transaction: who files or decides meanwhile waits for no more than these."""


@dataclass(frozen=True)
class Sweeper:
    storage: Storage
    procedure: Procedure
    tickets: Desk
    outgoing: Outgoing
    now: Callable[[], float]

    def sweep(self) -> int:
        """Until nothing is due; how much was done. Raises ``StorageUnavailable``: what is left is due still."""
        done = 0
        while some := self._some():
            done += some
        if done:
            log.info("casework: %d cases and tickets called or moved on", done)
        return done

    def _some(self) -> int:
        """How many were due."""
        now = self.now()
        with self.storage.transaction() as transaction:
            cases = transaction.cases.due(now, AT_ONCE)
            tickets = transaction.tickets.due(now, AT_ONCE)
            actions = self.procedure.due(cases, now)
            louder = self.tickets.due(tickets, now)
            events = [self._act(transaction, action, now) for action in actions]
            events += [self._call(transaction, ticket, now) for ticket in louder]
            self._look_again(
                transaction, cases, tickets, {one.case.place for one in actions} | {t.place for t in louder}
            )
            self.outgoing.tell(transaction, events, now)
            return len(cases) + len(tickets)

    def _look_again(
        self, transaction: Transaction, cases: Iterable[Case], tickets: Iterable[Ticket], done: Collection[Place]
    ) -> None:
        """Of what was due by a calendar that has changed since."""
        for case in cases:
            if case.place not in done:
                transaction.cases.call(self.procedure.looked(case))
        for ticket in tickets:
            if ticket.place not in done:
                transaction.tickets.change(ticket, self.tickets.looked(ticket))

    def _act(self, transaction: Transaction, action: Action, now: float) -> Event:
        if action.move is None:
            case = self.procedure.raised(action)
            transaction.cases.call(case)
            return _alarm(case, now)
        after = self.procedure.after(action.case, by_clock(action.move), now)
        step = StepRow(*after.place, after.version, now, action.move, after.state)
        transaction.cases.move(action.case, after, step)
        return moved(after, action.move)

    def _call(self, transaction: Transaction, ticket: Ticket, now: float) -> Event:
        transaction.tickets.change(ticket, ticket)
        return _alarm(ticket, now)


def _alarm(one: Case | Ticket, now: float) -> Event:
    name = one.alarm.name.lower()
    return Event("alarm", one.department, one.item, one.reference, one.state, now, one.version, detail=name)
