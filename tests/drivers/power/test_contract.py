"""The power supply's contract: the real driver over the simulated UPS, one test a mishap."""

import threading
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest

from drivers.contract import State
from drivers.discovery import Attachment
from drivers.errors import Cancelled, DeadlineExceeded, NotConnected, Refused
from drivers.monitor import Incident, Unwatched
from drivers.power.contract import Battery, Supply
from drivers.power.device import NutPowerSupply
from drivers.power.driver import NUT, NutOptions
from drivers.power.simulated import SimulatedPowerSupply
from drivers.simulation.contract import COMMON_VERBS, Place
from tests.drivers.notes import Notes
from tests.drivers.power.helpers import battery_test, simulated, supply


@pytest.fixture
def ups() -> Iterator[SimulatedPowerSupply]:
    with simulated() as made:
        yield made


@pytest.fixture
def power(ups: SimulatedPowerSupply) -> Iterator[NutPowerSupply]:
    made = supply(ups.endpoint)
    yield made
    made.close()


# --- status ----------------------------------------------------------------------------------------------------------


def test_all_is_well(power: NutPowerSupply) -> None:
    status = power.status()
    assert (status.state, status.supply, status.battery) == (State.ONLINE, Supply.MAINS, Battery.OK)
    assert (status.charge, status.runtime, status.load) == (100, 1800, 20)
    told = power.capabilities()
    assert (told.model, told.serial_number, told.firmware) == ("Simulated UPS 1000", "SIM0001", "1.0")


def test_a_power_cut_from_its_beginning_to_its_end(ups: SimulatedPowerSupply, power: NutPowerSupply) -> None:
    verbs, seen = ups.verbs(), list[tuple[str, str]]()
    for verb in ("power_cut", "low_battery", "shutting_down", "heal", "mains_back"):
        verbs[verb]("")
        status = power.status()
        seen.append((status.fault, status.supply))
    assert seen == [
        ("power.on_battery", "battery"),
        ("power.battery_low", "battery"),
        ("power.shutting_down", "battery"),
        ("", "mains"),
        ("", "mains"),
    ]


def test_a_ups_that_tells_no_status(ups: SimulatedPowerSupply, power: NutPowerSupply) -> None:
    ups.simulate_no_status()
    assert power.status().fault == "power.protocol_error"


def test_the_server_hung_up_between_two_questions(ups: SimulatedPowerSupply) -> None:
    notes = Notes()
    power = supply(ups.endpoint, watch=notes)
    assert power.status().works
    ups.simulate_unplug()
    ups.simulate_plug()
    assert power.status().works
    assert notes.incidents == [Incident.RETRY]
    power.close()


def test_a_name_that_the_server_does_not_know(ups: SimulatedPowerSupply) -> None:
    power = supply(ups.endpoint + "x")
    status = power.status()
    assert (status.state, status.fault) == (State.NO_DEVICE, "power.unknown_ups")
    power.close()


def test_without_a_name_the_first_ups_is_meant(ups: SimulatedPowerSupply) -> None:
    power = supply(ups.endpoint.rpartition("/")[0])
    assert power.status().works
    power.close()


@pytest.mark.parametrize("port", ["", "nut://", "nut://127.0.0.1:x/hall", "nut://[/hall", "hall"])
def test_a_port_that_is_none(port: str) -> None:
    with pytest.raises(NotConnected):
        NUT.open(NutOptions(port=port), Unwatched())


# --- the battery test ------------------------------------------------------------------------------------------------


def test_a_good_battery_passes_twice(power: NutPowerSupply) -> None:
    assert battery_test(power).passed is True
    assert battery_test(power).passed is True


def test_a_weak_battery_fails(ups: SimulatedPowerSupply, power: NutPowerSupply) -> None:
    ups.simulate_weak_battery()
    result = battery_test(power)
    assert (result.passed, result.text) == (False, "Done and error")


@pytest.mark.parametrize(("username", "password"), [("", ""), ("kiosk", "wrong")])
def test_without_good_credentials_it_is_refused(ups: SimulatedPowerSupply, username: str, password: str) -> None:
    power = supply(ups.endpoint, username=username, password=password)
    with pytest.raises(Refused):
        battery_test(power)
    assert power.status().works
    power.close()


@pytest.mark.parametrize("verb", ["busy", "power_cut"])
def test_it_is_refused_while_the_battery_is_needed(ups: SimulatedPowerSupply, power: NutPowerSupply, verb: str) -> None:
    ups.verbs()[verb]("")
    with pytest.raises(Refused):
        battery_test(power)


def test_a_server_that_falls_silent(ups: SimulatedPowerSupply, power: NutPowerSupply) -> None:
    ups.simulate_mute()
    with pytest.raises(DeadlineExceeded):
        battery_test(power, timeout=0.3)


def test_cancelled(ups: SimulatedPowerSupply, power: NutPowerSupply) -> None:
    ups.simulate_mute()
    cancel = Event()
    timer = threading.Timer(0.1, cancel.set)
    timer.start()
    with pytest.raises(Cancelled):
        battery_test(power, cancel=cancel)
    timer.join()
    ups.simulate_heal()
    assert power.status().works


# --- the registry's row ----------------------------------------------------------------------------------------------


def test_the_technicians_test(ups: SimulatedPowerSupply, power: NutPowerSupply) -> None:
    assert all(check.ok for check in NUT.selftest(power, Event()))
    ups.simulate_weak_battery()
    assert [check.name for check in NUT.selftest(power, Event()) if not check.ok] == ["battery test"]


def test_the_technicians_test_without_credentials_says_what_it_left_out(ups: SimulatedPowerSupply) -> None:
    power = supply(ups.endpoint, username="", password="")
    *_, last = NUT.selftest(power, Event())
    assert last.ok
    assert "not done" in last.evidence
    power.close()


def test_it_is_found_at_its_port(ups: SimulatedPowerSupply) -> None:
    assert NUT.probe
    address = ups.endpoint.removeprefix("nut://").partition("/")[0]
    attachment = Attachment(f"tcp://{address}", "tcp")
    finding = NUT.probe.ask(attachment, 2)
    assert finding
    assert (finding.port, finding.model) == (ups.endpoint, "Simulated UPS 1000")
    ups.simulate_wrong_model()
    assert NUT.probe.ask(attachment, 2) is None
    ups.simulate_unplug()
    with pytest.raises(NotConnected):
        NUT.probe.ask(attachment, 2)


def test_the_simulated_device_of_the_row(tmp_path: Path) -> None:
    assert NUT.simulated
    made = NUT.simulated(Place(tmp_path, tmp_path))
    assert made.kind == "power"
    assert made.verbs().keys() >= COMMON_VERBS
    made.start()
    assert made.state()["status"] == "OL"
    made.close()


def test_a_password_is_not_shown() -> None:
    assert "sesame" not in repr(NutOptions(username="kiosk", password="sesame"))
