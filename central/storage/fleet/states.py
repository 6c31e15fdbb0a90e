"""How each terminal is. One statement a heartbeat; what changed is written beside it, and seldom does anything."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from central.storage.fleet.tables import (
    fleet_command,
    fleet_desired,
    fleet_forecast,
    fleet_history,
    fleet_sample,
    fleet_span,
    fleet_state,
)
from central.storage.statements import Insert, Upsert, insert, one_of

_state: Final = fleet_state.c
_BEFORE: Final = ("heard_at", "silent_after", "standing", "span_from", "digest", "hour")
_MINE: Final = sa.bindparam("mine", type_=sa.Text)  # RETURNING names columns without their table
_OWN: Final = ("terminal", "first_at", "span_from")
_COLUMNS: Final = tuple(column for column in _state if not column.name.startswith("before_"))
_TOLD: Final = tuple(column.name for column in _COLUMNS if column.name not in _OWN)


class Before(NamedTuple):
    """What a heartbeat found, and what waits for its terminal."""

    heard_at: float | None
    """``None``: it was never heard of before."""
    silent_after: float | None
    standing: str | None
    span_from: float | None
    digest: str | None
    hour: int | None
    open_commands: bool
    configuration: int
    """Desired; 0: none."""
    program: str


@dataclass(frozen=True)
class StateRow:
    """A row of ``fleet_state``. Times are seconds since 1970."""

    terminal: str
    first_at: float
    heard_at: float
    silent_after: float
    standing: str
    span_from: float
    digest: str
    hour: int
    who: str
    session: str
    program: str
    catalogue: int
    configuration: int
    waiting: int
    parked: int
    oldest_at: float | None
    paper: float | None
    document: str


class SpanRow(NamedTuple):
    """A time in which a terminal was heard of without a break and stood the same."""

    terminal: str
    from_at: float
    until_at: float
    standing: str


class SampleRow(NamedTuple):
    terminal: str
    hour: int
    at: float
    waiting: int
    supplies: dict[str, float]


class ForecastRow(NamedTuple):
    """Times are seconds since 1970; ``None`` when too little is known, ``latest`` also when it may last for ever."""

    terminal: str
    supply: str
    """``device.name``"""
    left: float
    a_day: float | None = None
    empty_at: float | None = None
    earliest: float | None = None
    latest: float | None = None


def _of_terminal(table: sa.Table, column: sa.Column[Any], default: Any) -> sa.ColumnElement[Any]:
    found = sa.select(column).where(table.c.terminal == _MINE).scalar_subquery()
    return sa.func.coalesce(found, default)


def _beat(new: Insert) -> sa.Executable:
    come = new.excluded
    goes_on = (_state.standing == come.standing) & (come.heard_at <= _state.silent_after)
    told: dict[str, sa.ColumnElement[Any]] = {name: come[name] for name in _TOLD}
    told["span_from"] = sa.case((goes_on, _state.span_from), else_=come.span_from)
    told |= {f"before_{name}": _state[name] for name in _BEFORE}
    waits = sa.exists().where(fleet_command.c.terminal == _MINE, fleet_command.c.ended_at.is_(None))
    return new.on_conflict_do_update(index_elements=[_state.terminal], set_=told).returning(
        *(_state[f"before_{name}"] for name in _BEFORE),
        waits.label("open_commands"),
        _of_terminal(fleet_desired, fleet_desired.c.configuration, 0),
        _of_terminal(fleet_desired, fleet_desired.c.program, ""),
    )


_BEAT: Final = Upsert(fleet_state, _beat)


_ASKED_FOR: Final = sa.case((_state.who.in_(("staff", "technician")), _state.document), else_="")
_BRIEF: Final = tuple(_ASKED_FOR.label("document") if one is _state.document else one for one in _COLUMNS)


class States:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def beat(self, row: StateRow) -> Before:
        """``first_at`` and ``span_from`` are those of a terminal nobody knew, or whose span ended."""
        values = {**vars(row), "mine": row.terminal}
        return Before(*self._connection.execute(_BEAT.on(self._connection), values).one())

    def end_span(self, row: SpanRow) -> None:
        self._connection.execute(insert(self._connection, fleet_span).on_conflict_do_nothing(), row._asdict())

    def remember(self, terminal: str, at: float, document: str) -> None:
        """What of it changed, into the history."""
        row = {"terminal": terminal, "at": at, "document": document}
        self._connection.execute(insert(self._connection, fleet_history).on_conflict_do_nothing(), row)

    def sample(self, row: SampleRow) -> None:
        """The first of an hour stays."""
        values = row._asdict() | {"supplies": json.dumps(row.supplies)}
        self._connection.execute(insert(self._connection, fleet_sample).on_conflict_do_nothing(), values)

    def one(self, terminal: str) -> StateRow | None:
        row = self._connection.execute(sa.select(*_COLUMNS).where(_state.terminal == terminal)).one_or_none()
        return StateRow(*row) if row else None

    def all(self) -> list[StateRow]:
        """By name; with their documents those alone for whom somebody must act."""
        rows = self._connection.execute(sa.select(*_BRIEF).order_by(_state.terminal))
        return [StateRow(*row) for row in rows]

    def of(self, terminals: Sequence[str]) -> list[StateRow]:
        rows = self._connection.execute(
            sa.select(*_COLUMNS).where(one_of(self._connection, _state.terminal, terminals))
        )
        return [StateRow(*row) for row in rows]

    def count(self, heard_after: float) -> int:
        heard = sa.select(sa.func.count()).select_from(fleet_state).where(_state.heard_at > heard_after)
        return self._connection.execute(heard).scalar_one()

    def totals(self, since: float, until: float, terminal: str | None = None) -> dict[str, dict[str, float]]:
        """Seconds of that time in spans that ended, by terminal and standing; of one terminal or all."""
        span = fleet_span.c
        start = sa.case((span.from_at > since, span.from_at), else_=since)
        end = sa.case((span.until_at < until, span.until_at), else_=until)
        inside = (span.until_at > since, span.from_at < until)
        summed = sa.select(span.terminal, span.standing, sa.func.sum(end - start)).where(*inside)
        if terminal is not None:
            summed = summed.where(span.terminal == terminal)
        found: defaultdict[str, dict[str, float]] = defaultdict(dict)
        for name, standing, seconds in self._connection.execute(summed.group_by(span.terminal, span.standing)):
            found[name][standing] = seconds
        return dict(found)

    def spans(self, terminal: str, since: float) -> list[SpanRow]:
        """Those that ended after ``since``, the oldest first; without the one that goes on."""
        mine = (fleet_span.c.terminal == terminal, fleet_span.c.until_at > since)
        rows = self._connection.execute(sa.select(fleet_span).where(*mine).order_by(fleet_span.c.from_at))
        return [SpanRow(*row) for row in rows]

    def history(self, terminal: str, limit: int) -> list[tuple[float, dict[str, Any]]]:
        """The newest first."""
        mine = sa.select(fleet_history.c.at, fleet_history.c.document).where(fleet_history.c.terminal == terminal)
        rows = self._connection.execute(mine.order_by(fleet_history.c.at.desc()).limit(limit))
        return [(at, json.loads(document)) for at, document in rows]

    def samples(self, terminal: str, since: float) -> list[SampleRow]:
        """The oldest first."""
        mine = (fleet_sample.c.terminal == terminal, fleet_sample.c.at >= since)
        rows = self._connection.execute(sa.select(fleet_sample).where(*mine).order_by(fleet_sample.c.hour))
        return [SampleRow(row.terminal, row.hour, row.at, row.waiting, json.loads(row.supplies)) for row in rows]

    def foresee(self, terminal: str, rows: Sequence[ForecastRow]) -> None:
        """In place of what was foreseen for it before."""
        self._connection.execute(sa.delete(fleet_forecast).where(fleet_forecast.c.terminal == terminal))
        if rows:
            self._connection.execute(sa.insert(fleet_forecast), [row._asdict() for row in rows])

    def foreseen(self, terminal: str | None = None) -> list[ForecastRow]:
        """Of one terminal or all; what is used up first comes first, and last what nobody can tell."""
        chosen = sa.select(fleet_forecast).order_by(fleet_forecast.c.empty_at.nulls_last(), fleet_forecast.c.terminal)
        if terminal is not None:
            chosen = chosen.where(fleet_forecast.c.terminal == terminal)
        return [ForecastRow(*row) for row in self._connection.execute(chosen)]

    def forget(self, before: float) -> None:
        """What is older than that: spans, changes and samples."""
        self._connection.execute(sa.delete(fleet_span).where(fleet_span.c.until_at < before))
        self._connection.execute(sa.delete(fleet_history).where(fleet_history.c.at < before))
        self._connection.execute(sa.delete(fleet_sample).where(fleet_sample.c.at < before))
