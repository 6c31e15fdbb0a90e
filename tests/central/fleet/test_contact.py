"""What a heartbeat leaves behind, on both engines."""

from itertools import pairwise

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from central.fleet.health import Standing, changes
from central.fleet.pacing import pace
from central.fleet.uptime import open_span, uptime
from central.storage.fleet.states import SpanRow, StateRow
from central.storage.fleet.tables import fleet_state
from tests.central.fleet.fleet import NOON, PROGRAM, TERMINAL, Field, device, out_of_paper

BROKEN = device(state="hardware_error", fault="receipt_printer.cutter", who="technician", since=1.0)


def state(field: Field, terminal: str = TERMINAL) -> StateRow:
    with field.storage.reading() as transaction:
        found = transaction.fleet.states.one(terminal)
    assert found
    return found


def spans(field: Field) -> list[SpanRow]:
    with field.storage.reading() as transaction:
        return transaction.fleet.states.spans(TERMINAL, 0.0)


def test_a_terminal_nobody_knew_is_known_by_its_first_heartbeat(field: Field) -> None:
    orders = field.beat(devices=[device()], queue={"waiting": 3, "oldest": 90.0})

    found = state(field)
    assert (found.first_at, found.heard_at, found.standing) == (NOON, NOON, Standing.WORKING)
    assert (found.program, found.waiting, found.oldest_at) == (PROGRAM, 3, NOON - 90.0)
    assert orders.time == NOON
    assert orders.desired.catalogue == 3
    assert orders.interval == pace(1).interval


def test_a_heartbeat_that_brings_nothing_new_is_one_statement(field: Field) -> None:
    field.beat(devices=[device()])
    said: list[str] = []
    event.listen(field.storage._engine, "before_cursor_execute", lambda *told: said.append(told[2]))  # pyright: ignore[reportPrivateUsage]
    field.later(15.0)
    field.beat(devices=[device(since=15.0)])

    assert [one.split()[0] for one in said if not one.startswith(("BEGIN", "SET"))] == ["INSERT"]


def test_spans_tell_how_it_stood_and_silence_is_none_of_them(field: Field) -> None:
    for _ in range(4):
        field.beat(devices=[device()])
        field.later(15.0)
    field.beat(devices=[BROKEN])
    field.later(15.0)
    field.beat(devices=[BROKEN])
    field.later(3600.0)
    field.beat(devices=[device()])

    assert spans(field) == [
        SpanRow(TERMINAL, NOON, NOON + 60.0, Standing.WORKING),
        SpanRow(TERMINAL, NOON + 60.0, NOON + 75.0, Standing.FAULTY),
    ]
    found = state(field)
    told = uptime([*spans(field), open_span(found)], found.first_at, NOON, field.now)
    assert told.by_standing[Standing.SILENT] == 3600.0
    assert told.share == pytest.approx(60.0 / 3675.0)


def test_a_clock_of_the_centre_that_goes_back_loses_nothing_but_that_time(field: Field) -> None:
    field.beat()
    field.later(-86400.0)
    field.beat()
    field.later(15.0)
    field.beat()

    assert state(field).heard_at == field.now
    assert all(span.until_at > span.from_at for span in spans(field))


def test_the_history_has_a_row_for_each_change_and_none_for_what_passes(field: Field) -> None:
    for beat in ([device()], [device(state="busy")], [device()], [out_of_paper()], [out_of_paper(900.0)], [device()]):
        field.beat(devices=beat)
        field.later(15.0)

    with field.storage.reading() as transaction:
        history = [picture for _, picture in reversed(transaction.fleet.states.history(TERMINAL, 100))]
    assert [changes(before, after) for before, after in pairwise(history)] == [
        ["receipt_printer: user_error (receipt_printer.paper_out)"],
        ["receipt_printer: online"],
    ]


def test_an_hour_has_one_sample(field: Field) -> None:
    supplies = [{"device": "document_printer", "name": "toner", "left": 0.5, "exact": True}]
    for _ in range(3):
        field.beat(supplies=supplies, queue={"waiting": 7})
        field.later(1800.0)

    with field.storage.reading() as transaction:
        samples = transaction.fleet.states.samples(TERMINAL, 0.0)
    assert len({sample.hour for sample in samples}) == len(samples) == 2
    assert samples[0].supplies == {"document_printer.toner": 0.5}
    assert samples[0].waiting == 7


def test_what_is_old_is_forgotten_and_what_is_not_stays(field: Field) -> None:
    field.beat(devices=[device()])
    field.later(100 * 86400.0)
    field.beat(devices=[BROKEN])
    field.round()

    with field.storage.reading() as transaction:
        history = transaction.fleet.states.history(TERMINAL, 10)
        samples = transaction.fleet.states.samples(TERMINAL, 0.0)
    assert [at for at, _ in history] == [field.now]
    assert [sample.at for sample in samples] == [field.now]


def test_the_interval_grows_with_the_fleet(field: Field) -> None:
    field.beat()
    with field.storage._engine.begin() as connection:  # pyright: ignore[reportPrivateUsage]
        row = connection.execute(sa.select(fleet_state)).mappings().one()
        rows = [{**row, "terminal": f"GD{number:06}"} for number in range(20_000)]
        connection.execute(sa.insert(fleet_state), rows)
    field.later(61.0)

    orders = field.beat()
    assert orders.interval == pytest.approx(30.0, abs=0.1)
    assert orders.wait == pytest.approx(200.0, abs=1.0)
