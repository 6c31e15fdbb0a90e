"""What clerks do with the matters of their department. Each change is one transaction, with its audit and its event."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from central.casework.calendar import day_of
from central.casework.case import Actor, Case, Move, Step
from central.casework.errors import ChangedMeanwhile, NoSuchCase, NotPossible, NotYours
from central.casework.items import Services
from central.casework.opening import moved
from central.casework.procedure import Procedure
from central.casework.reasons import Reasons
from central.fanout.outgoing import Outgoing
from central.sealing import Sealer
from central.staff.audit import audit
from central.staff.roles import Employee
from central.storage.casework import Place, StepRow
from central.storage.database import Storage, Transaction
from central.storage.matters import StoredMatter

_BY_CLERKS: Final = frozenset(
    {Move.CLAIM, Move.RELEASE, Move.ASK, Move.APPROVE, Move.REFUSE, Move.MAKE_READY, Move.COLLECT}
)


HallOf = Callable[[Transaction, str], str]
"""The name of the hall in which a terminal stands; the terminal's own where it stands in none."""


@dataclass(frozen=True, repr=False)
class Opened:
    """What a citizen has filed, as the clerk who claimed the case reads it."""

    terminal: str
    payload: Mapping[str, Any]
    attachments: tuple[tuple[str, str], ...]
    """Name and digest."""
    filed_at: float


@dataclass(frozen=True)
class Bureau:
    """Safe from several threads and processes. Raises ``StorageUnavailable``: then nothing was done."""

    storage: Storage
    procedure: Procedure
    reasons: Reasons
    services: Services
    sealer: Sealer
    outgoing: Outgoing
    now: Callable[[], float]
    hall_of: HallOf
    """Where what was filed at a terminal is collected."""

    def case(self, transaction: Transaction, clerk: Employee, reference: str, *, to_change: bool = False) -> Case:
        """Of her department, whatever it is called by. Raises :class:`NoSuchCase`."""
        matter = transaction.matters.look_up(reference)
        found = matter and transaction.cases.get((matter.terminal, matter.id), to_change=to_change)
        if not found or found.department != self.department(clerk):
            raise NoSuchCase
        return found

    def department(self, clerk: Employee) -> str:
        return self.services.department(clerk.department or "")

    def move(
        self,
        clerk: Employee,
        reference: str,
        move: Move,
        *,
        version: int,
        reason: str = "",
        missing: tuple[str, ...] = (),
    ) -> Case:
        """``version``: of the case she has seen. Raises :class:`central.casework.errors.CaseworkError`."""
        if move not in _BY_CLERKS:
            raise NotPossible(move)
        now = self.now()
        with self.storage.transaction() as transaction:
            before = self.case(transaction, clerk, reference, to_change=True)
            if before.version != version:
                raise ChangedMeanwhile
            self.reasons.check(move, reason, missing, self.services.named(before.item).materials)
            step = Step(move, Actor.CLERK, clerk.id, reason, missing)
            after = self.procedure.after(before, self._numbered(transaction, before, step, now), now)
            row = StepRow(*after.place, after.version, now, move, after.state, clerk.id, reason, missing)
            transaction.cases.move(before, after, row)
            self.outgoing.tell(transaction, [moved(after, move)], now)
            audit(transaction, clerk, f"matter.{move}", after.reference, reason, now)
        return after

    def open(self, clerk: Employee, reference: str) -> list[Opened]:
        """What was filed, then what was brought besides; who reads it is noted. Raises :class:`NoSuchCase`,
        :class:`NotYours`."""
        with self.storage.transaction() as transaction:
            case = self.case(transaction, clerk, reference)
            if case.clerk != clerk.id:
                raise NotYours
            sources = [(one.source_terminal, one.source_id) for one in transaction.cases.steps(case.place)]
            read = [self._read(transaction, place) for place in (case.place, *sources) if all(place)]
            audit(transaction, clerk, "matter.read", case.reference, now=self.now())
        return [one for one in read if one]

    def _numbered(self, transaction: Transaction, case: Case, step: Step, now: float) -> Step:
        if step.move != Move.MAKE_READY:
            return step
        hall, today = self.hall_of(transaction, case.terminal), day_of(now)
        number = transaction.cases.next_collection(hall, today)
        return Step(step.move, step.actor, step.clerk, hall=hall, collection=f"{today:%m%d}-{number:03d}")

    def _read(self, transaction: Transaction, place: Place) -> Opened | None:
        terminal, matter_id = place
        matter = transaction.matters.find(terminal, [matter_id]).get(matter_id)
        return opened(self.sealer, matter) if matter else None


def opened(sealer: Sealer, matter: StoredMatter) -> Opened | None:
    """The envelope as it came; of matters of the first schema the payload alone was kept."""
    if matter.payload is None:
        return None
    read = cast("dict[str, Any]", json.loads(sealer.open(matter.payload, f"{matter.terminal}\n{matter.id}")))
    payload = read.get("payload", read)
    attachments = tuple((str(one["name"]), str(one["digest"])) for one in read.get("attachments", ()))
    return Opened(matter.terminal, payload, attachments, matter.received_at)
