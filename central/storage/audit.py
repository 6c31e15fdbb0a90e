"""Who did what: rows that are only ever added, each sealed by the digest of the one before it."""

from dataclasses import dataclass
from typing import Final, Literal

import sqlalchemy as sa
from sqlalchemy import BigInteger, Column, Double, Index, Integer, Table, Text
from sqlalchemy.engine import Connection

from central.storage.statements import Insert, Upsert
from central.storage.tables import metadata

Phase = Literal["", "begun", "done", "failed"]

audit: Final = Table(
    "audit",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Double, nullable=False),
    Column("employee", Text, nullable=False, doc="by the name she signs in with; empty: the centre itself"),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False, doc="what it was done to; nothing personal of a citizen"),
    Column("detail", Text, nullable=False),
    Column("phase", Text, nullable=False, doc="begun, then done or failed, of what takes long; else empty"),
    Column("refers", BigInteger, doc="of done and failed: the row that begun it"),
    Column("digest", Text, nullable=False, doc="over this row and the digest before it"),
    Index("audit_employee", "employee", "seq"),
    Index("audit_subject", "subject", "seq"),
    Index("audit_refers", "refers"),
)

audit_head: Final = Table(  # one row: whoever adds waits for whoever added before
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("digest", Text, nullable=False),
)


@dataclass(frozen=True)
class AuditRow:
    seq: int
    at: float
    """Seconds since 1970."""
    employee: str
    action: str
    subject: str
    detail: str
    phase: Phase
    refers: int | None
    digest: str


@dataclass(frozen=True)
class Head:
    """Of the chain: where it ends."""

    seq: int = 0
    digest: str = ""


@dataclass(frozen=True)
class Filter:
    """Empty: whatever it is. ``since`` and ``until`` in seconds since 1970."""

    employee: str = ""
    action: str = ""
    """Its beginning: ``account.`` finds all that is done to accounts."""
    subject: str = ""
    since: float | None = None
    until: float | None = None

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        told = (
            (self.employee, lambda: audit.c.employee == self.employee),
            (self.action, lambda: audit.c.action.startswith(self.action, autoescape=True)),
            (self.subject, lambda: audit.c.subject == self.subject),
            (self.since is not None, lambda: audit.c.at >= self.since),
            (self.until is not None, lambda: audit.c.at < self.until),
        )
        return [condition() for asked, condition in told if asked]


def _hold(new: Insert) -> sa.Executable:
    held = new.on_conflict_do_update(index_elements=[audit_head.c.id], set_={"seq": audit_head.c.seq})
    return held.returning(audit_head.c.seq, audit_head.c.digest)


_HOLD: Final = Upsert(audit_head, _hold)
_ADD: Final = sa.insert(audit)


class Audit:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def hold(self) -> Head:
        """The end of the chain; others that would add wait until the transaction ends."""
        first = {"id": 1, "seq": 0, "digest": ""}
        return Head(*self._connection.execute(_HOLD.on(self._connection), first).one())

    def add(self, row: AuditRow) -> None:
        """After :meth:`hold`."""
        self._connection.execute(_ADD, vars(row))
        self._connection.execute(sa.update(audit_head).values(seq=row.seq, digest=row.digest))

    def head(self) -> Head:
        row = self._connection.execute(sa.select(audit_head.c.seq, audit_head.c.digest)).one_or_none()
        return Head(*row) if row else Head()

    def count(self, chosen: Filter) -> int:
        counted = sa.select(sa.func.count()).select_from(audit).where(*chosen.conditions())
        return self._connection.execute(counted).scalar_one()

    def find(self, chosen: Filter, *, limit: int, offset: int = 0) -> list[AuditRow]:
        """The newest first."""
        asked = sa.select(audit).where(*chosen.conditions()).order_by(audit.c.seq.desc())
        return [AuditRow(*row) for row in self._connection.execute(asked.limit(limit).offset(offset))]

    def at(self, seq: int) -> AuditRow | None:
        row = self._connection.execute(sa.select(audit).where(audit.c.seq == seq)).one_or_none()
        return AuditRow(*row) if row else None

    def actions(self) -> list[str]:
        """Those there are, by name."""
        return list(self._connection.execute(sa.select(audit.c.action).distinct().order_by(audit.c.action)).scalars())

    def unended(self) -> list[AuditRow]:
        """Begun, and nobody has said how it ended: it goes on, or its process died."""
        ended = sa.select(audit.c.refers).where(audit.c.refers.is_not(None))
        asked = sa.select(audit).where(audit.c.phase == "begun", audit.c.seq.not_in(ended)).order_by(audit.c.seq)
        return [AuditRow(*row) for row in self._connection.execute(asked)]

    def after(self, seq: int, *, limit: int) -> list[AuditRow]:
        """The oldest first."""
        asked = sa.select(audit).where(audit.c.seq > seq).order_by(audit.c.seq).limit(limit)
        return [AuditRow(*row) for row in self._connection.execute(asked)]
