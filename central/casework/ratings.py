"""Ratings: voluntary, once a matter; a poor one opens a ticket that somebody has to close. Pure but for the file."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from central.casework.calendar import WorkCalendar, end_of, last_day
from central.casework.case import Alarm
from central.casework.errors import BadData, NotPossible, NotYours, Taken

BUNDLED: Final = Path(__file__).with_name("ratings.toml")


class _Level(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: dict[str, str]
    score: int = Field(ge=0, le=10)


class _Ticket(BaseModel):
    model_config = ConfigDict(extra="forbid")

    at_most: int = Field(ge=0, le=5)
    working_days: int = Field(ge=1, le=250)
    remind_days: int = Field(ge=0, le=250)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    levels: dict[int, _Level]
    ticket: _Ticket


class TicketState(StrEnum):
    OPEN = "open"
    IN_HAND = "in_hand"
    ANSWERED = "answered"


@dataclass(frozen=True, repr=False)
class Ticket:
    """As it is kept; its fields are the columns of ``rating_ticket``. At most one a matter."""

    terminal: str
    id: str
    """Of the matter."""
    reference: str
    item: str
    department: str
    person: str | None
    stars: int
    opened_at: float
    due_at: float
    state: TicketState = TicketState.OPEN
    version: int = 1
    owner: str | None = None
    done: bytes | None = None
    """Sealed: what was put right."""
    reply: bytes | None = None
    """Sealed: what the citizen is told at her next visit."""
    answered_at: float | None = None
    alarm: Alarm = Alarm.NONE
    next_at: float | None = None

    def __repr__(self) -> str:
        return f"<Ticket {self.reference} {self.state} {self.version}>"

    @property
    def place(self) -> tuple[str, str]:
        return self.terminal, self.id


@dataclass(frozen=True)
class Ratings:
    names: Mapping[int, Mapping[str, str]]
    scores: Mapping[int, int]
    """By stars."""
    at_most: int
    working_days: int
    remind_days: int

    @classmethod
    def load(cls, path: Path = BUNDLED) -> Self:
        """Raises :class:`BadData`, ``OSError``."""
        try:
            read = _File.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
        except ValidationError as error:
            raise BadData(f"{path.name}: {error.errors()[0]['msg']}") from None
        except ValueError as error:
            raise BadData(f"{path.name}: {error}") from None
        if set(read.levels) != set(range(1, 6)):
            raise BadData(f"{path.name}: the levels are 1 to 5")
        names = {stars: level.name for stars, level in read.levels.items()}
        scores = {stars: level.score for stars, level in read.levels.items()}
        return cls(names, scores, read.ticket.at_most, read.ticket.working_days, read.ticket.remind_days)

    def is_poor(self, stars: int) -> bool:
        return stars <= self.at_most

    def score(self, counts: Mapping[int, int]) -> float | None:
        """The mean of so many ratings by stars, 0 to 10; ``None`` of none."""
        total = sum(counts.values())
        return sum(self.scores[stars] * count for stars, count in counts.items()) / total if total else None


@dataclass(frozen=True)
class Desk:
    """What becomes of a ticket. Pure."""

    calendar: WorkCalendar
    ratings: Ratings

    def open(self, ticket: Ticket) -> Ticket:
        """With its day: counted from when it was opened."""
        return self.looked(replace(ticket, due_at=self.calendar.deadline(ticket.opened_at, self.ratings.working_days)))

    def take(self, ticket: Ticket, clerk: str) -> Ticket:
        """Raises :class:`Taken`, :class:`NotPossible`."""
        if ticket.state == TicketState.ANSWERED:
            raise NotPossible("the ticket is answered")
        if ticket.owner not in (None, clerk):
            raise Taken
        return replace(ticket, state=TicketState.IN_HAND, owner=clerk, version=ticket.version + 1)

    def answer(self, ticket: Ticket, clerk: str, done: bytes, reply: bytes, now: float) -> Ticket:
        """Raises :class:`NotYours`."""
        if ticket.state != TicketState.IN_HAND or ticket.owner != clerk:
            raise NotYours
        return replace(
            ticket, state=TicketState.ANSWERED, version=ticket.version + 1, done=done, reply=reply, answered_at=now,
            alarm=Alarm.NONE, next_at=None,
        )  # fmt: skip

    def due(self, tickets: Iterable[Ticket], now: float) -> list[Ticket]:
        """Those that call louder now, as they are then."""
        return [self.looked(replace(one, alarm=alarm)) for one in tickets if (alarm := self._alarm(one, now))]

    def looked(self, ticket: Ticket) -> Ticket:
        """With the time when it calls next."""
        return replace(ticket, next_at=min((at for at, _ in self._ahead(ticket)), default=None))

    def _alarm(self, ticket: Ticket, now: float) -> Alarm:
        return max((alarm for at, alarm in self._ahead(ticket) if at <= now), default=Alarm.NONE)

    def _ahead(self, ticket: Ticket) -> list[tuple[float, Alarm]]:
        if ticket.state == TicketState.ANSWERED:
            return []
        soon = end_of(self.calendar.after(last_day(ticket.due_at), -self.ratings.remind_days))
        calls = [(soon, Alarm.SOON), (ticket.due_at, Alarm.OVERDUE)]
        return [(at, alarm) for at, alarm in calls if alarm > ticket.alarm]
