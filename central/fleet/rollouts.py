"""Staged roll-outs: who belongs to which wave, and whether the next may begin. Pure.

A wave is watched until all its terminals have what they were given and have lived with it for a while; it stops the
roll-out when more of them refuse, fall silent or have more faults than before than the plan bears. One that neither
ends nor fails is decided at its deadline.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal, Self

from central.fleet.errors import BadPlan
from central.fleet.places import NOWHERE, Place

Kind = Literal["configuration", "program"]
RUNNING: Final = "running"
PAUSED: Final = "paused"
STOPPED: Final = "stopped"
"""By itself, with a reason."""
ABORTED: Final = "aborted"
DONE: Final = "done"
ENDED: Final = frozenset({ABORTED, DONE})
MOST_WAVES: Final = 10


@dataclass(frozen=True)
class Wave:
    percent: float
    """Of the terminals of its regions, those of earlier waves included."""
    regions: tuple[str, ...] = ()
    """Empty: all."""


@dataclass(frozen=True)
class Plan:
    waves: tuple[Wave, ...]
    watch: float = 1800.0
    """Seconds a wave is lived with before the next begins."""
    deadline: float = 86400.0
    """Seconds in which a wave must have come to its end."""
    tolerance: float = 0.02
    """The part of a wave that may go wrong in each of the ways; 0: not a single one."""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> Self:
        """From :meth:`as_json`. Raises :class:`BadPlan`."""
        waves = tuple(Wave(float(one["percent"]), tuple(one["regions"])) for one in fields["waves"])
        plan = cls(waves, float(fields["watch"]), float(fields["deadline"]), float(fields["tolerance"]))
        plan.check()
        return plan

    def check(self) -> None:
        """Raises :class:`BadPlan`."""
        if not 1 <= len(self.waves) <= MOST_WAVES:
            raise BadPlan(f"1 到 {MOST_WAVES} 批")
        if not all(0 < wave.percent <= 100 for wave in self.waves):
            raise BadPlan("每批的百分比在 0 到 100 之间")
        if not 0 <= self.tolerance < 1:
            raise BadPlan("容许出错的比例在 0 到 1 之间")
        if not 0 <= self.watch < self.deadline:
            raise BadPlan("观察时间要比期限短")


def waves_of(plan: Plan, terminals: Sequence[str], places: Mapping[str, Place], seed: int) -> dict[str, int]:
    """The wave of each, without those that belong to none. Spread by hash: no wave is one hall's."""
    found: dict[str, int] = {}
    for terminal in terminals:
        region, position = places.get(terminal, NOWHERE).region, _position(terminal, seed)
        for number, wave in enumerate(plan.waves):
            if (not wave.regions or region in wave.regions) and position < wave.percent:
                found[terminal] = number
                break
    return found


@dataclass(frozen=True)
class Member:
    """One terminal of the waves that have begun."""

    terminal: str
    wave: int
    heard_before: bool
    """Those that were silent when their wave began hold up nobody and say nothing."""
    silent: bool
    applied: bool
    refused: str
    """Why it would not take it; empty when it did not say so."""
    faults_before: int
    faults: int


@dataclass(frozen=True)
class Wait:
    applied: int
    of: int


@dataclass(frozen=True)
class Next:
    """The wave is over and well."""


@dataclass(frozen=True)
class Stop:
    reason: str


Verdict = Wait | Next | Stop


def judge(plan: Plan, wave: int, began: float, members: Sequence[Member], now: float) -> Verdict:
    """``members`` of this wave and of those before it: what earlier ones suffer stops it as well."""
    asked = [one for one in members if one.heard_before]
    if stop := _harm(plan, asked):
        return stop
    mine = [one for one in asked if one.wave == wave]
    applied = sum(one.applied for one in mine)
    settled = all(one.applied or one.refused or one.silent for one in mine)
    if settled and now >= began + plan.watch:
        return Next()
    if now < began + plan.deadline:
        return Wait(applied, len(mine))
    if len(mine) - applied <= plan.tolerance * len(mine):
        return Next()
    return Stop(f"期限已到，只有 {applied} 台（共 {len(mine)} 台）完成")


def _harm(plan: Plan, asked: Sequence[Member]) -> Stop | None:
    refused = [one for one in asked if one.refused]
    silent = [one for one in asked if one.silent]
    worse = [one for one in asked if one.faults > one.faults_before]
    bearable = plan.tolerance * len(asked)
    if len(refused) > bearable:
        return Stop(f"{len(refused)} 台终端拒绝，例如 {refused[0].terminal}：{refused[0].refused}")
    if len(silent) > bearable:
        return Stop(f"{len(silent)} 台终端失去联系，例如 {silent[0].terminal}")
    if len(worse) > bearable:
        return Stop(f"{len(worse)} 台终端的故障多于之前，例如 {worse[0].terminal}")
    return None


def _position(terminal: str, seed: int) -> float:
    """0 to 100, another for each roll-out: not always the same ones go first."""
    digest = hashlib.sha256(f"{seed}\n{terminal}".encode()).digest()
    return int.from_bytes(digest[:8]) / 2**64 * 100
