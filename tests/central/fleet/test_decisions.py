"""What is decided about the fleet, given a time: all of it without a database."""

import random
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from central.fleet import working
from central.fleet.commanding import RULES, checked, expiry
from central.fleet.configuring import SETTINGS, changed, difference
from central.fleet.configuring import checked as settings_checked
from central.fleet.errors import BadCommand, BadSettings
from central.fleet.forecast import DAY, Reading, forecast
from central.fleet.health import Fault, Standing, judge
from central.fleet.pacing import HEARTBEATS_A_SECOND, LONGEST_WAIT, pace
from central.fleet.places import Place
from central.fleet.uptime import uptime
from central.fleet.working import LASTING, SILENT, SYSTEM, Heard
from central.storage.fleet.orders import NewOrder, OrderRow
from central.storage.fleet.states import SpanRow
from tests.central.fleet.fleet import NOON, device, heartbeat, out_of_paper

# --- health -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("devices", "standing", "who"),
    [
        ([device(), device("camera", "busy")], "working", "nobody"),
        ([out_of_paper()], "faulty", "staff"),
        ([out_of_paper() | {"needed": False}], "degraded", "staff"),
        ([device(state="degraded", fault="receipt_printer.slow", who="technician")], "degraded", "technician"),
        ([out_of_paper(), device("camera", "offline", fault="camera.lost", who="technician")], "faulty", "technician"),
        ([device("audio", "no_device")], "working", "nobody"),
        ([device("id_card", "user_error", fault="id_card.card_left", who="citizen")], "working", "nobody"),
    ],
)
def test_how_a_terminal_stands_and_who_must_act(devices: list[dict[str, object]], standing: str, who: str) -> None:
    judged = judge(heartbeat(devices=devices))
    assert (judged.standing, judged.who) == (standing, who)


def test_out_of_service_is_no_fault() -> None:
    assert judge(heartbeat(service="out_of_service", devices=[out_of_paper()])).standing is Standing.CLOSED


def test_a_fault_is_named_once() -> None:
    assert Fault("camera", "camera.lost", "staff", "low").subject == "camera.lost"
    assert Fault("camera", "offline", "staff", "low").subject == "camera.offline"


# --- pace -------------------------------------------------------------------------------------------------------------


@given(st.integers(0, 10**6))
def test_no_fleet_asks_more_than_the_centre_bears(terminals: int) -> None:
    now = pace(terminals)
    assert now.interval >= 10.0
    assert terminals / now.interval <= max(HEARTBEATS_A_SECOND, terminals / 300.0) * 1.001
    assert now.wait == 0 or terminals / now.wait <= 100.01
    assert now.wait <= LONGEST_WAIT
    assert now.patience >= 3 * now.interval


# --- uptime -----------------------------------------------------------------------------------------------------------

_SPANS = st.lists(
    st.tuples(st.floats(0, 1000), st.floats(0, 100), st.sampled_from(["working", "degraded", "faulty", "closed"])),
    max_size=20,
)


@given(_SPANS, st.floats(0, 2000), st.floats(0, 2000))
def test_all_time_is_in_one_standing_or_silence(
    told: list[tuple[float, float, str]], first: float, since: float
) -> None:
    spans: list[SpanRow] = []
    at = 0.0
    for gap, length, standing in told:
        spans.append(SpanRow("T", at + gap, at + gap + length, standing))
        at += gap + length
    found = uptime(spans, first, since, 3000.0)

    assert sum(found.by_standing.values()) == pytest.approx(found.seconds, abs=1e-6)
    assert found.share is None or 0.0 <= found.share <= 1.0


# --- forecast ---------------------------------------------------------------------------------------------------------


def _readings(a_day: float, days: float, left: float = 0.9, noise: float = 0.0) -> list[Reading]:
    chance = random.Random(1)
    hours = range(int(days * 24))
    return [Reading(NOON + hour * 3600, left - a_day * hour / 24 + chance.uniform(-noise, noise)) for hour in hours]


def test_what_is_used_steadily_ends_when_it_must() -> None:
    told = forecast(_readings(0.1, 5))
    assert told
    assert told.a_day == pytest.approx(0.1, rel=0.01)
    assert told.empty_at == pytest.approx(NOON + 9 * DAY, abs=DAY / 4)
    assert told.earliest <= told.empty_at
    assert told.latest is None or told.latest >= told.empty_at


def test_a_refill_is_no_negative_use() -> None:
    before, after = _readings(0.1, 4, left=0.5), _readings(0.1, 4, left=1.0)
    both = [*before, *(Reading(one.at + 4 * DAY, one.left) for one in after)]
    told = forecast(both)
    assert told
    assert told.a_day == pytest.approx(0.1, rel=0.02)


def test_one_wrong_reading_moves_nothing() -> None:
    readings = _readings(0.1, 6)
    readings[50] = Reading(readings[50].at, 0.0)
    told = forecast(readings)
    assert told
    assert told.a_day == pytest.approx(0.1, rel=0.1)


def test_quiet_days_and_busy_ones_make_the_interval_wide() -> None:
    readings = [Reading(NOON, 0.95)]
    for day in range(10):
        used = 0.12 if day % 5 < 3 else 0.01
        readings += [Reading(NOON + (day + hour / 8) * DAY, readings[-1].left - used / 8) for hour in range(1, 9)]
    told = forecast([one for one in readings if one.left > 0])
    assert told
    assert told.latest is None or told.latest - told.earliest > DAY / 2


@pytest.mark.parametrize(
    "readings", [[], _readings(0.1, 1), _readings(0.0, 10, noise=0.005), _readings(-0.01, 10, left=0.3)]
)
def test_of_too_little_nothing_is_said(readings: list[Reading]) -> None:
    assert forecast(readings) is None


@given(st.lists(st.tuples(st.floats(0, 30 * DAY), st.floats(0, 1)), max_size=60))
def test_whatever_a_sensor_says_the_forecast_is_in_order(told: list[tuple[float, float]]) -> None:
    readings = [Reading(NOON + at, left) for at, left in sorted(told)]
    found = forecast(readings)
    if found:
        assert readings[-1].at <= found.earliest <= found.empty_at
        assert found.latest is None or found.latest >= found.empty_at * (1 - 1e-9)


# --- work orders ------------------------------------------------------------------------------------------------------

FAULT = Fault("receipt_printer", "receipt_printer.paper_out", "staff", "high")


def _plan(
    fleet: list[Heard],
    orders: list[NewOrder] | None = None,
    dismissed: dict[str, float] | None = None,
    *,
    now: float = NOON,
    since: float = 0.0,
    regions: dict[str, str] | None = None,
) -> working.Changes:
    places = {terminal: Place(region=region) for terminal, region in (regions or {}).items()}
    rows = [_open(number, order) for number, order in enumerate(orders or (), 1)]
    return working.plan(fleet, places, rows, dismissed or {}, now, since)


def _open(number: int, order: NewOrder) -> OrderRow:
    told: dict[str, Any] = {**vars(order), "open_key": order.open_key}
    return OrderRow(number, **told, assigned_to="", escalated_at=None, closed_at=None, closed_by="", reason="")


def _heard(terminal: str = "T1", *, fault_since: float | None = None, silent_since: float | None = None) -> Heard:
    faults = () if fault_since is None else ((FAULT, fault_since),)
    return Heard(terminal, NOON + 60.0 if silent_since is None else silent_since, faults)


def test_a_fault_that_lasts_is_one_order_and_clears_itself() -> None:
    assert _plan([_heard(fault_since=NOON - LASTING + 1)]).opened == ()
    opened = _plan([_heard(fault_since=NOON - LASTING)]).opened
    assert [(one.terminal, one.subject, one.who) for one in opened] == [("T1", FAULT.subject, "staff")]
    assert opened[0].due_at > NOON

    again = _plan([_heard(fault_since=NOON - 999)], list(opened))
    assert again == working.Changes()
    assert _plan([_heard()], list(opened)).closed == (1,)


def test_what_a_person_closed_is_opened_again_only_for_a_new_fault() -> None:
    key = working.plan([_heard(fault_since=NOON - 999)], {}, [], {}, NOON, 0.0).opened[0].open_key
    assert _plan([_heard(fault_since=NOON - 999)], dismissed={key: NOON - 500}).opened == ()
    assert len(_plan([_heard(fault_since=NOON - 300)], dismissed={key: NOON - 500}).opened) == 1


def test_a_fault_of_a_terminal_that_fell_silent_stays_open() -> None:
    opened = list(_plan([_heard(fault_since=NOON - 999)]).opened)
    assert _plan([_heard(silent_since=NOON - 10)], opened).closed == ()


def test_silence_is_an_order_after_a_while_and_none_when_the_centre_was_away_itself() -> None:
    silent = [_heard(silent_since=NOON - SILENT)]
    assert [one.subject for one in _plan(silent).opened] == ["terminal"]
    assert _plan([_heard(silent_since=NOON - SILENT + 1)]).opened == ()
    assert _plan(silent, since=NOON - 60.0).opened == ()
    assert len(_plan(silent, since=NOON - SILENT).opened) == 1


def test_a_region_that_falls_silent_is_one_order() -> None:
    regions = {f"T{number}": "韶关市" if number < 300 else "广州市" for number in range(1000)}
    fleet = [
        _heard(name, silent_since=NOON - 900 if region == "韶关市" or name == "T500" else None)
        for name, region in regions.items()
    ]
    opened = _plan(fleet, regions=regions).opened
    assert sorted((one.terminal, one.subject) for one in opened) == [("", "region 韶关市"), ("T500", "terminal")]

    back = [_heard(name) for name in regions]
    assert _plan(back, list(opened), regions=regions).closed == (1, 2)


def test_calls_for_staff_are_closed_by_people_alone() -> None:
    call = working.help_order("T1", "call-1", NOON)
    assert _plan([_heard()], [call]) == working.Changes()
    assert SYSTEM not in call.open_key


# --- commands and settings --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        ("restart", {"what": "everything"}),
        ("restart", {"what": "device"}),
        ("restart", {"what": "app", "device": "camera"}),
        ("out_of_service", {}),
        ("out_of_service", {"reason": "a\nb"}),
        ("reconfigure", {"version": "-1"}),
        ("update", {"version": "1; reboot"}),
        ("sync_now", {"force": "yes"}),
    ],
)
def test_a_command_with_wrong_words_is_refused(kind: str, arguments: dict[str, str]) -> None:
    with pytest.raises(BadCommand):
        checked(kind, arguments)  # type: ignore[arg-type]


def test_every_kind_has_an_end() -> None:
    assert all(NOON < expiry(kind, NOON) <= NOON + 7 * DAY for kind in RULES)


@pytest.mark.parametrize(
    "settings",
    [
        {"central.url": "https://elsewhere.example"},
        {"journey.idle_seconds": "0"},
        {"journey.idle_seconds": "1.5"},
        {"journey.idle_seconds": "１０"},
        {"terminal.language": "fr"},
        {"terminal.hall": " a"},
        {"terminal.hall": "a\nb"},
    ],
)
def test_settings_no_terminal_would_take_are_refused_by_name(settings: dict[str, str]) -> None:
    with pytest.raises(BadSettings, match=next(iter(settings)).replace(".", r"\.")):
        settings_checked(settings)


_SETTINGS = st.dictionaries(st.sampled_from(sorted(SETTINGS)), st.sampled_from(["", "1", "2"]))


@given(_SETTINGS, _SETTINGS)
def test_a_difference_tells_exactly_what_changes(before: dict[str, str], change: dict[str, str]) -> None:
    old, new = changed({}, before), changed(changed({}, before), change)
    told = {one.key: one for one in difference(old, new)}

    assert all((one.before, one.after) == (old.get(key), new.get(key)) for key, one in told.items())
    assert {**{key: value for key, value in old.items() if key not in told}, **{
        key: one.after for key, one in told.items() if one.after is not None
    }} == new  # fmt: skip
    assert [one.key for one in difference(old, new)] == sorted(told)
    assert all(first < second for first, second in pairwise(sorted(told)))
