"""The same contract over TCP, a serial line at its speed, and USB; and what only one of them can do."""

from threading import Event
from typing import Any

import pytest
from escpos.printer import Network, Serial, Usb

from drivers.contract import Media, Outcome, State
from drivers.errors import Who
from drivers.health import Incident
from drivers.monitor import Monitor
from drivers.receipt_printer import raster
from drivers.receipt_printer.contract import Paper, Text
from drivers.receipt_printer.device import EscposReceiptPrinter
from drivers.receipt_printer.lines import UsbLine
from drivers.receipt_printer.models import MODELS
from drivers.receipt_printer.redactor import ReceiptRedactor
from drivers.receipt_printer.simulated import SimulatedReceiptPrinter
from drivers.simulation.cable import Line
from drivers.usb.bus import BusBackend
from tests.drivers.receipt_printer.helpers import LINES, OTHER, Bench, bench, line_of, port_of
from tests.waiting import eventually


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("model", [name for name in MODELS if MODELS[name].confirms and MODELS[name].cuts])
def test_printed_and_confirmed(line: str, model: str) -> None:
    with bench(line=line, model=model) as machine:
        assert machine.print().outcome is Outcome.PRINTED
        assert machine.print(OTHER).outcome is Outcome.PRINTED
        assert [piece.splitlines()[0] for piece in machine.simulated.pieces] == ["已受理", "another person"]


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize(("verb", "repair"), [("jam", "clear"), ("paper_out", "refill"), ("unplug", "plug")])
def test_a_fault_in_the_middle(line: str, verb: str, repair: str) -> None:
    with bench(line=line) as machine:
        machine.simulated.verbs()[verb]("40")
        assert machine.print().outcome is Outcome.UNKNOWN
        machine.simulated.verbs()[repair]("")
        assert machine.print(OTHER).outcome is Outcome.PRINTED
        assert machine.simulated.pieces[-1].strip() == "another person"


OF_THE_LINE = (
    ("mute", "", "deadline_exceeded"),
    ("garbage", "", "protocol_error"),
    ("wrong_model", "", "protocol_error"),
    ("slow", "2", "deadline_exceeded"),
    ("unplug", "", "not_connected"),
)
OF_THE_PRINTER = (
    ("busy", "", "busy"),
    ("offline", "", "offline"),
    ("broken", "", "device_fault"),
    ("hot", "", "too_hot"),
)


@pytest.mark.parametrize(
    ("line", "verb", "argument", "fault"),
    [*((line, *row) for line in LINES for row in OF_THE_LINE), *(("tcp", *row) for row in OF_THE_PRINTER)],
)
def test_every_fault_has_its_name_and_its_end(line: str, verb: str, argument: str, fault: str) -> None:
    with bench(line=line, answer_timeout=0.25) as machine:
        machine.simulated.verbs()[verb](argument)
        assert machine.printer.status().fault == f"receipt_printer.{fault}"
        result = machine.print(timeout=0.6)
        assert (result.outcome, result.fault) == (Outcome.FAILED, f"receipt_printer.{fault}")
        machine.simulated.simulate_heal()
        assert machine.print(OTHER).outcome is Outcome.PRINTED
        assert len(machine.simulated.pieces) == 1


def test_a_busy_printer_is_waited_for() -> None:
    with bench() as machine:
        machine.simulated.simulate_busy("0.6")
        assert machine.printer.status().state is State.BUSY
        assert machine.print().outcome is Outcome.PRINTED


def test_a_slow_answer_in_time_is_an_answer() -> None:
    with bench() as machine:
        machine.simulated.simulate_slow()
        assert machine.print().outcome is Outcome.PRINTED


@pytest.mark.parametrize("late", ["0.8", "1.2"])
def test_a_late_answer_is_not_taken_for_the_next_one(late: str) -> None:
    with bench(line="serial") as machine:
        machine.simulated.simulate_slow(late)
        assert machine.printer.status().fault == "receipt_printer.deadline_exceeded"
        machine.simulated.simulate_slow("0")
        machine.simulated.simulate_cover_open()
        said = eventually(lambda: machine.printer.status().fault.removeprefix("receipt_printer.deadline_exceeded"))
        assert said in ("receipt_printer.protocol_error", "receipt_printer.cover_open")
        eventually(lambda: machine.printer.status().fault == "receipt_printer.cover_open")


def test_a_question_behind_a_long_job_on_a_slow_line_is_waited_for() -> None:
    receipt = tuple(Text("x" * 48) for _ in range(30))
    with bench(line="serial", baud=9600, answer_timeout=0.3) as machine:
        assert machine.print(receipt, timeout=20).outcome is Outcome.PRINTED


def test_a_rest_that_is_still_printed_is_not_joined_by_the_next_receipt() -> None:
    with bench(model="generic") as machine:
        machine.simulated.simulate_stubborn()
        machine.simulated.simulate_crawl("60")
        assert machine.print(timeout=0.3).outcome is Outcome.UNKNOWN
        result = machine.print(OTHER, timeout=0.3)
        assert (result.outcome, result.fault) == (Outcome.FAILED, "receipt_printer.busy")
        machine.simulated.simulate_crawl("2000")
        assert machine.print(OTHER).outcome is Outcome.PRINTED
        assert [piece.splitlines()[0] for piece in machine.simulated.pieces] == ["已受理", "another person"]


def test_a_healed_printer_has_no_mishap_left() -> None:
    with bench() as machine:
        machine.simulated.simulate_jam("30")
        machine.simulated.simulate_cutter()
        machine.simulated.simulate_unplug("200")
        machine.simulated.simulate_heal()
        assert machine.print().outcome is Outcome.PRINTED


def test_trouble_on_the_line_that_a_result_tells_is_counted() -> None:
    with bench() as machine:
        monitor = Monitor(ReceiptRedactor())
        printer = EscposReceiptPrinter(monitor.port(port_of(machine.simulated)), answer_timeout=0.2, watch=monitor)
        for trouble in (machine.simulated.simulate_garbage, machine.simulated.simulate_mute):
            trouble()
            assert Bench(machine.simulated, printer).print().outcome is Outcome.FAILED
            machine.simulated.simulate_heal()
        assert set(monitor.counts().hour) == {Incident.CHECKSUM, Incident.TIMEOUT}


# --- models -------------------------------------------------------------------------------------------------------


def test_a_printer_that_tells_nothing_prints_and_is_never_believed() -> None:
    with bench(model="write_only") as machine:
        status = machine.printer.status()
        assert (status.state, status.fault, status.paper) == (
            State.DEGRADED,
            "receipt_printer.unconfirmed",
            Paper.UNKNOWN,
        )
        result = machine.print()
        assert (result.outcome, result.fault) == (Outcome.UNKNOWN, "receipt_printer.unconfirmed")
        eventually(lambda: machine.simulated.pieces)
        assert machine.print(OTHER).outcome is Outcome.UNKNOWN
        eventually(lambda: len(machine.simulated.pieces) == 2)
        machine.simulated.simulate_unplug()
        assert machine.print().outcome is Outcome.FAILED


def test_a_printer_without_a_cutter_is_not_told_to_cut() -> None:
    with bench(model="no_cutter") as machine:
        assert machine.print().outcome is Outcome.PRINTED
        assert machine.simulated.pieces == []


@pytest.mark.parametrize("model", [name for name in MODELS if MODELS[name].presenter])
def test_the_presenter_tells_what_became_of_the_paper(model: str) -> None:
    with bench(model=model, left_after=0.0) as machine:
        assert machine.printer.status().presenter is Media.ABSENT
        machine.simulated.simulate_leave()
        assert machine.print().outcome is Outcome.PRINTED
        status = machine.printer.status()
        assert (status.presenter, status.state) == (Media.LEFT, State.DEGRADED)
        assert (status.fault, status.who) == ("receipt_printer.left", Who.STAFF)
        assert machine.simulated.state()["presenter"] == "present"
        machine.simulated.simulate_take()
        assert machine.printer.status().presenter is Media.ABSENT


def test_a_paper_is_not_left_before_its_time() -> None:
    with bench(model="custom") as machine:
        machine.simulated.simulate_leave()
        machine.print()
        assert machine.printer.status().presenter is Media.PRESENT
        assert machine.printer.status().state is State.ONLINE
        machine.simulated.simulate_jam()
        assert machine.printer.status().presenter is Media.JAMMED


def test_without_a_presenter_nothing_is_known_of_it() -> None:
    with bench() as machine:
        assert machine.printer.status().presenter is Media.UNKNOWN


def test_a_cutter_that_sticks_is_no_printed_receipt() -> None:
    with bench() as machine:
        machine.simulated.simulate_cutter()
        result = machine.print()
        assert (result.outcome, result.fault) == (Outcome.UNKNOWN, "receipt_printer.jammed")
        machine.simulated.simulate_clear()
        assert machine.print(OTHER).outcome is Outcome.PRINTED
        assert len(machine.simulated.pieces) == 1


def test_the_end_of_an_earlier_job_does_not_pass_for_that_of_the_next() -> None:
    """A printer that cannot be made to forget prints the rest of the first job while the second waits behind it."""
    with bench(line="serial", model="epson") as machine:
        machine.simulated.verbs()["paper_out"]("40")
        machine.simulated.simulate_stubborn()
        assert machine.print().outcome is Outcome.UNKNOWN
        machine.simulated.simulate_refill()
        machine.simulated.simulate_crawl("300")
        assert machine.print(OTHER, timeout=8).outcome is Outcome.PRINTED
        assert [piece.splitlines()[0] for piece in machine.simulated.pieces] == ["已受理", "another person"]


def test_capabilities_are_what_the_printer_tells() -> None:
    with bench() as machine:
        machine.simulated.simulate_paper_out()
        assert machine.printer.capabilities().model == ""
        machine.simulated.simulate_refill()
        told = machine.printer.capabilities()
        assert (told.model, told.serial_number, told.firmware) == ("RP-80 SIMULATED", "SIM0000042", "1.05 ESC/POS")


@pytest.mark.parametrize(("model", "fault"), [("epson", "paper_out"), ("generic", "deadline_exceeded")])
def test_a_printer_that_tells_by_itself_says_why_it_takes_no_more(model: str, fault: str) -> None:
    receipt = tuple(Text("样" * 24, large=True) for _ in range(40))
    with bench(line="usb", model=model, encode=raster.encode) as machine:
        machine.simulated.verbs()["paper_out"]("3000")
        result = machine.print(receipt, timeout=2)
        assert (result.outcome, result.fault) == (Outcome.UNKNOWN, f"receipt_printer.{fault}")


def test_a_cancel_in_the_middle_of_a_long_picture() -> None:
    with bench(line="serial", encode=raster.encode) as machine:
        machine.simulated.simulate_crawl("1000")
        result = machine.print(timeout=20, cancel=_SetLater())
        assert (result.outcome, result.fault) == (Outcome.UNKNOWN, "receipt_printer.cancelled")
        assert machine.simulated.pieces == []


class _SetLater(Event):
    """Set from the third look on: the first is before the first byte."""

    def __init__(self) -> None:
        super().__init__()
        self._looks = 0

    def is_set(self) -> bool:
        self._looks += 1
        return self._looks > 3


# --- an independent client over the same bytes ---------------------------------------------------------------------


@pytest.mark.parametrize("kind", LINES)
def test_python_escpos_prints_to_the_simulated_printer(kind: str) -> None:
    with line_of(kind) as line:
        simulated = SimulatedReceiptPrinter(None, line)
        simulated.start()
        client: Any = _client(kind, line)
        try:
            client.open()
            client.text("Hello from another program\n")
            client.qr("K-42", native=True)
            client.cut()
            assert client.paper_status() == 2
            assert client.is_online()
            eventually(lambda: simulated.pieces)
            assert simulated.pieces[0].startswith("Hello from another program\n[K-42]")
        finally:
            client.close()
            simulated.close()


def _client(kind: str, line: Line) -> Any:
    match kind:
        case "serial":
            return Serial(line.path, baudrate=115200, timeout=0.5)
        case "usb":
            assert isinstance(line, UsbLine)
            backend = BusBackend(line.bus.session())
            return Usb(0x0416, 0x5011, usb_args={"backend": backend}, in_ep=0x82, out_ep=1, timeout=2000)
        case _:
            host, _, port = line.path.removeprefix("tcp://").partition(":")
            return Network(host, int(port), timeout=2)
