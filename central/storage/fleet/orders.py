"""Work for people: one order for what is wrong, until it is right."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from central.storage.fleet.tables import fleet_order
from central.storage.statements import insert, one_of

_order: Final = fleet_order.c
_open: Final = _order.closed_at.is_(None)


def open_key(terminal: str, source: str, subject: str) -> str:
    """What an order is about: one at a time."""
    return f"{terminal} {source} {subject}"


@dataclass(frozen=True)
class NewOrder:
    terminal: str
    source: str
    """``fault``, ``silence`` or ``help``."""
    subject: str
    who: str
    severity: str
    opened_at: float
    due_at: float

    @property
    def open_key(self) -> str:
        return open_key(self.terminal, self.source, self.subject)


@dataclass(frozen=True)
class OrderRow:
    """Times are seconds since 1970."""

    number: int
    open_key: str | None
    terminal: str
    source: str
    subject: str
    who: str
    severity: str
    opened_at: float
    due_at: float
    assigned_to: str
    escalated_at: float | None
    closed_at: float | None
    closed_by: str
    reason: str


class Orders:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def open(self, orders: Iterable[NewOrder]) -> None:
        """What is open already stays one order."""
        rows = [
            vars(one) | {"open_key": one.open_key, "assigned_to": "", "closed_by": "", "reason": ""} for one in orders
        ]
        if rows:
            self._connection.execute(insert(self._connection, fleet_order).on_conflict_do_nothing(), rows)

    def one(self, number: int) -> OrderRow | None:
        found = self._select(_order.number == number)
        return found[0] if found else None

    def by_subject(self, terminal: str, source: str, subject: str) -> OrderRow | None:
        """The newest, open or closed."""
        mine = (_order.terminal == terminal, _order.source == source, _order.subject == subject)
        found = self._select(*mine)
        return found[-1] if found else None

    def all_open(self, terminal: str | None = None, source: str | None = None) -> list[OrderRow]:
        """The most urgent first."""
        where: list[sa.ColumnElement[bool]] = [_open]
        if terminal is not None:
            where.append(_order.terminal == terminal)
        if source is not None:
            where.append(_order.source == source)
        return self._select(*where, order=_order.due_at)

    def recent(self, limit: int) -> list[OrderRow]:
        """Closed ones, the newest first."""
        return self._select(_order.closed_at.is_not(None), order=_order.closed_at.desc(), limit=limit)

    def dismissed(self, since: float, system: str) -> dict[str, float]:
        """When a person, and not ``system``, last closed one, by what it was about."""
        by_people = sa.select(fleet_order).where(_order.closed_at > since, _order.closed_by != system)
        rows = self._connection.execute(by_people.order_by(_order.closed_at))
        return {open_key(row.terminal, row.source, row.subject): row.closed_at for row in rows}

    def close(self, numbers: Collection[int], *, now: float, by: str, reason: str) -> int:
        """How many were still open."""
        if not numbers:
            return 0
        these = (one_of(self._connection, _order.number, numbers), _open)
        told = {"open_key": None, "closed_at": now, "closed_by": by, "reason": reason}
        return self._connection.execute(sa.update(fleet_order).where(*these).values(told)).rowcount

    def assign(self, number: int, to: str) -> int:
        this = sa.update(fleet_order).where(_order.number == number, _open)
        return self._connection.execute(this.values(assigned_to=to)).rowcount

    def escalate(self, now: float) -> Sequence[int]:
        """Numbers of those that are overdue and were not escalated before."""
        overdue = (_open, _order.due_at < now, _order.escalated_at.is_(None))
        told = sa.update(fleet_order).where(*overdue).values(escalated_at=now).returning(_order.number)
        return self._connection.execute(told).scalars().all()

    def _select(
        self, *where: sa.ColumnElement[bool], order: Any = _order.number, limit: int | None = None
    ) -> list[OrderRow]:
        rows = self._connection.execute(sa.select(fleet_order).where(*where).order_by(order).limit(limit))
        return [OrderRow(**row) for row in rows.mappings()]
