"""What citizens see and do at any terminal, with their card and, where it is one matter, its reference."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from central.casework.case import Actor, Case, Move, State, Step
from central.casework.errors import NoSuchCase
from central.casework.opening import moved
from central.casework.people import People
from central.casework.procedure import Procedure
from central.casework.ratings import Ticket
from central.fanout.outgoing import Outgoing
from central.rules import NO_SERVICE
from central.sealing import Sealer
from central.storage.casework import Place, StepRow
from central.storage.database import Storage, Transaction
from central.storage.matters import StoredMatter

MOST: Final = 50
"""Matters of a person that are shown, the newest first."""


@dataclass(frozen=True, repr=False)
class Standing:
    """One matter of a person, and how it stands."""

    matter: StoredMatter
    case: Case | None
    """``None``: a rule of the centre decided when it was filed."""
    ticket: Ticket | None = None
    done: str = ""
    """What was put right after a poor rating, opened."""
    reply: str = ""


@dataclass(frozen=True)
class Counter:
    """Safe from several threads and processes. Raises ``StorageUnavailable``: then nothing was done."""

    storage: Storage
    procedure: Procedure
    sealer: Sealer
    people: People
    outgoing: Outgoing
    now: Callable[[], float]

    def mine(self, number: str) -> list[Standing]:
        """Of the person with this identity number; the newest first."""
        with self.storage.reading() as transaction:
            matters = transaction.matters.of_person(self.people.of(number), MOST)
            return self._standings(transaction, [one for one in matters if one.item not in NO_SERVICE])

    def standing(self, transaction: Transaction, matter: StoredMatter) -> Standing:
        return self._standings(transaction, [matter])[0]

    def result(self, reference: str, number: str) -> tuple[Standing, dict[str, Any]]:
        """What was issued when it was filed, to be printed again. Raises :class:`NoSuchCase`."""
        with self.storage.reading() as transaction:
            matter = self._own(transaction, reference, number)
            standing = self.standing(transaction, matter)
        if matter.result is None:
            return standing, {}
        return standing, cast("dict[str, Any]", json.loads(self.sealer.open(matter.result, _place(matter))))

    def collect(self, reference: str, number: str) -> Standing:
        """Raises :class:`NoSuchCase`, :class:`central.casework.errors.NotPossible`."""
        return self._move(reference, number, Move.COLLECT, State.COLLECTED)

    def withdraw(self, reference: str, number: str) -> Standing:
        """Raises :class:`NoSuchCase`, :class:`central.casework.errors.NotPossible`."""
        return self._move(reference, number, Move.WITHDRAW, State.WITHDRAWN)

    def _move(self, reference: str, number: str, move: Move, done: State) -> Standing:
        now = self.now()
        with self.storage.transaction() as transaction:
            matter = self._own(transaction, reference, number)
            before = transaction.cases.get((matter.terminal, matter.id), to_change=True)
            if before is None:
                raise NoSuchCase
            if before.state == done:
                # asked again: an answer that acknowledges has to write, or it may say what a standby never heard of
                transaction.cases.call(before)
                return self.standing(transaction, matter)
            after = self.procedure.after(before, Step(move, Actor.CITIZEN), now)
            transaction.cases.move(before, after, StepRow(*after.place, after.version, now, move, after.state))
            self.outgoing.tell(transaction, [moved(after, move)], now)
            return self.standing(transaction, matter)

    def _own(self, transaction: Transaction, reference: str, number: str) -> StoredMatter:
        matter = transaction.matters.look_up(reference)
        if matter is None or matter.person is None or matter.person != self.people.of(number):
            raise NoSuchCase
        return matter

    def _standings(self, transaction: Transaction, matters: Sequence[StoredMatter]) -> list[Standing]:
        places: list[Place] = [(one.terminal, one.id) for one in matters]
        cases, tickets = transaction.cases.at(places), transaction.tickets.at(places)
        return [
            Standing(one, cases.get(place), tickets.get(place), *self._said(tickets.get(place)))
            for one, place in zip(matters, places, strict=True)
        ]

    def _said(self, ticket: Ticket | None) -> tuple[str, str]:
        if ticket is None or ticket.done is None or ticket.reply is None:
            return "", ""
        return said(self.sealer, ticket)


def seal_word(sealer: Sealer, place: Place, field: str, text: str) -> bytes:
    """Of a ticket: people write what they like."""
    return sealer.seal(text.encode(), _ticket_place(place, field))


def said(sealer: Sealer, ticket: Ticket) -> tuple[str, str]:
    """What was put right, and the reply; empty before it is answered."""
    found = (("done", ticket.done), ("reply", ticket.reply))
    done, reply = (sealer.open(one, _ticket_place(ticket.place, name)).decode() if one else "" for name, one in found)
    return done, reply


def _ticket_place(place: Place, field: str) -> str:
    return "\n".join(("ticket", *place, field))


def _place(matter: StoredMatter) -> str:
    return f"{matter.terminal}\n{matter.id}"
