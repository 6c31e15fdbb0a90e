"""Terminals report, and are told what to do."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from zlib import crc32

from central.fleet import health
from central.fleet.errors import UnknownTerminal
from central.fleet.forecast import Reading, forecast
from central.fleet.health import Judged
from central.fleet.pacing import Pace, pace
from central.fleet.wire import ENDED, MOST_COMMANDS, Command, Commands, Desired, Heartbeat, Orders, Result
from central.fleet.working import help_order
from central.storage.database import Storage, Transaction
from central.storage.fleet.commands import CommandRow
from central.storage.fleet.states import Before, ForecastRow, SampleRow, SpanRow, StateRow

_COUNTED: Final = 60.0
"""Seconds for which the size of the fleet is good."""
_FORECAST_DAYS: Final = 14
_LATELY: Final = 3600.0
"""Who was heard of since then is part of the fleet."""


class Contact:
    """Safe from several threads. All of it raises ``StorageUnavailable``."""

    def __init__(self, storage: Storage, now: Callable[[], float]) -> None:
        self._storage = storage
        self._now = now
        self._pace = pace(0)
        self._paced_at: float | None = None

    def heartbeat(self, terminal: str, beat: Heartbeat, catalogue: int) -> Orders:
        """``catalogue`` is the version it should have. One statement, while nothing changes."""
        now, pace = self._now(), self.pace()
        judged = health.judge(beat)
        row = _row(terminal, beat, judged, now, pace)
        with self._storage.transaction() as transaction:
            before = transaction.fleet.states.beat(row)
            _keep(transaction, row, beat, before)
            for result in beat.results:
                note(transaction, terminal, result.id, result, now)
            waits = before.open_commands
            commands = _open(transaction, terminal, "") if waits else []
        return Orders(
            time=now,
            interval=pace.interval,
            splay=pace.splay,
            wait=pace.wait,
            commands=commands,
            desired=Desired(configuration=before.configuration, catalogue=catalogue, program=before.program),
        )

    def commands(self, terminal: str, after: str) -> Commands:
        with self._storage.reading() as transaction:
            return Commands(time=self._now(), commands=_open(transaction, terminal, after))

    def result(self, terminal: str, command_id: str, result: Result) -> str | None:
        """How the command stands now; ``None`` for one nobody gave."""
        with self._storage.transaction() as transaction:
            note(transaction, terminal, command_id, result, self._now())
            command = transaction.fleet.commands.one(terminal, command_id)
        return command.state if command else None

    def settings(self, terminal: str, version: int) -> Mapping[str, str] | None:
        with self._storage.reading() as transaction:
            found = transaction.fleet.configurations.one(terminal, version)
        return found.settings if found else None

    def call_staff(self, terminal: str, call: str, topic: str) -> int:
        """The number of the work order; the same call is the same order."""
        with self._storage.transaction() as transaction:
            return call_staff(transaction, terminal, f"{call} {topic}".rstrip(), self._now())

    def pace(self) -> Pace:
        """As large as the fleet was within the minute."""
        now = self._now()
        if self._paced_at is None or abs(now - self._paced_at) > _COUNTED:
            self._paced_at = now
            with self._storage.reading() as transaction:
                self._pace = pace(transaction.fleet.states.count(now - _LATELY))
        return self._pace


def note(transaction: Transaction, terminal: str, command_id: str, result: Result, now: float) -> None:
    """What a terminal tells of a command. The first end counts."""
    commands = transaction.fleet.commands
    if result.state in ENDED:
        commands.end(terminal, command_id, result.state, now=now, detail=result.detail, artefact=result.artefact)
    else:
        commands.accept(terminal, command_id, now=now)


def call_staff(transaction: Transaction, terminal: str, call: str, now: float) -> int:
    """``call`` is its id, and what it is about. Also for calls that come in another way than from the terminal."""
    orders = transaction.fleet.orders
    found = orders.by_subject(terminal, "help", call)
    if found is None:
        orders.open([help_order(terminal, call, now)])
        found = orders.by_subject(terminal, "help", call)
    if found is None:
        raise UnknownTerminal(terminal)
    return found.number


def _row(terminal: str, beat: Heartbeat, judged: Judged, now: float, pace: Pace) -> StateRow:
    oldest = beat.queue.oldest
    return StateRow(
        terminal=terminal,
        first_at=now,
        heard_at=now,
        silent_after=now + pace.patience,
        standing=judged.standing,
        span_from=now,
        digest=_digest(beat, judged),
        hour=int((now + _phase(terminal)) // health.HOUR),
        who=judged.who,
        session=beat.session,
        program=beat.program,
        catalogue=beat.catalogue,
        configuration=beat.configuration.applied,
        waiting=beat.queue.waiting,
        parked=beat.queue.parked,
        oldest_at=None if oldest is None else now - oldest,
        paper=min((one.left for one in beat.supplies), default=None),
        document=beat.model_dump_json(exclude={"results"}, exclude_defaults=True),
    )


def _digest(beat: Heartbeat, judged: Judged) -> str:
    told = [health.picture(beat), [[one.subject, one.who, one.severity] for one in judged.faults]]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _keep(transaction: Transaction, row: StateRow, beat: Heartbeat, before: Before) -> None:
    """What changed with it: seldom anything."""
    states = transaction.fleet.states
    if ended := _ended(row, before):
        states.end_span(ended)
    if before.digest != row.digest:
        states.remember(row.terminal, row.heard_at, json.dumps(health.picture(beat), ensure_ascii=False))
    if before.hour != row.hour:
        supplies = {f"{one.device}.{one.name}": one.left for one in beat.supplies if one.exact}
        states.sample(SampleRow(row.terminal, row.hour, row.heard_at, row.waiting, supplies))
        samples = states.samples(row.terminal, row.heard_at - _FORECAST_DAYS * health.DAY)
        states.foresee(row.terminal, [_foreseen(row.terminal, name, samples) for name in supplies])


def _foreseen(terminal: str, name: str, samples: Sequence[SampleRow]) -> ForecastRow:
    readings = [Reading(one.at, one.supplies[name]) for one in samples if name in one.supplies]
    told = forecast(readings)
    left = readings[-1].left
    if told is None:
        return ForecastRow(terminal, name, left)
    return ForecastRow(terminal, name, left, told.a_day, told.empty_at, told.earliest, told.latest)


def _phase(terminal: str) -> float:
    """Seconds by which its hours begin apart from others': what is done once an hour is never done by all at once."""
    return crc32(terminal.encode()) % health.HOUR


def _ended(row: StateRow, before: Before) -> SpanRow | None:
    """The time before this heartbeat, when it belongs to another span: it fell silent, or stands otherwise."""
    if before.heard_at is None or before.span_from is None or before.standing is None:
        return None
    fell_silent = row.heard_at > (before.silent_after or 0.0)
    if not fell_silent and before.standing == row.standing:
        return None
    until = before.heard_at if fell_silent else row.heard_at
    return SpanRow(row.terminal, before.span_from, until, before.standing) if until > before.span_from else None


def _open(transaction: Transaction, terminal: str, after: str) -> list[Command]:
    return [_told(one) for one in transaction.fleet.commands.open(terminal, after=after, limit=MOST_COMMANDS)]


def _told(row: CommandRow) -> Command:
    fields: dict[str, Any] = {"id": row.id, "kind": row.kind, "arguments": row.arguments, "expires": row.expires_at}
    return Command.model_validate(fields)
