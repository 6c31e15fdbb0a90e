"""Tickets of poor ratings: taken by somebody, put right, answered; the citizen reads the answer at her next visit."""

from collections.abc import Callable
from dataclasses import dataclass

from central.casework.counter import seal_word
from central.casework.errors import ChangedMeanwhile, NoSuchCase
from central.casework.items import Services
from central.casework.opening import told
from central.casework.ratings import Desk, Ticket
from central.fanout.outgoing import Outgoing
from central.sealing import Sealer
from central.staff.audit import audit
from central.staff.roles import Employee
from central.storage.casework import Place
from central.storage.database import Storage, Transaction


@dataclass(frozen=True)
class Complaints:
    """Safe from several threads and processes. Raises ``StorageUnavailable``: then nothing was done."""

    storage: Storage
    desk: Desk
    services: Services
    sealer: Sealer
    outgoing: Outgoing
    now: Callable[[], float]

    def take(self, clerk: Employee, place: Place, *, version: int) -> Ticket:
        """Raises :class:`central.casework.errors.CaseworkError`."""
        with self.storage.transaction() as transaction:
            before = self._own(transaction, clerk, place, version)
            return self._change(transaction, clerk, before, self.desk.take(before, clerk.id), "ticket.take")

    def answer(self, clerk: Employee, place: Place, *, version: int, done: str, reply: str) -> Ticket:
        """Raises :class:`central.casework.errors.CaseworkError`."""
        sealed = seal_word(self.sealer, place, "done", done), seal_word(self.sealer, place, "reply", reply)
        with self.storage.transaction() as transaction:
            before = self._own(transaction, clerk, place, version)
            after = self.desk.answer(before, clerk.id, *sealed, self.now())
            return self._change(transaction, clerk, before, after, "ticket.answer")

    def _own(self, transaction: Transaction, clerk: Employee, place: Place, version: int) -> Ticket:
        ticket = transaction.tickets.at([place], to_change=True).get(place)
        if ticket is None or ticket.department != self.services.department(clerk.department or ""):
            raise NoSuchCase
        if ticket.version != version:
            raise ChangedMeanwhile
        return ticket

    def _change(self, transaction: Transaction, clerk: Employee, before: Ticket, after: Ticket, action: str) -> Ticket:
        now = self.now()
        transaction.tickets.change(before, after)
        self.outgoing.tell(transaction, [told(after, now)], now)
        audit(transaction, clerk, action, after.reference, now=now)
        return after
