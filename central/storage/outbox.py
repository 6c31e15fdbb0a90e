"""What is to be told to the departments: written in the transaction it tells of, deleted once the broker has it."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import sqlalchemy as sa
from sqlalchemy import BigInteger, Column, Double, Integer, Table, Text
from sqlalchemy.engine import Connection

from central.storage.statements import Insert, Upsert
from central.storage.tables import metadata

outbox: Final = Table(  # one row a transaction, however many events it has: small, and emptied all the time
    "outbox",
    metadata,
    # Who changes a case holds it until she commits, and takes her number while she does: of one case, what has the
    # lower number was committed before what has the higher one could take it.
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column(
        "key",
        Text,
        nullable=False,
        doc="begins the ids of its messages; never used twice, not even after a restore",
    ),
    Column("created_at", Double, nullable=False),
    Column("events", Text, nullable=False, doc="JSON"),
    sqlite_autoincrement=True,
)

outbox_lead: Final = Table(  # one row: which worker passes on, so that the others need not
    "outbox_lead",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("holder", Text, nullable=False),
    Column("until_at", Double, nullable=False),
)


@dataclass(frozen=True)
class Letter:
    """A row of ``outbox``."""

    id: int
    key: str
    created_at: float
    events: Sequence[dict[str, Any]]


@dataclass(frozen=True)
class Depth:
    letters: int
    oldest_at: float | None
    """Seconds since 1970."""
    holder: str
    """The worker that passes on, or did last."""


def _lead(new: Insert) -> sa.Executable:
    old, come = outbox_lead.c, new.excluded
    length = sa.bindparam("length", type_=Double)
    # an end further away than a turn is long was written by a clock that has been set back since
    is_free = sa.or_(
        old.holder == come.holder, old.until_at <= come.until_at - length, old.until_at > come.until_at + length
    )
    taken = new.on_conflict_do_update(
        index_elements=[old.id], set_={"holder": come.holder, "until_at": come.until_at}, where=is_free
    )
    return taken.returning(old.id)


_LEAD: Final = Upsert(outbox_lead, _lead)
_ADD: Final = sa.insert(outbox)


class Outbox:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, key: str, events: Sequence[dict[str, Any]], now: float) -> None:
        """Last in its transaction: see the table."""
        row = {"key": key, "created_at": now, "events": json.dumps(events, ensure_ascii=False)}
        self._connection.execute(_ADD, row)

    def lead(self, holder: str, now: float, seconds: float) -> bool:
        """Whether ``holder`` passes on for so long from now."""
        row = {"id": 1, "holder": holder, "until_at": now + seconds, "length": seconds}
        return self._connection.execute(_LEAD.on(self._connection), row).one_or_none() is not None

    def oldest(self, limit: int) -> list[Letter]:
        rows = self._connection.execute(sa.select(outbox).order_by(outbox.c.id).limit(limit))
        return [Letter(row.id, row.key, row.created_at, _events(row.events)) for row in rows]

    def remove(self, ids: Collection[int]) -> None:
        self._connection.execute(sa.delete(outbox).where(outbox.c.id.in_(ids)))

    def depth(self) -> Depth:
        counted = sa.select(sa.func.count(), sa.func.min(outbox.c.created_at)).select_from(outbox)
        letters, oldest = self._connection.execute(counted).one()
        holder = self._connection.execute(sa.select(outbox_lead.c.holder)).scalar_one_or_none()
        return Depth(letters, oldest, holder or "")


def _events(text: str) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", json.loads(text))
