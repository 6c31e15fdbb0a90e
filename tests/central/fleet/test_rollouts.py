"""Roll-outs wave by wave, on both engines."""

from collections.abc import Mapping

import pytest

from central.fleet import conducting, operating
from central.fleet.errors import BadPlan, NotNow
from central.fleet.rollouts import Plan, Wave
from central.storage.fleet.rollouts import RolloutRow
from tests.central.fleet.fleet import Field, out_of_paper

NAMES = [f"GD{number:06}" for number in range(24)]
PLAN = Plan((Wave(25), Wave(100)), watch=600.0, deadline=3600.0, tolerance=0.1)


class Rollout:
    def __init__(self, field: Field, plan: Plan = PLAN, change: Mapping[str, str] | None = None) -> None:
        self.field = field
        for name in NAMES:
            field.beat(name)
        with field.fleet.work() as (transaction, now):
            target = change or {"journey.idle_seconds": "45"}
            self.number = conducting.start(transaction, "configuration", target, plan, {}, now=now, by="operator")

    @property
    def row(self) -> RolloutRow:
        with self.field.storage.reading() as transaction:
            found = transaction.fleet.rollouts.one(self.number)
        assert found
        return found

    def wave(self, number: int) -> list[str]:
        with self.field.storage.reading() as transaction:
            return [one.terminal for one in transaction.fleet.rollouts.members(self.number, number)]

    def wished(self, name: str) -> int:
        with self.field.storage.reading() as transaction:
            return transaction.fleet.configurations.desired([name]).get(name, (0, ""))[0]

    def settings(self, name: str) -> Mapping[str, str]:
        return self.field.fleet.contact.settings(name, self.wished(name)) or {}

    def report(self, **odd: Mapping[str, object]) -> None:
        """Everybody has what it should, but for those that are named."""
        for name in NAMES:
            told = odd.get(name, {"configuration": {"applied": self.wished(name)}})
            self.field.beat(name, **told)

    def after(self, seconds: float, **odd: Mapping[str, object]) -> None:
        self.field.later(seconds)
        self.report(**odd)
        self.field.round()


def test_wave_by_wave_to_the_end(field: Field) -> None:
    rollout = Rollout(field)
    first, second = rollout.wave(0), rollout.wave(1)
    assert first
    assert {rollout.wished(name) for name in first} == {1}
    assert {rollout.wished(name) for name in second} == {0}

    rollout.after(300.0)
    assert rollout.row.wave == 0
    rollout.after(300.0)
    assert rollout.row.wave == 1
    assert {rollout.wished(name) for name in second} == {1}
    rollout.after(600.0)
    assert (rollout.row.state, rollout.row.ended_at) == ("done", field.now)


def test_one_that_is_refused_stops_with_the_reason_and_takes_back_what_was_not_taken(field: Field) -> None:
    rollout = Rollout(field)
    first = rollout.wave(0)
    refused = {"configuration": {"refused": 1, "reason": "idle_seconds: 45 is too short"}}
    rollout.after(30.0, **dict.fromkeys(first[:2], refused))

    row = rollout.row
    assert row.state == "stopped"
    assert "45 is too short" in row.reason
    assert rollout.settings(first[0]) == {}
    assert rollout.settings(first[-1]) == {"journey.idle_seconds": "45"}
    rollout.after(9999.0)
    assert rollout.row.wave == 0


def test_faults_that_rise_stop_it_and_faults_of_before_do_not(field: Field) -> None:
    rollout = Rollout(field)
    first = rollout.wave(0)
    faulty: dict[str, object] = {"devices": [out_of_paper()], "configuration": {"applied": 1}}
    rollout.after(30.0, **dict.fromkeys(first, faulty))
    assert "故障" in rollout.row.reason

    with field.fleet.work() as (transaction, now):
        conducting.resume(transaction, rollout.number, now=now)  # they are as they are now
    faulty["configuration"] = {"applied": rollout.wished(first[0])}
    rollout.after(600.0, **dict.fromkeys(first, faulty))
    assert (rollout.row.state, rollout.row.wave) == ("running", 1)


def test_one_that_is_stuck_stops_at_its_deadline(field: Field) -> None:
    rollout = Rollout(field)
    nothing: Mapping[str, object] = {}
    stuck = dict.fromkeys(rollout.wave(0), nothing)
    rollout.after(3599.0, **stuck)
    assert rollout.row.state == "running"
    rollout.after(1.0, **stuck)
    assert rollout.row.state == "stopped"
    assert "期限" in rollout.row.reason


def test_paused_it_waits_and_resumed_it_begins_its_wave_anew(field: Field) -> None:
    rollout = Rollout(field)
    with field.fleet.work() as (transaction, _now):
        conducting.pause(transaction, rollout.number)
    rollout.after(9999.0)
    assert (rollout.row.state, rollout.row.wave) == ("paused", 0)

    with field.fleet.work() as (transaction, now):
        conducting.resume(transaction, rollout.number, now=now)
    rollout.after(599.0)
    assert rollout.row.wave == 0
    rollout.after(1.0)
    assert rollout.row.wave == 1


@pytest.mark.parametrize("back", [True, False])
def test_aborted_it_takes_back_what_it_gave_and_nothing_that_was_set_since(field: Field, back: bool) -> None:
    rollout = Rollout(field)
    first, changed = rollout.wave(0)[0], rollout.wave(0)[1]
    rollout.report()
    with field.fleet.work() as (transaction, now):
        operating.configure(transaction, [changed], {"log.level": "debug"}, now=now, by="operator")
    with field.fleet.work() as (transaction, now):
        conducting.abort(transaction, rollout.number, now=now, by="operator", back=back)

    assert rollout.settings(first) == ({} if back else {"journey.idle_seconds": "45"})
    assert rollout.settings(changed) == {"journey.idle_seconds": "45", "log.level": "debug"}
    assert rollout.row.state == "aborted"
    with pytest.raises(NotNow), field.fleet.work() as (transaction, now):
        conducting.resume(transaction, rollout.number, now=now)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_no_round_undoes_what_an_operator_is_about_to_do(field: Field) -> None:
    rollout = Rollout(field)
    rollout.after(300.0)
    rollout.report()
    field.later(300.0)  # the next round would begin the second wave
    with field.fleet.work() as (transaction, now):
        conducting.abort(transaction, rollout.number, now=now, by="operator", back=True)
        field.round()

    field.round()
    assert (rollout.row.state, rollout.row.wave) == ("aborted", 0)


def test_a_terminal_is_in_one_roll_out_at_a_time(field: Field) -> None:
    rollout = Rollout(field)
    with pytest.raises(BadPlan), field.fleet.work() as (transaction, now):
        conducting.start(transaction, "program", {"version": "2.0"}, PLAN, {}, now=now, by="operator")
    rollout.after(600.0)
    rollout.after(600.0)
    with field.fleet.work() as (transaction, now):
        conducting.start(transaction, "program", {"version": "2.0"}, PLAN, {}, now=now, by="operator")
    assert field.beat(NAMES[0]).desired.program in ("", "2.0")


def test_a_program_is_rolled_out_by_the_version_terminals_report(field: Field) -> None:
    for name in NAMES:
        field.beat(name)
    with field.fleet.work() as (transaction, now):
        number = conducting.start(transaction, "program", {"version": "2.0"}, PLAN, {}, now=now, by="operator")
    for _ in range(2):
        field.later(600.0)
        for name in NAMES:
            field.beat(name, program=field.beat(name).desired.program or "1.4.0")
        field.round()

    with field.storage.reading() as transaction:
        found = transaction.fleet.rollouts.one(number)
    assert found
    assert found.state == "done"
