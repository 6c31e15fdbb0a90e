"""Cases, what happened to each, tickets of poor ratings, and the numbers to collect with.

A case moves only from the version its mover has seen, so of two at once one is told that she was late.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Final, cast

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from central.casework.case import Alarm, Case, Move, State
from central.casework.errors import ChangedMeanwhile
from central.casework.ratings import Ticket, TicketState
from central.storage.casework_tables import case_step, collection_day, department_case, rating_ticket
from central.storage.statements import Bulk, Insert, Upsert

Place = tuple[str, str]
"""Terminal and id of the matter."""


@dataclass(frozen=True)
class StepRow:
    """What happened to a case; nothing personal."""

    terminal: str
    id: str
    version: int
    at: float
    move: Move
    state: State
    clerk: str = ""
    reason: str = ""
    missing: tuple[str, ...] = ()
    source_terminal: str = ""
    source_id: str = ""


@dataclass(frozen=True)
class QueueFilter:
    """Empty: whatever it is."""

    department: str = ""
    states: Collection[State] = ()
    item: str = ""
    clerk: str = ""
    alarm: Alarm = Alarm.NONE
    """At least so loud."""
    promised_before: float | None = None

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        own = department_case.c
        told = (
            (self.department, own.department == self.department),
            (self.states, own.state.in_(self.states)),
            (self.item, own.item == self.item),
            (self.clerk, own.clerk == self.clerk),
            (self.alarm, own.alarm >= self.alarm),
            (self.promised_before is not None, own.promised_at < (self.promised_before or 0.0)),
        )
        return [condition for asked, condition in told if asked]


_CASES: Final = Bulk(department_case)
_TICKETS: Final = Bulk(rating_ticket)


def _next_number(new: Insert) -> sa.Executable:
    key = [collection_day.c.hall, collection_day.c.day]
    more = {"last": collection_day.c.last + 1}
    return new.on_conflict_do_update(index_elements=key, set_=more).returning(collection_day.c.last)


_NEXT_NUMBER: Final = Upsert(collection_day, _next_number)


class Cases:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, cases: Sequence[Case]) -> None:
        """None of which is known."""
        _CASES.add(self._connection, [_plain(one) for one in cases])

    def get(self, place: Place, *, to_change: bool = False) -> Case | None:
        """``to_change``: nobody else changes it until the transaction ends."""
        return self.at([place], to_change=to_change).get(place)

    def at(self, places: Collection[Place], *, to_change: bool = False) -> dict[Place, Case]:
        """By place; held in the order of places, so that nobody waits for another in a ring."""
        if not places:
            return {}
        own = department_case.c
        chosen = sa.select(department_case).where(sa.tuple_(own.terminal, own.id).in_(places))
        if to_change:
            chosen = chosen.order_by(own.terminal, own.id).with_for_update()
        return {one.place: one for one in map(_case, self._connection.execute(chosen).mappings())}

    def move(self, before: Case, after: Case, step: StepRow) -> None:
        """Raises :class:`ChangedMeanwhile` unless the case is what it was ``before``."""
        self._write(before, after)
        self._connection.execute(sa.insert(case_step), vars(step) | {"missing": json.dumps(step.missing)})

    def call(self, case: Case) -> None:
        """A louder alarm."""
        self._write(case, case)

    def steps(self, place: Place) -> list[StepRow]:
        """The oldest first."""
        own = case_step.c
        chosen = sa.select(case_step).where(own.terminal == place[0], own.id == place[1]).order_by(own.version)
        return [_step(row) for row in self._connection.execute(chosen).mappings()]

    def due(self, now: float, limit: int) -> list[Case]:
        """With which the clock has something to do and no other worker is busy; the longest waiting first."""
        waiting = department_case.c.next_at
        chosen = sa.select(department_case).where(waiting <= now).order_by(waiting).limit(limit)
        return [_case(row) for row in self._connection.execute(chosen.with_for_update(skip_locked=True)).mappings()]

    def queue(self, chosen: QueueFilter, *, limit: int, offset: int = 0) -> list[Case]:
        """What is promised first comes first."""
        own = department_case.c
        asked = sa.select(department_case).where(*chosen.conditions()).order_by(own.promised_at, own.terminal, own.id)
        return [_case(row) for row in self._connection.execute(asked.limit(limit).offset(offset)).mappings()]

    def count(self, chosen: QueueFilter) -> int:
        counted = sa.select(sa.func.count()).select_from(department_case).where(*chosen.conditions())
        return self._connection.execute(counted).scalar_one()

    def by_state(self, department: str) -> dict[State, int]:
        """How many there are; of every department if it is empty."""
        own = department_case.c
        counted = sa.select(own.state, sa.func.count()).where(*QueueFilter(department).conditions()).group_by(own.state)
        return {State(state): count for state, count in self._connection.execute(counted)}

    def next_collection(self, hall: str, day: date) -> int:
        """1, 2, 3 ... of this hall and day."""
        first = {"hall": hall, "day": day.isoformat(), "last": 1}
        return self._connection.execute(_NEXT_NUMBER.on(self._connection), first).scalar_one()

    def _write(self, before: Case, after: Case) -> None:
        own = department_case.c
        is_same = (own.terminal == before.terminal, own.id == before.id, own.version == before.version)
        values = dict(zip(own.keys(), _plain(after), strict=True))
        if self._connection.execute(sa.update(department_case).where(*is_same).values(values)).rowcount != 1:
            raise ChangedMeanwhile


class Tickets:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, tickets: Sequence[Ticket]) -> None:
        """None of which is known: a matter is rated once."""
        _TICKETS.add(self._connection, [_plain(one) for one in tickets])

    def at(self, places: Collection[Place], *, to_change: bool = False) -> dict[Place, Ticket]:
        """As :meth:`Cases.at`."""
        if not places:
            return {}
        own = rating_ticket.c
        chosen = sa.select(rating_ticket).where(sa.tuple_(own.terminal, own.id).in_(places))
        if to_change:
            chosen = chosen.order_by(own.terminal, own.id).with_for_update()
        return {one.place: one for one in map(_ticket, self._connection.execute(chosen).mappings())}

    def change(self, before: Ticket, after: Ticket) -> None:
        """Raises :class:`ChangedMeanwhile` unless the ticket is what it was ``before``."""
        own = rating_ticket.c
        is_same = (own.terminal == before.terminal, own.id == before.id, own.version == before.version)
        values = dict(zip(own.keys(), _plain(after), strict=True))
        if self._connection.execute(sa.update(rating_ticket).where(*is_same).values(values)).rowcount != 1:
            raise ChangedMeanwhile

    def due(self, now: float, limit: int) -> list[Ticket]:
        """As :meth:`Cases.due`."""
        waiting = rating_ticket.c.next_at
        chosen = sa.select(rating_ticket).where(waiting <= now).order_by(waiting).limit(limit)
        return [_ticket(row) for row in self._connection.execute(chosen.with_for_update(skip_locked=True)).mappings()]

    def queue(self, department: str, states: Collection[TicketState], *, limit: int, offset: int = 0) -> list[Ticket]:
        """What is due first comes first; of every department if it is empty."""
        own = rating_ticket.c
        asked = sa.select(rating_ticket).where(own.state.in_(states))
        if department:
            asked = asked.where(own.department == department)
        asked = asked.order_by(own.due_at, own.terminal, own.id).limit(limit).offset(offset)
        return [_ticket(row) for row in self._connection.execute(asked).mappings()]


def _plain(row: Case | Ticket) -> tuple[Any, ...]:
    """What the drivers write: text and numbers, no enumerations."""
    return tuple(_plain_value(getattr(row, one.name)) for one in fields(row))


def _plain_value(value: object) -> object:
    match value:
        case State() | TicketState():
            return str(value)
        case Alarm():
            return int(value)
        case tuple():
            return json.dumps(value)
        case _:
            return value


def _case(row: sa.RowMapping) -> Case:
    read: dict[str, Any] = {str(name): value for name, value in row.items()}
    read |= {"state": State(row["state"]), "missing": _codes(row["missing"]), "alarm": Alarm(row["alarm"])}
    return Case(**read)


def _step(row: sa.RowMapping) -> StepRow:
    read: dict[str, Any] = {str(name): value for name, value in row.items()}
    read |= {"move": Move(row["move"]), "state": State(row["state"]), "missing": _codes(row["missing"])}
    return StepRow(**read)


def _ticket(row: sa.RowMapping) -> Ticket:
    read: dict[str, Any] = {str(name): value for name, value in row.items()}
    read |= {"state": TicketState(row["state"]), "alarm": Alarm(row["alarm"])}
    return Ticket(**read)


def _codes(text: str) -> tuple[str, ...]:
    return tuple(cast("list[str]", json.loads(text)))
