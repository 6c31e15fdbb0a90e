"""The IPP printer, one test a mishap: the real driver over the simulated device."""

import threading
import tomllib
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from types import MappingProxyType

import pytest

import drivers.document_printer
from drivers.contract import Outcome, State
from drivers.document_printer.contract import DocumentPrinterStatus
from drivers.document_printer.device import IppDocumentPrinter
from drivers.errors import Cancelled
from drivers.monitor import Incident
from tests.drivers.document_printer.helpers import PDF, Bench, bench, print_on
from tests.drivers.notes import Notes

FAULTS = MappingProxyType(
    tomllib.loads(Path(drivers.document_printer.__path__[0], "faults.toml").read_text(encoding="utf-8"))
)
NO_PRINTERS_FAULT = {"tray", "no_content"}
WHILE_PRINTING = {"connection_lost", "history_lost", "job_ended", "not_finished"}


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Bench]:
    with bench(tmp_path) as made:
        yield made


@pytest.mark.parametrize(
    ("verb", "fault", "repair"),
    [
        ("jam", "document_printer.jammed", "clear"),
        ("paper_out", "document_printer.paper_out", "refill"),
        ("unplug", "document_printer.not_connected", "plug"),
        ("mute", "document_printer.deadline_exceeded", "heal"),
        ("garbage", "document_printer.protocol_error", "heal"),
        ("wrong_model", "document_printer.protocol_error", "heal"),
        ("cover_open", "document_printer.cover_open", "cover_closed"),
        ("pause", "document_printer.paused", "resume"),
        ("refuse", "document_printer.refused", "heal"),
    ],
)
def test_trouble_before_is_a_sure_failure(machine: Bench, verb: str, fault: str, repair: str) -> None:
    verbs = machine.simulated.verbs()
    verbs[verb]("")
    assert machine.printer.status().fault == fault
    result = print_on(machine.printer)
    assert (result.outcome, result.fault) == (Outcome.FAILED, fault)
    verbs[repair]("")
    assert machine.sheets == []
    assert print_on(machine.printer).outcome is Outcome.PRINTED
    assert len(machine.sheets) == 1


@pytest.mark.parametrize(
    ("verb", "fault", "repair"),
    [
        ("jam", "document_printer.jammed", "clear"),
        ("paper_out", "document_printer.paper_out", "refill"),
    ],
)
def test_trouble_while_printing_is_unknown_and_nothing_comes_out_later(
    machine: Bench, verb: str, fault: str, repair: str
) -> None:
    machine.simulated.verbs()[verb]("next")
    result = print_on(machine.printer)
    assert (result.outcome, result.fault) == (Outcome.UNKNOWN, fault)
    machine.simulated.verbs()[repair]("")
    assert machine.sheets == []
    assert print_on(machine.printer, b"%PDF-other").outcome is Outcome.PRINTED
    assert machine.sheets == [b"%PDF-other"]


def test_unplugged_after_the_document_was_taken_is_unknown(machine: Bench) -> None:
    machine.simulated.simulate_unplug("next")
    assert print_on(machine.printer).outcome is Outcome.UNKNOWN
    machine.simulated.simulate_plug()
    assert print_on(machine.printer, b"%PDF-other").outcome is Outcome.PRINTED


def test_a_job_the_spooler_lost_is_not_called_printed(machine: Bench) -> None:
    machine.simulated.simulate_lose_job()
    result = print_on(machine.printer)
    assert (result.outcome, result.fault) == (Outcome.UNKNOWN, "document_printer.history_lost")
    assert machine.sheets == []


def test_a_slow_printer_is_waited_for(machine: Bench) -> None:
    machine.simulated.simulate_slow("0.5")
    assert print_on(machine.printer).outcome is Outcome.PRINTED


def test_a_job_not_finished_in_time_is_unknown_and_taken_back(machine: Bench) -> None:
    machine.simulated.simulate_print_time("30")
    result = print_on(machine.printer, timeout=0.5)
    assert (result.outcome, result.fault) == (Outcome.UNKNOWN, "document_printer.not_finished")
    machine.simulated.simulate_print_time("0.001")
    assert machine.printer.status().works
    assert machine.sheets == []


def test_cancelled_while_printing_is_unknown_and_taken_back(machine: Bench) -> None:
    machine.simulated.simulate_print_time("30")
    cancel = Event()
    timer = threading.Timer(0.3, cancel.set)
    timer.start()
    assert print_on(machine.printer, cancel=cancel).outcome is Outcome.UNKNOWN
    timer.join()
    machine.simulated.simulate_print_time("0.001")
    assert machine.printer.status().works
    assert machine.sheets == []


def test_low_toner_still_prints(machine: Bench) -> None:
    machine.simulated.simulate_toner_low()
    assert machine.printer.status().fault == "document_printer.toner_low"
    assert print_on(machine.printer).outcome is Outcome.PRINTED


def test_the_dock_sees_the_printer(machine: Bench) -> None:
    machine.simulated.simulate_paper_out()
    assert machine.simulated.state() == {"paper": "out", "fault": "document_printer.paper_out", "documents": "0"}
    with pytest.raises(ValueError, match="soon"):
        machine.simulated.verbs()["jam"]("soon")


def test_nobody_there() -> None:
    printer = IppDocumentPrinter("ipp://127.0.0.1:9/ipp/print")
    assert printer.status().state is State.NO_DEVICE
    assert print_on(printer).outcome is Outcome.FAILED


# --- every row of the fault chapter ----------------------------------------------------------------------------------


def produce(machine: Bench, cause: str) -> None:
    verb, _, argument = FAULTS[cause]["scenario"].partition(" ")
    machine.simulated.verbs()[verb](argument)


@pytest.mark.parametrize("cause", sorted(FAULTS.keys() - NO_PRINTERS_FAULT - WHILE_PRINTING))
def test_a_fault_that_is_seen_before(machine: Bench, cause: str) -> None:
    produce(machine, cause)
    status = machine.printer.status()
    assert (status.fault, status.who) == (f"document_printer.{cause}", FAULTS[cause]["who"])
    machine.simulated.simulate_heal()
    assert machine.printer.status().state is State.ONLINE


@pytest.mark.parametrize("cause", sorted(WHILE_PRINTING - {"connection_lost"}))
def test_a_fault_that_a_document_meets(machine: Bench, cause: str) -> None:
    produce(machine, cause)
    result = print_on(machine.printer, timeout=1)
    assert (result.outcome, result.fault) == (Outcome.UNKNOWN, f"document_printer.{cause}")


def test_the_connection_lost_in_the_middle_of_a_question(machine: Bench) -> None:
    machine.simulated.simulate_unplug("40")
    assert machine.printer.status().fault == "document_printer.connection_lost"


# --- the cable -------------------------------------------------------------------------------------------------------


def test_a_printed_document_is_there_wherever_the_cable_was_pulled(machine: Bench) -> None:
    for count in range(200, 3600, 310):
        before = len(machine.sheets)
        machine.simulated.simulate_unplug(str(count))
        if print_on(machine.printer, b"%PDF", timeout=3).outcome is Outcome.PRINTED:
            assert len(machine.sheets) == before + 1
        machine.simulated.simulate_heal()
        assert print_on(machine.printer, b"%PDF").outcome is Outcome.PRINTED


# --- other mishaps ---------------------------------------------------------------------------------------------------


def test_a_jam_is_told_while_the_document_is_kept_and_cleared_in_time_it_is_no_trouble(machine: Bench) -> None:
    told: list[str] = []

    def tell(status: DocumentPrinterStatus) -> None:
        told.append(status.fault)
        if status.fault == "document_printer.jammed":
            machine.simulated.simulate_clear()

    machine.simulated.simulate_jam("next")
    patient = IppDocumentPrinter(machine.simulated.endpoint, patience=30)
    result = patient.print("a", PDF, "certificate", timeout=30, cancel=Event(), tell=tell)
    assert result.outcome is Outcome.PRINTED
    assert "document_printer.jammed" in told
    assert len(machine.sheets) == 1


def test_a_busy_printer_is_waited_for_and_nothing_printed_twice(machine: Bench) -> None:
    notes = Notes()
    printer = IppDocumentPrinter(machine.simulated.endpoint, watch=notes)
    machine.simulated.simulate_busy("0.4")
    assert print_on(printer).outcome is Outcome.PRINTED
    assert len(machine.sheets) == 1
    assert Incident.RETRY in notes.incidents


def test_a_printer_that_stays_busy_is_a_sure_failure(machine: Bench) -> None:
    machine.simulated.simulate_busy()
    assert machine.printer.status().state is State.BUSY
    result = print_on(machine.printer, timeout=0.5)
    assert (result.outcome, result.fault) == (Outcome.FAILED, "document_printer.busy")


def test_cancelled_while_it_is_mute(machine: Bench) -> None:
    machine.simulated.simulate_mute()
    cancel = Event()
    timer = threading.Timer(0.1, cancel.set)
    timer.start()
    with pytest.raises(Cancelled):
        print_on(IppDocumentPrinter(machine.simulated.endpoint, answer_timeout=30), timeout=60, cancel=cancel)
    timer.join()


def test_a_printer_that_restarts_in_the_middle_is_not_believed(machine: Bench) -> None:
    """It gives the number of our job to the next one."""
    machine.simulated.simulate_print_time("30")
    timer = threading.Timer(0.4, restart_and_print_for_another, (machine,))
    timer.start()
    result = print_on(machine.printer)
    timer.join()
    assert (result.outcome, result.fault) == (Outcome.UNKNOWN, "document_printer.history_lost")


def restart_and_print_for_another(machine: Bench) -> None:
    machine.simulated.simulate_restart()
    machine.simulated.simulate_print_time("0.001")
    print_on(IppDocumentPrinter(machine.simulated.endpoint), b"%PDF-other")


def test_a_printer_that_was_away_has_reconnected(machine: Bench) -> None:
    notes = Notes()
    printer = IppDocumentPrinter(machine.simulated.endpoint, watch=notes)
    for verb in (machine.simulated.simulate_unplug, machine.simulated.simulate_plug):
        printer.status()
        verb()
    assert printer.status().works
    assert notes.incidents == [Incident.RECONNECT]


def test_what_it_is(machine: Bench) -> None:
    assert machine.printer.capabilities().model == ""
    machine.printer.status()
    told = machine.printer.capabilities()
    assert (told.model, told.serial_number, told.firmware) == ("Simulated A4 Printer", "SIM0001", "1.0")


def test_a_trace_has_the_questions_and_not_the_document(machine: Bench) -> None:
    notes = Notes()
    assert print_on(IppDocumentPrinter(machine.simulated.endpoint, watch=notes)).outcome is Outcome.PRINTED
    assert b"requested-attributes" in notes.told
    assert b"printer-state" in notes.told
    assert PDF not in notes.told


@pytest.mark.parametrize("port", ["", "hall", "http://127.0.0.1/ipp/print", "ipp://", "ipp://host:x/", "ipp://[/"])
def test_an_address_that_is_none(port: str) -> None:
    printer = IppDocumentPrinter(port)
    assert printer.status().state is State.NO_DEVICE
    assert print_on(printer).outcome is Outcome.FAILED
