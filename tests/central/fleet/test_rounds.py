"""What happens to a fleet as time passes, on both engines: orders, commands that end, roll-outs wave by wave."""

from collections.abc import Mapping

import pytest

from central.fleet import conducting, operating
from central.fleet.errors import BadPlan, NotNow
from central.fleet.places import Place
from central.fleet.rollouts import Plan, Wave
from central.fleet.working import CLEARED, SYSTEM
from central.storage.fleet.commands import CommandRow
from central.storage.fleet.orders import OrderRow
from central.storage.fleet.rollouts import RolloutRow
from tests.central.fleet.fleet import TERMINAL, Field, device, out_of_paper

NAMES = [f"GD{number:06}" for number in range(24)]
PLAN = Plan((Wave(25), Wave(100)), watch=600.0, deadline=3600.0, tolerance=0.1)


def closed(field: Field) -> list[OrderRow]:
    with field.storage.reading() as transaction:
        return transaction.fleet.orders.recent(10)


def command(field: Field, command_id: str) -> CommandRow:
    with field.storage.reading() as transaction:
        found = transaction.fleet.commands.one(TERMINAL, command_id)
    assert found
    return found


# --- work orders ------------------------------------------------------------------------------------------------------


def test_a_fault_opens_one_order_and_its_end_closes_it(field: Field) -> None:
    field.beat(devices=[out_of_paper()])
    for _ in range(3):
        field.round()
    assert [(one.terminal, one.subject) for one in field.open_orders()] == [(TERMINAL, "receipt_printer.paper_out")]

    field.beat(devices=[device()])
    field.round()
    assert field.open_orders() == []
    assert [(one.closed_by, one.reason) for one in closed(field)] == [(SYSTEM, CLEARED)]

    field.later(60.0)
    field.beat(devices=[out_of_paper()])
    field.round()
    assert len(field.open_orders()) == 1


def test_what_a_person_closes_stays_closed_while_it_is_the_same_fault(field: Field) -> None:
    field.beat(devices=[out_of_paper()])
    field.round()
    number = field.open_orders()[0].number
    with field.fleet.work() as (transaction, now):
        operating.close_order(transaction, number, now=now, by="operator", reason="已通知大厅")
    field.later(60.0)
    field.beat(devices=[out_of_paper(660.0)])
    field.round()
    assert field.open_orders() == []

    with pytest.raises(NotNow), field.fleet.work() as (transaction, now):
        operating.close_order(transaction, number, now=now, by="operator", reason="again")


def test_an_overdue_order_is_escalated_once(field: Field) -> None:
    field.beat(devices=[out_of_paper()])
    field.round()
    order = field.open_orders()[0]
    field.now = order.due_at + 1.0
    field.beat(devices=[out_of_paper(9999.0)])
    field.round()
    escalated = field.open_orders()[0].escalated_at
    field.later(30.0)
    field.round()

    assert escalated == order.due_at + 1.0
    assert field.open_orders()[0].escalated_at == escalated


def test_a_centre_that_stood_still_calls_nobody_silent(field: Field) -> None:
    for name in NAMES:
        field.beat(name)
    field.round()
    field.later(7200.0)  # nobody was there to hear them
    field.round()
    assert field.open_orders() == []

    for _ in range(25):
        field.later(30.0)
        field.round()
    assert [(one.terminal, one.subject) for one in field.open_orders()] == [("", "region")]


def test_a_region_without_its_line_is_one_order_and_its_return_closes_it(field: Field) -> None:
    field.places.known = {name: Place(region="韶关市" if name < NAMES[10] else "广州市") for name in NAMES}
    lit = [name for name in NAMES if name >= NAMES[10]]
    for name in NAMES:
        field.beat(name)
    for _ in range(12):
        field.later(60.0)
        for name in lit:
            field.beat(name)
        field.round()
    assert [(one.terminal, one.subject) for one in field.open_orders()] == [("", "region 韶关市")]

    for name in NAMES:
        field.beat(name)
    field.round()
    assert field.open_orders() == []


# --- commands ---------------------------------------------------------------------------------------------------------


def test_what_nobody_did_in_time_expires_and_a_late_result_changes_nothing(field: Field) -> None:
    field.beat()
    with field.fleet.work() as (transaction, now):
        made = operating.command(transaction, [TERMINAL], "sync_now", {}, now=now, by="operator")[0]
    field.now = made.expires_at + 299.0
    field.round()
    assert command(field, made.id).state == "waiting"
    field.later(2.0)
    field.round()
    assert command(field, made.id).state == "expired"

    orders = field.beat(results=[{"id": made.id, "state": "done"}])
    assert orders.commands == []
    assert command(field, made.id).state == "expired"


def test_a_command_can_be_taken_back_until_the_terminal_has_it(field: Field) -> None:
    field.beat()
    with field.fleet.work() as (transaction, now):
        first, second = (
            operating.command(transaction, [TERMINAL], kind, {}, now=now, by="operator")[0]
            for kind in ("sync_now", "refresh_catalogue")
        )
        operating.cancel(transaction, TERMINAL, first.id, now=now)
    orders = field.beat(results=[{"id": second.id, "state": "accepted"}])

    assert [one.id for one in orders.commands] == [second.id]
    with pytest.raises(NotNow), field.fleet.work() as (transaction, now):
        operating.cancel(transaction, TERMINAL, second.id, now=now)


# --- configurations ---------------------------------------------------------------------------------------------------


def configure(field: Field, change: Mapping[str, str]) -> int:
    with field.fleet.work() as (transaction, now):
        return operating.configure(transaction, [TERMINAL], change, now=now, by="operator")[TERMINAL]


def test_changes_lie_over_one_another_and_an_empty_one_leaves_it_to_the_terminal(field: Field) -> None:
    configure(field, {"log.level": "debug"})
    version = configure(field, {"journey.idle_seconds": "45", "log.level": ""})

    assert field.fleet.contact.settings(TERMINAL, version) == {"journey.idle_seconds": "45"}
    assert field.beat().desired.configuration == version
    assert configure(field, {"journey.idle_seconds": "45"}) == version


def test_ten_versions_stay_and_each_of_them_can_be_brought_back(field: Field) -> None:
    for seconds in range(30, 45):
        configure(field, {"journey.idle_seconds": str(seconds)})
    with field.fleet.work() as (transaction, now):
        versions = operating.versions(transaction, TERMINAL)
        restored = operating.roll_back(transaction, TERMINAL, 7, now=now, by="operator")

    assert [one.row.version for one in versions] == list(range(15, 5, -1))
    assert [(one.before, one.after) for one in versions[0].differences] == [("43", "44")]
    assert restored == 16
    assert field.fleet.contact.settings(TERMINAL, 16) == {"journey.idle_seconds": "36"}


# --- roll-outs --------------------------------------------------------------------------------------------------------


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
