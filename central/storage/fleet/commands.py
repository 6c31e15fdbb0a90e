"""What terminals are told to do, and the configurations they are given."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from central.storage.fleet.tables import fleet_command, fleet_configuration, fleet_desired
from central.storage.statements import Insert, Upsert, one_of

KEPT_CONFIGURATIONS: Final = 10
_command: Final = fleet_command.c
_open: Final = _command.ended_at.is_(None)


@dataclass(frozen=True)
class CommandRow:
    """Times are seconds since 1970."""

    terminal: str
    id: str
    kind: str
    arguments: Mapping[str, str]
    created_at: float
    created_by: str
    expires_at: float
    state: str = "waiting"
    told_at: float | None = None
    ended_at: float | None = None
    detail: str = ""
    artefact: str = ""


@dataclass(frozen=True)
class ConfigurationRow:
    terminal: str
    version: int
    settings: Mapping[str, str]
    created_at: float
    created_by: str
    note: str


class Commands:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, rows: Sequence[CommandRow]) -> None:
        if rows:
            values = [vars(row) | {"arguments": json.dumps(row.arguments, ensure_ascii=False)} for row in rows]
            self._connection.execute(sa.insert(fleet_command), values)

    def one(self, terminal: str, command_id: str) -> CommandRow | None:
        found = self._select(_command.terminal == terminal, _command.id == command_id)
        return found[0] if found else None

    def open(self, terminal: str, *, after: str = "", limit: int) -> list[CommandRow]:
        """The oldest first."""
        mine = (_command.terminal == terminal, _open, _command.id > after)
        return self._select(*mine, order=_command.id, limit=limit)

    def of(self, terminal: str, limit: int) -> list[CommandRow]:
        """The newest first."""
        return self._select(_command.terminal == terminal, order=_command.id.desc(), limit=limit)

    def new_for(self, since: float) -> set[str]:
        """Terminals for which commands were made since then."""
        new = sa.select(_command.terminal).where(_command.created_at >= since, _open).distinct()
        return set(self._connection.execute(new).scalars())

    def accept(self, terminal: str, command_id: str, *, now: float) -> None:
        """What has ended stays as it is."""
        mine = (_command.terminal == terminal, _command.id == command_id, _open)
        self._connection.execute(sa.update(fleet_command).where(*mine).values(state="accepted", told_at=now))

    def cancel(self, terminal: str, command_id: str, *, now: float) -> None:
        """Unless it has ended."""
        mine = (_command.terminal == terminal, _command.id == command_id, _open)
        self._connection.execute(sa.update(fleet_command).where(*mine).values(state="cancelled", ended_at=now))

    def end(
        self, terminal: str, command_id: str, state: str, *, now: float, detail: str = "", artefact: str = ""
    ) -> None:
        """As the terminal says. The first end counts; of one that was cancelled when the terminal had it already, what
        became of it there."""
        may_end = _open | (_command.state == "cancelled")
        mine = (_command.terminal == terminal, _command.id == command_id, may_end)
        told = {"state": state, "told_at": now, "ended_at": now, "detail": detail, "artefact": artefact}
        self._connection.execute(sa.update(fleet_command).where(*mine).values(told))

    def expire(self, now: float, grace: float) -> int:
        """End what nobody ended in time; ``grace`` seconds are left to a terminal that has begun to tell so."""
        over = (_open, _command.expires_at < now - grace)
        ended = sa.update(fleet_command).where(*over).values(state="expired", ended_at=now)
        return self._connection.execute(ended).rowcount

    def forget(self, before: float) -> None:
        self._connection.execute(sa.delete(fleet_command).where(_command.ended_at < before))

    def _select(self, *where: sa.ColumnElement[bool], order: Any = None, limit: int | None = None) -> list[CommandRow]:
        rows = self._connection.execute(sa.select(fleet_command).where(*where).order_by(order).limit(limit))
        return [CommandRow(**{**row, "arguments": json.loads(row["arguments"])}) for row in rows.mappings()]


class Configurations:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, rows: Sequence[ConfigurationRow]) -> None:
        """Each becomes what its terminal should have; of the older ones the last ten stay."""
        if not rows:
            return
        told = [vars(row) | {"settings": json.dumps(row.settings, ensure_ascii=False)} for row in rows]
        self._connection.execute(sa.insert(fleet_configuration), told)
        self._connection.execute(
            _WISH_CONFIGURATION.on(self._connection), [_wish(one.terminal, one.version) for one in rows]
        )
        table = fleet_configuration.c
        old = (table.terminal == sa.bindparam("t"), table.version <= sa.bindparam("v"))
        ends = [{"t": one.terminal, "v": one.version - KEPT_CONFIGURATIONS} for one in rows]
        self._connection.execute(sa.delete(fleet_configuration).where(*old), ends)

    def desire_program(self, terminals: Collection[str], version: str) -> None:
        """Empty: no wish any more."""
        if terminals:
            wishes = [_wish(one, 0, version) for one in terminals]
            self._connection.execute(_WISH_PROGRAM.on(self._connection), wishes)

    def desired(self, terminals: Collection[str]) -> dict[str, tuple[int, str]]:
        """Configuration and program; without those of which nothing is wished."""
        table = fleet_desired
        rows = self._connection.execute(sa.select(table).where(one_of(self._connection, table.c.terminal, terminals)))
        return {row.terminal: (row.configuration, row.program) for row in rows}

    def latest(self, terminals: Collection[str]) -> dict[str, ConfigurationRow]:
        """What each should have; without those of which nothing is wished."""
        table, wish = fleet_configuration.c, fleet_desired.c
        wished = (wish.terminal == table.terminal, wish.configuration == table.version)
        mine = sa.select(fleet_configuration).where(one_of(self._connection, table.terminal, terminals), *wished)
        return {row.terminal: _configuration(row) for row in self._connection.execute(mine)}

    def one(self, terminal: str, version: int) -> ConfigurationRow | None:
        return next((row for row in self.of(terminal) if row.version == version), None)

    def of(self, terminal: str) -> list[ConfigurationRow]:
        """The newest first."""
        mine = sa.select(fleet_configuration).where(fleet_configuration.c.terminal == terminal)
        rows = self._connection.execute(mine.order_by(fleet_configuration.c.version.desc()))
        return [_configuration(row) for row in rows]


def _configuration(row: Any) -> ConfigurationRow:
    return ConfigurationRow(
        row.terminal, row.version, json.loads(row.settings), row.created_at, row.created_by, row.note
    )


def _wish(terminal: str, configuration: int, program: str = "") -> dict[str, Any]:
    return {"terminal": terminal, "configuration": configuration, "program": program}


def _wishing(name: str) -> Upsert:
    """One of the two; the other stays as it is."""

    def write(new: Insert) -> sa.Executable:
        return new.on_conflict_do_update(index_elements=[fleet_desired.c.terminal], set_={name: new.excluded[name]})

    return Upsert(fleet_desired, write)


_WISH_CONFIGURATION: Final = _wishing("configuration")
_WISH_PROGRAM: Final = _wishing("program")
