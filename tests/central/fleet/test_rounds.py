"""What happens to a fleet as time passes, on both engines: orders, commands that end, roll-outs wave by wave."""

from collections.abc import Mapping

import pytest

from central.fleet import operating
from central.fleet.errors import NotNow
from central.fleet.health import DAY
from central.fleet.places import Place
from central.fleet.rounds import KEPT
from central.fleet.working import CLEARED, SYSTEM
from central.storage.fleet.commands import CommandRow
from central.storage.fleet.orders import OrderRow
from tests.central.fleet.fleet import TERMINAL, Field, device, out_of_paper

NAMES = [f"GD{number:06}" for number in range(24)]


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


def test_what_a_terminal_had_already_when_it_was_cancelled_is_told_as_it_was(field: Field) -> None:
    field.beat()
    with field.fleet.work() as (transaction, now):
        made = operating.command(transaction, [TERMINAL], "restart", {"what": "app"}, now=now, by="operator")[0]
    assert [one.id for one in field.beat().commands] == [made.id]
    with field.fleet.work() as (transaction, now):
        operating.cancel(transaction, TERMINAL, made.id, now=now)
    field.beat(results=[{"id": made.id, "state": "accepted"}])
    assert command(field, made.id).state == "cancelled"
    for state in ("done", "failed"):
        field.beat(results=[{"id": made.id, "state": state}])
    assert command(field, made.id).state == "done"


# --- what is kept -----------------------------------------------------------------------------------------------------


def test_what_is_old_is_forgotten_and_the_rest_stays(field: Field) -> None:
    for name in NAMES[:2]:
        field.beat(name)
        field.beat(name, devices=[out_of_paper()])
    field.later(60.0)
    for name in NAMES[:2]:
        field.beat(name, devices=[device()])
    field.round()
    since = field.now - KEPT

    def kept(name: str) -> tuple[int, int, int]:
        with field.storage.reading() as transaction:
            states = transaction.fleet.states
            return len(states.spans(name, since)), len(states.history(name, 9)), len(states.samples(name, since))

    before = kept(NAMES[0])
    with field.storage.reading() as transaction:
        totals = transaction.fleet.states.totals(since, field.now)
        assert transaction.fleet.states.totals(since, field.now, NAMES[0]) == {NAMES[0]: totals[NAMES[0]]}
        assert len(totals) == 2
    field.later(DAY)
    field.round()
    assert kept(NAMES[0]) == before
    field.later(KEPT)
    field.beat(NAMES[0])
    field.round()
    assert all(before)
    assert kept(NAMES[1]) == (0, 0, 0)
    assert kept(NAMES[0])[1] == 1


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
