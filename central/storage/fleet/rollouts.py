"""Staged roll-outs and who belongs to which wave."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from central.storage.fleet.tables import fleet_rollout, fleet_rollout_member
from central.storage.statements import Bulk, one_of

_rollout: Final = fleet_rollout.c
_member: Final = fleet_rollout_member.c
_MEMBERS: Final = Bulk(fleet_rollout_member)


@dataclass(frozen=True)
class RolloutRow:
    """Times are seconds since 1970."""

    number: int
    kind: str
    target: Mapping[str, str]
    plan: Mapping[str, Any]
    state: str
    wave: int
    wave_at: float
    created_at: float
    created_by: str
    ended_at: float | None
    reason: str


@dataclass(frozen=True)
class MemberRow:
    terminal: str
    rollout: int
    wave: int
    version: int = 0
    faults: int = 0
    heard: bool = False


class Rollouts:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, kind: str, target: Mapping[str, str], plan: Mapping[str, Any], *, now: float, by: str) -> int:
        """Its number. It waits for its first wave."""
        values = {
            "kind": kind, "target": _json(target), "plan": _json(plan), "state": "running", "wave": -1, "wave_at": now,
            "created_at": now, "created_by": by, "reason": "",
        }  # fmt: skip
        made = sa.insert(fleet_rollout).values(values).returning(_rollout.number)
        return self._connection.execute(made).scalar_one()

    def add_members(self, members: Sequence[MemberRow]) -> None:
        _MEMBERS.add(self._connection, [tuple(vars(one).values()) for one in members])

    def one(self, number: int) -> RolloutRow | None:
        found = self._select(_rollout.number == number)
        return found[0] if found else None

    def all(self, *states: str) -> list[RolloutRow]:
        """The newest first; of these states or of any."""
        return self._select(*([_rollout.state.in_(states)] if states else []))

    def members(self, number: int, *waves: int) -> list[MemberRow]:
        """By name; of these waves or of all."""
        mine = [_member.rollout == number, *([_member.wave.in_(waves)] if waves else [])]
        rows = self._connection.execute(sa.select(fleet_rollout_member).where(*mine).order_by(_member.terminal))
        return [MemberRow(*row) for row in rows]

    def of(self, terminal: str) -> list[MemberRow]:
        mine = sa.select(fleet_rollout_member).where(_member.terminal == terminal)
        return [MemberRow(*row) for row in self._connection.execute(mine.order_by(_member.rollout.desc()))]

    def busy(self, terminals: Collection[str]) -> set[str]:
        """Those that take part in a roll-out which has not ended."""
        running = _rollout.ended_at.is_(None) & (_rollout.number == _member.rollout)
        mine = sa.select(_member.terminal).where(one_of(self._connection, _member.terminal, terminals), running)
        return set(self._connection.execute(mine).scalars())

    def began(self, members: Sequence[MemberRow]) -> None:
        """What they were given, and how they were when their wave began."""
        if not members:
            return
        this = (_member.terminal == sa.bindparam("t"), _member.rollout == sa.bindparam("r"))
        told = sa.update(fleet_rollout_member).where(*this)
        told = told.values(version=sa.bindparam("v"), faults=sa.bindparam("f"), heard=sa.bindparam("h"))
        rows = [{"t": o.terminal, "r": o.rollout, "v": o.version, "f": o.faults, "h": o.heard} for o in members]
        self._connection.execute(told, rows)

    def move(
        self, number: int, *, state: str, wave: int, wave_at: float, reason: str, ended_at: float | None = None
    ) -> None:
        told = {"state": state, "wave": wave, "wave_at": wave_at, "reason": reason, "ended_at": ended_at}
        self._connection.execute(sa.update(fleet_rollout).where(_rollout.number == number).values(told))

    def _select(self, *where: sa.ColumnElement[bool]) -> list[RolloutRow]:
        rows = self._connection.execute(sa.select(fleet_rollout).where(*where).order_by(_rollout.number.desc()))
        return [
            RolloutRow(**{**row, "target": json.loads(row["target"]), "plan": json.loads(row["plan"])})
            for row in rows.mappings()
        ]


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)
