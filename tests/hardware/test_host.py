"""The devices of a process as the bus sees them: their states, what happened, what a technician has them do."""

import threading
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from drivers.contract import DeviceStatus
from drivers.id_card.simulated import SimulatedReader
from kiosk.bus.device_messages import (
    DeviceCommand,
    DeviceEvents,
    DeviceEventsRequest,
    DeviceReport,
    DeviceRow,
    DeviceStatuses,
    DeviceStatusesRequest,
    DeviceTrace,
    DeviceTraceRequest,
)
from kiosk.bus.messages import AnyMessage, Failed, Nudge
from kiosk.hardware.host import BUSY, Host, data_of, memory_of
from kiosk.hardware.unit import absent
from tests.hardware.helpers import PATIENCE, ask, card_reader, searched_for_a_card
from tests.waiting import eventually


@dataclass
class Rig:
    reader: SimulatedReader
    host: Host
    citizen: threading.Event
    told: list[DeviceStatus] = field(default_factory=list[DeviceStatus])

    def row(self, name: str = "id_card") -> DeviceRow:
        answer = ask(self.host, DeviceStatusesRequest())
        assert isinstance(answer, DeviceStatuses)
        return next(row for row in answer.rows if row.name == name)

    def events(self, after: int = 0) -> list[tuple[str, str, str]]:
        answer = ask(self.host, DeviceEventsRequest(after=after))
        assert isinstance(answer, DeviceEvents)
        return [(event.device, event.what, event.text) for event in answer.events]

    def read(self, timeout: float = PATIENCE, *, personal: bool = False) -> AnyMessage | None:
        return ask(self.host, DeviceCommand(verb="read", device="id_card", timeout=timeout, personal=personal))


@pytest.fixture
def rig(tmp_path: Path) -> Generator[Rig]:
    reader = SimulatedReader(tmp_path / "tty", paced=False)
    reader.start()
    citizen = threading.Event()
    told: list[DeviceStatus] = []
    units = [card_reader(reader), absent("power")]
    host = Host(units, lambda _name, status: told.append(status), citizen.is_set)
    host.start()
    yield Rig(reader, host, citizen, told)
    host.close()
    reader.close()


# --- state, events, trace -------------------------------------------------------------------------------------------


def test_a_row_tells_what_is_known(rig: Rig) -> None:
    eventually(lambda: rig.row().state == "online")
    row = rig.row()
    assert (row.port, row.driver, row.who, row.score) == ("simulated", "sam", "nobody", 0)
    assert row.serial_number == "05.01-20240101-0001234567-0987654321"
    assert rig.told[-1].state == "online"


def test_a_device_this_terminal_does_not_have_is_no_fault(rig: Rig) -> None:
    eventually(lambda: rig.row("power").state == "no_device")
    assert (rig.row("power").fault, rig.row("power").who) == ("", "nobody")


def test_what_happens_is_remembered_in_order(rig: Rig) -> None:
    eventually(lambda: rig.row().state == "online")
    rig.reader.simulate_sam_fault()
    rig.host.wake()
    eventually(lambda: rig.row().state == "hardware_error")
    assert rig.events()[:2] == [
        ("id_card", "state", "starting -> online"),
        ("id_card", "state", "online -> hardware_error id_card.security_module_fault"),
    ]
    assert rig.events(after=1) == rig.events()[1:]


def test_the_trace_comes_in_pages_that_join(rig: Rig) -> None:
    eventually(lambda: rig.row().state == "online")
    whole = ask(rig.host, DeviceTraceRequest(device="id_card"))
    assert isinstance(whole, DeviceTrace)
    assert '"kind": "id_card"' in whole.lines[0]
    assert whole.newest == len(whole.lines) - 1
    rest = ask(rig.host, DeviceTraceRequest(device="id_card", after=whole.newest))
    assert isinstance(rest, DeviceTrace)
    assert not set(rest.lines) & set(whole.lines)


def test_what_is_not_here_is_refused(rig: Rig) -> None:
    for message in (
        DeviceTraceRequest(device="camera"),
        DeviceCommand(verb="read", device="camera", timeout=1),
        DeviceCommand(verb="fly", device="id_card", timeout=1),
        Nudge(),
    ):
        assert isinstance(ask(rig.host, message), Failed)


# --- commands -------------------------------------------------------------------------------------------------------


def test_a_card_is_read_masked_or_not(rig: Rig) -> None:
    rig.reader.simulate_place()
    masked = rig.read()
    rig.reader.simulate_place()
    shown = rig.read(personal=True)
    assert isinstance(masked, DeviceReport)
    assert isinstance(shown, DeviceReport)
    assert (masked.error, masked.fields["name"]) == ("", "***本")
    assert shown.fields["name"] == "证件样本"


def test_a_card_that_is_not_valid_is_an_error_with_fields(rig: Rig) -> None:
    rig.reader.simulate_place("bad_check_digit")
    report = rig.read()
    assert isinstance(report, DeviceReport)
    assert (report.error, report.who, report.fields["problem"]) == ("number_wrong", "staff", "number_wrong")
    assert report.sentence


def test_no_card(rig: Rig) -> None:
    report = rig.read(0.05)
    assert isinstance(report, DeviceReport)
    assert (report.error, report.who, report.fields) == ("no_card", "citizen", {})


def test_a_selftest_tells_every_check(rig: Rig) -> None:
    report = ask(rig.host, DeviceCommand(verb="selftest", device="id_card", timeout=PATIENCE))
    assert isinstance(report, DeviceReport)
    assert report.error == ""
    assert report.fields["answers and works"].startswith("ok")


def test_a_failed_selftest_says_who_must_act(rig: Rig) -> None:
    rig.reader.simulate_sam_fault()
    report = ask(rig.host, DeviceCommand(verb="selftest", device="id_card", timeout=PATIENCE))
    assert isinstance(report, DeviceReport)
    assert (report.error, report.who) == ("selftest_failed", "technician")
    assert "FAILED" in report.fields["answers and works"]


def test_it_is_refused_while_a_citizen_is_there(rig: Rig) -> None:
    rig.citizen.set()
    rig.reader.simulate_place()
    assert rig.read() == Failed(reason=BUSY)


def test_a_citizen_who_comes_meanwhile_keeps_the_card(rig: Rig) -> None:
    """The read is given up before anything of it is told."""
    answers: list[AnyMessage | None] = []
    asking = threading.Thread(target=lambda: answers.append(rig.read(personal=True)))
    asking.start()
    eventually(lambda: searched_for_a_card(rig.host.units["id_card"]))
    rig.citizen.set()
    rig.host.yield_to_citizen()
    asking.join(PATIENCE / 2)
    assert answers == [Failed(reason=BUSY)]


def test_what_was_read_in_the_moment_a_citizen_came_is_not_told(rig: Rig) -> None:
    """Even when nobody had time to stop the read."""
    answers: list[AnyMessage | None] = []
    asking = threading.Thread(target=lambda: answers.append(rig.read(personal=True)))
    rig.reader.simulate_slow("0.05")
    asking.start()
    eventually(lambda: searched_for_a_card(rig.host.units["id_card"]))
    rig.citizen.set()
    rig.reader.simulate_place()
    asking.join(PATIENCE)
    assert answers == [Failed(reason=BUSY)]


# --- bytes beside the messages --------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [b"", b"x", bytes(5 << 20)], ids=["none", "one", "5 MB"])
def test_memory_holds_what_was_put_in(data: bytes) -> None:
    assert data_of(memory_of(data)) == data
