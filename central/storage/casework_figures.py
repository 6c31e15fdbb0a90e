"""Figures for charts: how much comes, what is decided in time, what citizens think of it."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from central.casework.case import Move
from central.storage.casework_tables import case_step, department_case
from central.storage.tables import matter

HOUR = 3600.0


@dataclass(frozen=True)
class Decided:
    """Of one service."""

    item: str
    in_time: int
    late: int


class Figures:
    """Each looks at a stretch of time, not at all there is."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def filed_by_hour(self, since: float, hours: int) -> list[int]:
        """Of all terminals, from ``since`` on."""
        hour = sa.cast(sa.func.floor((matter.c.received_at - since) / HOUR), sa.Integer)
        window = (matter.c.received_at >= since, matter.c.received_at < since + hours * HOUR)
        counted = sa.select(hour, sa.func.count()).where(*window, matter.c.state == "filed").group_by(hour)
        found = {int(at): count for at, count in self._connection.execute(counted)}
        return [found.get(at, 0) for at in range(hours)]

    def decided(self, since: float, department: str = "") -> list[Decided]:
        """In time is what was decided before the promised day had ended."""
        case, step = department_case.c, case_step.c
        is_late = sa.case((step.at >= case.promised_at, 1), else_=0)
        joined = sa.select(case.item, sa.func.count(), sa.func.sum(is_late)).join_from(
            case_step, department_case, sa.and_(step.terminal == case.terminal, step.id == case.id)
        )
        chosen = joined.where(step.at >= since, step.move.in_([Move.APPROVE, Move.REFUSE]))
        if department:
            chosen = chosen.where(case.department == department)
        rows = self._connection.execute(chosen.group_by(case.item).order_by(case.item))
        return [Decided(item, total - int(late), int(late)) for item, total, late in rows]

    def stars(self, since: float) -> dict[int, int]:
        """How many gave so many, of what was filed since."""
        own = matter.c
        counted = sa.select(own.stars, sa.func.count()).where(own.received_at >= since, own.stars.is_not(None))
        return {int(row[0]): int(row[1]) for row in self._connection.execute(counted.group_by(own.stars))}
