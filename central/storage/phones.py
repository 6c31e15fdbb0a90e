"""Phones that go on with what a terminal began: short-lived rows, whose content is wiped at the end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import Column, Double, Index, Integer, LargeBinary, Table, Text
from sqlalchemy.engine import Connection

from central.storage.tables import metadata

pairing: Final = Table(  # a few minutes each, so that there are never many
    "pairing",
    metadata,
    Column("terminal", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("token", Text, nullable=False, unique=True, doc="hash of what the QR code holds"),
    Column("phone", Text, nullable=False, doc="hash of the cookie of the one phone; empty: none yet"),
    Column("state", Text, nullable=False),
    Column("tries", Integer, nullable=False, doc="wrong numbers typed at the terminal"),
    Column("expires_at", Double, nullable=False),
    Column("content", LargeBinary, doc="JSON, sealed: what the terminal gave"),
    Column("brought", LargeBinary, doc="sealed: what the phone brought"),
    Index("pairing_expiry", "expires_at"),
)


@dataclass(frozen=True, repr=False)
class PairingRow:
    terminal: str
    id: str
    token: str
    phone: str
    state: str
    tries: int
    expires_at: float
    content: bytes | None
    brought: bytes | None = None


class Pairings:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, row: PairingRow) -> None:
        self._connection.execute(sa.insert(pairing), vars(row))

    def get(self, terminal: str, pairing_id: str) -> PairingRow | None:
        return self._one(sa.and_(pairing.c.terminal == terminal, pairing.c.id == pairing_id))

    def by_token(self, token: str) -> PairingRow | None:
        return self._one(pairing.c.token == token)

    def move(self, row: PairingRow, before: Sequence[str], values: Mapping[str, Any]) -> bool:
        """Whether it was in one of the states ``before``, and so is as ``values`` say now."""
        here = (pairing.c.terminal == row.terminal, pairing.c.id == row.id, pairing.c.state.in_(before))
        return self._connection.execute(sa.update(pairing).where(*here).values(**values)).rowcount == 1

    def forget(self, now: float) -> int:
        """All that have ended by then; how many those were."""
        return self._connection.execute(sa.delete(pairing).where(pairing.c.expires_at <= now)).rowcount

    def _one(self, where: sa.ColumnElement[bool]) -> PairingRow | None:
        row = self._connection.execute(sa.select(pairing).where(where)).one_or_none()
        return PairingRow(*row) if row else None
