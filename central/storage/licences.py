"""What the licence store of the reference knows beyond the register: licences it issued and those it revoked."""

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy import Column, Double, Index, LargeBinary, Table, Text
from sqlalchemy.engine import Connection

from central.storage.statements import insert
from central.storage.tables import metadata

issued_licence: Final = Table(
    "issued_licence",
    metadata,
    Column("key", Text, primary_key=True, doc="keyed hash of the licence's id"),
    Column("holder", Text, nullable=False, doc="keyed hash of the holder's number"),
    Column("content", LargeBinary, nullable=False, doc="JSON, sealed"),
    Column("issued_at", Double, nullable=False),
    Index("issued_licence_holder", "holder"),
)

revoked_licence: Final = Table(
    "revoked_licence",
    metadata,
    Column("key", Text, primary_key=True, doc="keyed hash of the licence's id"),
    Column("reason", Text, nullable=False, doc="nothing personal"),
    Column("revoked_at", Double, nullable=False),
)


@dataclass(frozen=True, repr=False)
class IssuedRow:
    key: str
    holder: str
    content: bytes
    issued_at: float


class LicenceRecords:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def issue(self, row: IssuedRow) -> None:
        """Once; the same again changes nothing."""
        self._connection.execute(insert(self._connection, issued_licence).on_conflict_do_nothing(), vars(row))

    def issued(self, holder: str) -> list[IssuedRow]:
        mine = sa.select(issued_licence).where(issued_licence.c.holder == holder)
        order = mine.order_by(issued_licence.c.issued_at, issued_licence.c.key)
        return [IssuedRow(*row) for row in self._connection.execute(order)]

    def revoke(self, key: str, reason: str, now: float) -> None:
        values = {"key": key, "reason": reason, "revoked_at": now}
        self._connection.execute(insert(self._connection, revoked_licence).on_conflict_do_nothing(), values)

    def revoked(self, keys: list[str]) -> set[str]:
        """Those of them that are."""
        if not keys:
            return set()
        mine = sa.select(revoked_licence.c.key).where(revoked_licence.c.key.in_(keys))
        return set(self._connection.execute(mine).scalars())
