"""The audit: who did what to what, in rows that are chained so that none can be changed or taken out unseen.

A chain is no proof against whoever can rewrite all of it. The signed export (:mod:`central.staff.audit_export`) is:
what was exported once must still be there, digest by digest.
"""

import hashlib
import json
import time
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final

from central.staff.roles import Employee
from central.storage.audit import AuditRow, Head, Phase
from central.storage.database import Storage, Transaction

CENTRE: Final = Employee("", "平台", frozenset())
"""What nobody did: the centre itself, by a rule or a time."""
SHELL: Final = Employee("shell", "命令行", frozenset())
"""Whoever has the centre's machine. No account can have this name: it would not be told apart."""
_DOMAIN: Final = "kiosk-audit-1"
_AT_ONCE: Final = 1000


def audit(
    transaction: Transaction, employee: Employee, action: str, subject: str, detail: str = "", now: float | None = None
) -> int:
    """Written when the transaction is, or not at all; returns the row's number. Call it last: other changes wait for
    the end of this transaction from here on.

    ``action`` is ``area.verb`` with a line in ``central/staff/actions.toml``; ``subject`` and ``detail`` hold nothing
    personal of a citizen. ``now``: seconds since 1970, else what the machine's clock says.
    """
    return _add(transaction, _Told(employee.id, action, subject, detail), now)


@contextmanager
def audited(storage: Storage, employee: Employee, action: str, subject: str, detail: str = "") -> Generator[None]:
    """What takes long or leaves the database: ``begun`` is on the disk before, ``done`` or ``failed`` after. A process
    that dies in between leaves ``begun`` alone, which :meth:`central.storage.audit.Audit.unended` finds."""
    told = _Told(employee.id, action, subject, detail, "begun")
    with storage.transaction() as transaction:
        begun = _add(transaction, told, None)
    try:
        yield
    except BaseException as error:
        with storage.transaction() as transaction:
            _add(transaction, replace(told, detail=type(error).__name__, phase="failed", refers=begun), None)
        raise
    with storage.transaction() as transaction:
        _add(transaction, replace(told, phase="done", refers=begun), None)


@dataclass(frozen=True)
class _Told:
    employee: str
    action: str
    subject: str
    detail: str
    phase: Phase = ""
    refers: int | None = None


def _add(transaction: Transaction, told: _Told, now: float | None) -> int:
    head = transaction.audit.hold()
    row = AuditRow(seq=head.seq + 1, at=time.time() if now is None else now, **vars(told), digest="")
    transaction.audit.add(replace(row, digest=digest(row, head.digest)))
    return row.seq


def digest(row: AuditRow, previous: str) -> str:
    """SHA-256, hexadecimal, over the row as JSON with the digest before it in the place of its own."""
    told = {**vars(row), "digest": previous}
    text = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{_DOMAIN}\n{text}".encode()).hexdigest()


def walk(storage: Storage, until: int) -> Generator[AuditRow]:
    """All rows to this number, the oldest first: a thousand a transaction, for whoever takes them may be slow."""
    last = 0
    while last < until:
        with storage.reading() as transaction:
            rows = transaction.audit.after(last, limit=min(_AT_ONCE, until - last))
        if not rows:
            return
        yield from rows
        last = rows[-1].seq


def verified(storage: Storage) -> "Verdict":
    """Of all that is there now."""
    with storage.reading() as transaction:
        head = transaction.audit.head()
    return verify(walk(storage, head.seq), head)


@dataclass(frozen=True)
class Verdict:
    rows: int
    """So many fit, from the first on."""
    broken_at: int | None = None
    """The first that does not fit, or is missing."""


def verify(rows: Iterable[AuditRow], head: Head) -> Verdict:
    """Whether every row is there and as it was written; ``rows`` the oldest first."""
    count, previous = 0, ""
    for row in rows:
        if row.seq != count + 1 or row.digest != digest(row, previous):
            return Verdict(count, count + 1)
        count, previous = row.seq, row.digest
    return Verdict(count, None if Head(count, previous) == head else count + 1)
