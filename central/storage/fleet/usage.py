"""What the fleet was used for, counted from the matters themselves."""

from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from central.storage.tables import matter

_HOUR: Final = 3600.0


class Used(NamedTuple):
    terminal: str
    item: str
    filed: int
    refused: int
    rated: int


class Usage:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def counts(self, since: float, until: float) -> list[Used]:
        """Matters received in that time, by terminal and item."""
        rows = self._connection.execute(
            sa.select(
                matter.c.terminal,
                matter.c.item,
                _count(matter.c.state == "filed"),
                _count(matter.c.state == "refused"),
                _count(matter.c.stars.is_not(None)),
            )
            .where(matter.c.received_at >= since, matter.c.received_at < until)
            .group_by(matter.c.terminal, matter.c.item)
            .order_by(matter.c.terminal, matter.c.item)
        )
        return [Used(*row) for row in rows]

    def by_hour(self, since: float, until: float) -> dict[int, int]:
        """How many matters were received in each hour since 1970 that had any."""
        hour = sa.cast(sa.func.floor(matter.c.received_at / _HOUR), sa.BigInteger)
        rows = self._connection.execute(
            sa.select(hour, sa.func.count())
            .where(matter.c.received_at >= since, matter.c.received_at < until)
            .group_by(hour)
        )
        return {row[0]: row[1] for row in rows}


def _count(what: sa.ColumnElement[bool]) -> sa.ColumnElement[Any]:
    return sa.func.sum(sa.case((what, 1), else_=0))
