"""The centre's side of the identity authority: answers are recorded, guessing is stopped, and what reveals a person's
data wants the evidence of a match."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from central.platforms.desk import Desk, as_problem
from central.platforms.errors import WrongAnswer
from central.platforms.identity.contract import Claim, Holder, IdentityAuthority, Verdict
from central.problems import Problem, later
from central.sealing import Blinder
from central.storage.database import Storage
from central.storage.identity import Check

MOST_MISSES: Final = 5
WINDOW: Final = 3600.0
"""Seconds, in which a number may be missed so often at one terminal: elsewhere its holder is not shut out."""
GOOD_FOR: Final = 1800.0
"""Seconds, that evidence opens a person's data at the terminal that got it."""


@dataclass(frozen=True, repr=False)
class IdentityChecks:
    """Raises :class:`Problem`, ``StorageUnavailable``."""

    desk: Desk[IdentityAuthority]
    storage: Storage
    blinder: Blinder
    now: Callable[[], float]

    def verify(self, terminal: str, claim: Claim) -> Verdict:
        subject, now = self.blinder.of("person", claim.number), self.now()
        with self.storage.reading() as transaction:
            if transaction.identity.misses(terminal, subject, now - WINDOW) >= MOST_MISSES:
                raise later(429, "This terminal asked about the number with wrong names too often.", WINDOW)
        verdict = self.desk.put(lambda authority: authority.verify(claim))
        if verdict.number != claim.number:
            raise as_problem(self.desk.name, WrongAnswer())
        self._note(Check(terminal, verdict.evidence, subject, verdict.outcome, now))
        return verdict

    def redeem(self, terminal: str, code: str) -> Holder:
        holder = self.desk.put(lambda authority: authority.redeem(code))
        if holder.code != code:
            raise as_problem(self.desk.name, WrongAnswer())
        self._note(Check(terminal, holder.evidence, self.blinder.of("person", holder.number), "match", self.now()))
        return holder

    def prove(self, terminal: str, evidence: str, number: str) -> str:
        """The person's keyed hash; the evidence must be of a match of this number, here and not long ago."""
        subject = self.blinder.of("person", number)
        with self.storage.reading() as transaction:
            check = transaction.identity.get(terminal, evidence)
        if not check or (check.subject, check.outcome) != (subject, "match") or check.at < self.now() - GOOD_FOR:
            detail = "There is no evidence that this person is at this terminal."
            remedy = "Verify the identity: POST /v1/platforms/identity/verifications."
            raise Problem(403, detail, remedy, kind="no-evidence")
        return subject

    def _note(self, check: Check) -> None:
        with self.storage.transaction() as transaction:
            transaction.identity.add(check)
