"""What was asked of the identity authority, and for whom data was fetched: written once, never changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy import Column, Double, Index, Table, Text
from sqlalchemy.engine import Connection

from central.storage.statements import Insert, Upsert
from central.storage.tables import metadata

_BY_TERMINAL: Final = "HASH (terminal)"
_KEPT: Final = 86400.0
"""Seconds a spent code is remembered after its end: clocks of several workers differ by less."""

identity_check: Final = Table(
    "identity_check",
    metadata,
    Column("terminal", Text, primary_key=True),
    Column("evidence", Text, primary_key=True, doc="by which the authority finds its answer again"),
    Column("subject", Text, nullable=False, doc="keyed hash of the identity number"),
    Column("outcome", Text, nullable=False),
    Column("at", Double, nullable=False),
    Index("identity_check_subject", "subject", "at"),
    postgresql_partition_by=_BY_TERMINAL,
)

used_code: Final = Table(  # of the reference authority
    "used_code",
    metadata,
    Column("id", Text, primary_key=True),
    Column("until", Double, nullable=False),
)

sharing_access: Final = Table(
    "sharing_access",
    metadata,
    Column("terminal", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("subject", Text, nullable=False, doc="keyed hash of the identity number"),
    Column("item", Text, nullable=False, doc="what was asked for"),
    Column("source", Text, nullable=False, doc="the office that has it"),
    Column("service", Text, nullable=False, doc="for what: code of the catalogue"),
    Column("consent", Text, nullable=False, doc="the text that was agreed to, with its version"),
    Column("evidence", Text, nullable=False),
    Column("at", Double, nullable=False),
    Index("sharing_access_subject", "subject", "at"),
    postgresql_partition_by=_BY_TERMINAL,
)


@dataclass(frozen=True)
class Check:
    terminal: str
    evidence: str
    subject: str
    outcome: str
    at: float
    """Seconds since 1970."""


@dataclass(frozen=True)
class Access:
    terminal: str
    id: str
    subject: str
    item: str
    source: str
    service: str
    consent: str
    evidence: str
    at: float
    """Seconds since 1970."""


def _spend(new: Insert) -> sa.Executable:
    return new.on_conflict_do_nothing(index_elements=[used_code.c.id]).returning(used_code.c.id)


_SPEND: Final = Upsert(used_code, _spend)


class IdentityRecords:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, check: Check) -> None:
        self._connection.execute(sa.insert(identity_check), vars(check))

    def get(self, terminal: str, evidence: str) -> Check | None:
        mine = (identity_check.c.terminal == terminal, identity_check.c.evidence == evidence)
        row = self._connection.execute(sa.select(identity_check).where(*mine)).one_or_none()
        return Check(*row) if row else None

    def misses(self, terminal: str, subject: str, since: float) -> int:
        """How often that terminal asked about this number with a name that is not its own."""
        mine = (identity_check.c.terminal == terminal, identity_check.c.subject == subject)
        told = (*mine, identity_check.c.at >= since, identity_check.c.outcome != "match")
        return self._connection.execute(sa.select(sa.func.count()).where(*told)).scalar_one()

    def spend(self, code: str, until: float) -> bool:
        """Whether it was not spent before. Codes that ended long ago are forgotten."""
        self._connection.execute(sa.delete(used_code).where(used_code.c.until < until - _KEPT))
        return self._connection.execute(_SPEND.on(self._connection), {"id": code, "until": until}).first() is not None

    def note(self, accesses: Sequence[Access]) -> None:
        self._connection.execute(sa.insert(sharing_access), [vars(one) for one in accesses])

    def accesses(self, subject: str, limit: int) -> list[Access]:
        """Of whose data that is, the newest first."""
        mine = sa.select(sharing_access).where(sharing_access.c.subject == subject)
        rows = self._connection.execute(mine.order_by(sharing_access.c.at.desc(), sharing_access.c.id).limit(limit))
        return [Access(*row) for row in rows]
