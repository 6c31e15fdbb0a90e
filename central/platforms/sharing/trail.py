"""Sharing with a trail: no item is fetched before it is on record who asked for it, for what and with whose consent."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from uuid6 import uuid7

from central.platforms.desk import Desk, as_problem
from central.platforms.errors import WrongAnswer
from central.platforms.identity.checks import IdentityChecks
from central.platforms.sharing.contract import DataSharing, Item, Shared
from central.problems import Problem
from central.storage.database import Storage
from central.storage.identity import Access

_FIRMS: Final = "firms"
MOST: Final = 200
"""Accesses that are listed."""


@dataclass(frozen=True, repr=False)
class Ask:
    number: str
    items: Sequence[str]
    service: str
    """Code of the catalogue."""
    consent: str
    """The text that was agreed to, with its version: ``social-insurance-proof-2``."""
    evidence: str
    """Of the identity check."""


@dataclass(frozen=True, repr=False)
class SharingTrail:
    """Raises :class:`Problem`, ``StorageUnavailable``."""

    desk: Desk[DataSharing]
    storage: Storage
    identity: IdentityChecks
    now: Callable[[], float]

    def items(self) -> Sequence[Item]:
        items = self.desk.put(lambda sharing: sharing.items())
        if not items:
            raise as_problem(self.desk.name, WrongAnswer())
        return items

    def fetch(self, terminal: str, ask: Ask) -> Sequence[Shared]:
        """An access that then fails is on record too."""
        subject = self.identity.prove(terminal, ask.evidence, ask.number)
        sources = {item.code: item.source["zh-Hans"] for item in self.items()}
        if unknown := [code for code in ask.items if code not in sources]:
            detail = f"{len(unknown)} of the items are unknown."
            raise Problem(404, detail, "GET /v1/platforms/sharing/items lists them.", kind="not-found")
        now = self.now()
        accesses = [
            Access(terminal, str(uuid7()), subject, code, sources[code], ask.service, ask.consent, ask.evidence, now)
            for code in ask.items
        ]
        with self.storage.transaction() as transaction:
            transaction.identity.note(accesses)
        shared = self.desk.put(lambda sharing: sharing.fetch(ask.number, ask.items))
        if [one.item for one in shared] != list(ask.items):
            raise as_problem(self.desk.name, WrongAnswer())
        return shared

    def acting_for(self, number: str, firm: str | None) -> str:
        """Whose affairs it is about: the person's own, or those of the firm if the person acts for it."""
        if firm is None:
            return number
        (firms,) = self.desk.put(lambda sharing: sharing.fetch(number, [_FIRMS]))
        if firm not in {one["code"] for one in firms.value or ()}:
            detail = "This person does not act for that firm."
            raise Problem(403, detail, "Compare the code with the business licence.", kind="not-acting")
        return firm

    def accesses(self, terminal: str, evidence: str, number: str) -> list[Access]:
        """To this person's data, from all terminals, the newest first."""
        subject = self.identity.prove(terminal, evidence, number)
        with self.storage.reading() as transaction:
            return transaction.identity.accesses(subject, MOST)
