"""Roll-outs as operators conduct them. Each function works in a transaction of its caller, who writes the audit, and
holds up the rounds of the fleet until that ends: a round that began before would undo what the operator does."""

import re
from collections.abc import Mapping
from typing import Final

from central.fleet import configuring, rollouts
from central.fleet.commanding import RULES
from central.fleet.errors import BadPlan, NotNow
from central.fleet.places import Place
from central.fleet.rollouts import Kind, Plan
from central.fleet.rounds import advance, begin_wave, members_of, take_back
from central.storage.database import Transaction
from central.storage.fleet.rollouts import MemberRow, RolloutRow

_MAY: Final[Mapping[str, frozenset[str]]] = {
    "pause": frozenset({rollouts.RUNNING}),
    "resume": frozenset({rollouts.PAUSED, rollouts.STOPPED}),
    "abort": frozenset({rollouts.RUNNING, rollouts.PAUSED, rollouts.STOPPED}),
}


def start(
    transaction: Transaction,
    kind: Kind,
    target: Mapping[str, str],
    plan: Plan,
    places: Mapping[str, Place],
    *,
    now: float,
    by: str,
) -> int:
    """Its number. Terminals that take part in another roll-out are left out. Raises :class:`BadPlan`,
    :class:`BadSettings`."""
    plan.check()
    _check_target(kind, target)
    transaction.fleet.wait_alone()
    number = transaction.fleet.rollouts.add(kind, target, plan.as_json(), now=now, by=by)
    terminals = [state.terminal for state in transaction.fleet.states.all()]
    busy = transaction.fleet.rollouts.busy(terminals)
    free = [terminal for terminal in terminals if terminal not in busy]
    waves = rollouts.waves_of(plan, free, places, number)
    if not waves:
        raise BadPlan("没有终端可以参加：它们不在这些地区，或者正在参加另一个分批")
    transaction.fleet.rollouts.add_members([MemberRow(terminal, number, wave) for terminal, wave in waves.items()])
    advance(transaction, _found(transaction, number), now)
    return number


def pause(transaction: Transaction, number: int) -> None:
    """No further wave; what was given stays. Raises :class:`NotNow`."""
    _move(transaction, number, "pause", rollouts.PAUSED)


def resume(transaction: Transaction, number: int, *, now: float) -> None:
    """The wave begins anew, and is judged by how its terminals are now. Raises :class:`NotNow`."""
    rollout = _move(transaction, number, "resume", rollouts.RUNNING, wave_at=now)
    if rollout.wave >= 0:
        begin_wave(transaction, rollout, rollout.wave, now)


def abort(transaction: Transaction, number: int, *, now: float, by: str, back: bool) -> None:
    """For good. ``back``: also from the terminals that have it. Raises :class:`NotNow`."""
    rollout = _move(transaction, number, "abort", rollouts.ABORTED, ended_at=now)
    begun = members_of(transaction, rollout, now)
    names = [one.terminal for one in begun if back or not one.applied]
    take_back(transaction, rollout, names, now=now, by=by)


def _check_target(kind: Kind, target: Mapping[str, str]) -> None:
    if kind == "configuration":
        if not target:
            raise BadPlan("没有要修改的设置")
        configuring.checked({key: value for key, value in target.items() if value})
        return
    pattern = RULES["update"].arguments["version"]
    if not re.fullmatch(pattern, target.get("version", "")):
        raise BadPlan("请写程序的版本，例如 1.4.0")


def _found(transaction: Transaction, number: int) -> RolloutRow:
    found = transaction.fleet.rollouts.one(number)
    if found is None:
        raise NotNow("没有这个分批")
    return found


def _move(
    transaction: Transaction,
    number: int,
    verb: str,
    state: str,
    *,
    wave_at: float | None = None,
    ended_at: float | None = None,
) -> RolloutRow:
    """As it was before."""
    transaction.fleet.wait_alone()
    rollout = _found(transaction, number)
    if rollout.state not in _MAY[verb]:
        raise NotNow("它现在的状态不允许这样做")
    at = rollout.wave_at if wave_at is None else wave_at
    reason = "" if state == rollouts.RUNNING else rollout.reason
    transaction.fleet.rollouts.move(
        number, state=state, wave=rollout.wave, wave_at=at, reason=reason, ended_at=ended_at
    )
    return rollout
