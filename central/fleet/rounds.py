"""What happens to the fleet because time passes: silence, work orders, waves of roll-outs, commands that ended.

One worker at a time makes a round; all of it is decided anew from what is stored, so that a round that was killed is
made up for by the next.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from fastapi.concurrency import run_in_threadpool

from central.fleet import health, operating, rollouts, working
from central.fleet.commanding import GRACE
from central.fleet.places import Places
from central.fleet.rollouts import Member, Next, Plan, Stop
from central.fleet.wire import Heartbeat
from central.fleet.working import SYSTEM, Heard
from central.storage.database import Storage, Transaction
from central.storage.errors import StorageUnavailable
from central.storage.fleet.rollouts import MemberRow, RolloutRow
from central.storage.fleet.states import StateRow

log = logging.getLogger(__name__)

PERIOD: Final = 30.0
"""Seconds."""
KEPT: Final = 90 * health.DAY
"""How long spans, changes, samples and ended commands stay."""
LOST: Final = 300.0
"""Seconds of silence that count against a roll-out: a machine that starts anew is back before."""


class Rounds:
    def __init__(self, storage: Storage, places: Places, now: Callable[[], float]) -> None:
        self._storage = storage
        self._places = places
        self._now = now
        self._listening_since = now()
        self._last: float | None = None
        self._forgot_at = 0.0

    async def keep(self) -> None:
        """For ever."""
        while True:
            await asyncio.sleep(PERIOD)
            try:
                await run_in_threadpool(self.make)
            except StorageUnavailable as error:
                log.warning("no round of the fleet: %s", error)
            except Exception as error:  # noqa: BLE001 - one round that fails must not be the last
                log.error("a round of the fleet failed: %s", type(error).__name__)

    def make(self) -> None:
        """Raises ``StorageUnavailable``."""
        now = self._now()
        self._listen(now)
        with self._storage.transaction() as transaction:
            if not transaction.fleet.alone():
                return
            transaction.fleet.commands.expire(now, GRACE)
            states = transaction.fleet.states.all()
            self._send_people(transaction, states, now)
            for rollout in transaction.fleet.rollouts.all(rollouts.RUNNING):
                advance(transaction, rollout, now)
        self._forget(now)

    def _listen(self, now: float) -> None:
        """A centre that stood still, or whose clock was set, has heard nobody meanwhile."""
        if self._last is not None and not 0 <= now - self._last < 4 * PERIOD:
            self._listening_since = now
        self._last = now

    def _send_people(self, transaction: Transaction, states: Sequence[StateRow], now: float) -> None:
        orders = transaction.fleet.orders
        fleet = [_heard(state) for state in states]
        places = self._places.all(transaction)
        dismissed = orders.dismissed(now - KEPT, SYSTEM)
        changes = working.plan(fleet, places, orders.all_open(), dismissed, now, self._listening_since)
        orders.close(changes.closed, now=now, by=SYSTEM, reason=working.CLEARED)
        orders.open(changes.opened)
        orders.escalate(now)

    def _forget(self, now: float) -> None:
        """By itself: it looks through all there is, and whoever conducts a roll-out waits for the round."""
        if now - self._forgot_at < health.DAY:
            return
        with self._storage.transaction() as transaction:
            transaction.fleet.states.forget(now - KEPT)
            transaction.fleet.commands.forget(now - KEPT)
        self._forgot_at = now


def advance(transaction: Transaction, rollout: RolloutRow, now: float) -> None:
    """One running roll-out, as far as it may go now."""
    plan = Plan.of(rollout.plan)
    if rollout.wave >= 0:
        members = members_of(transaction, rollout, now)
        match rollouts.judge(plan, rollout.wave, rollout.wave_at, members, now):
            case Stop(reason):
                _stop(transaction, rollout, reason, now)
                return
            case Next():
                pass
            case _:
                return
    _next_wave(transaction, rollout, plan, now)


def begin_wave(transaction: Transaction, rollout: RolloutRow, wave: int, now: float) -> None:
    """Give it to the terminals of the wave that do not have it, and note how they are now."""
    members = transaction.fleet.rollouts.members(rollout.number, wave)
    states = {state.terminal: state for state in transaction.fleet.states.of([one.terminal for one in members])}
    given = _give(transaction, rollout, [one.terminal for one in members], now)
    transaction.fleet.rollouts.began(
        [
            MemberRow(
                one.terminal,
                rollout.number,
                wave,
                given.get(one.terminal, 0),
                _faults(states[one.terminal]) if one.terminal in states else 0,
                one.terminal in states and states[one.terminal].silent_after >= now,
            )
            for one in members
        ]
    )


def take_back(transaction: Transaction, rollout: RolloutRow, terminals: Iterable[str], *, now: float, by: str) -> None:
    """What these terminals were given by it, and nothing that was set since."""
    names = list(terminals)
    if rollout.kind == "program":
        desired = transaction.fleet.configurations.desired(names)
        mine = [one for one in names if desired.get(one, (0, ""))[1] == rollout.target["version"]]
        transaction.fleet.configurations.desire_program(mine, "")
        return
    given = {one.terminal: one.version for one in transaction.fleet.rollouts.members(rollout.number)}
    for terminal in names:
        versions = {row.version: row for row in transaction.fleet.configurations.of(terminal)}
        if versions and max(versions) == given.get(terminal):
            before = versions.get(given[terminal] - 1)
            settings: Mapping[str, str] = before.settings if before else {}
            note = f"撤回第 {rollout.number} 号分批"
            operating.configure(transaction, [terminal], settings, now=now, by=by, note=note, whole=True)


def _next_wave(transaction: Transaction, rollout: RolloutRow, plan: Plan, now: float) -> None:
    wave = rollout.wave + 1
    done = wave >= len(plan.waves)
    if not done:
        begin_wave(transaction, rollout, wave, now)
    state = rollouts.DONE if done else rollouts.RUNNING
    transaction.fleet.rollouts.move(
        rollout.number, state=state, wave=min(wave, len(plan.waves) - 1), wave_at=now, reason="",
        ended_at=now if done else None,
    )  # fmt: skip


def _stop(transaction: Transaction, rollout: RolloutRow, reason: str, now: float) -> None:
    """Those that do not have it yet do not get it."""
    without = [one.terminal for one in members_of(transaction, rollout, now) if not one.applied]
    take_back(transaction, rollout, without, now=now, by=SYSTEM)
    transaction.fleet.rollouts.move(
        rollout.number, state=rollouts.STOPPED, wave=rollout.wave, wave_at=rollout.wave_at, reason=reason
    )


def _give(transaction: Transaction, rollout: RolloutRow, terminals: Sequence[str], now: float) -> dict[str, int]:
    if rollout.kind == "program":
        transaction.fleet.configurations.desire_program(terminals, rollout.target["version"])
        return {}
    note = f"第 {rollout.number} 号分批"
    return operating.configure(transaction, terminals, rollout.target, now=now, by=rollout.created_by, note=note)


def members_of(transaction: Transaction, rollout: RolloutRow, now: float, waves: int | None = None) -> list[Member]:
    """Of so many waves, else of those that have begun."""
    told = range(rollout.wave + 1 if waves is None else waves)
    rows = transaction.fleet.rollouts.members(rollout.number, *told) if told else []
    states = {state.terminal: state for state in transaction.fleet.states.of([row.terminal for row in rows])}
    return [_member(rollout, row, states.get(row.terminal), now) for row in rows]


def _member(rollout: RolloutRow, row: MemberRow, state: StateRow | None, now: float) -> Member:
    if state is None:
        return Member(
            row.terminal, row.wave, row.heard, silent=True, applied=False, refused="", faults_before=0, faults=0
        )
    if rollout.kind == "program":
        applied, refused = state.program == rollout.target["version"], ""
    else:
        told = Heartbeat.model_validate_json(state.document).configuration
        applied = told.applied >= row.version
        refused = told.reason or "未说明原因" if told.refused >= row.version and not applied else ""
    return Member(
        terminal=row.terminal,
        wave=row.wave,
        heard_before=row.heard,
        silent=now - state.silent_after >= LOST,
        applied=applied,
        refused=refused,
        faults_before=row.faults,
        faults=_faults(state),
    )


def _faults(state: StateRow) -> int:
    return len(health.judge(Heartbeat.model_validate_json(state.document)).faults)


def _heard(state: StateRow) -> Heard:
    if state.who not in ("staff", "technician"):
        return Heard(state.terminal, state.silent_after)
    beat = Heartbeat.model_validate_json(state.document)
    since = {device.name: state.heard_at - device.since for device in beat.devices}
    faults = tuple((fault, since[fault.device]) for fault in health.judge(beat).faults)
    return Heard(state.terminal, state.silent_after, faults)
