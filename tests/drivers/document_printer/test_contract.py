"""The document printer's contract over every implementation that needs no other program."""

import errno
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest

from drivers.contract import Outcome, State
from drivers.document_printer.contract import DocumentPrinter
from drivers.document_printer.device import IppDocumentPrinter
from drivers.document_printer.folder import FolderDocumentPrinter
from drivers.errors import Cancelled
from tests.drivers.document_printer.helpers import PDF, Bench, bench, print_on


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Bench]:
    with bench(tmp_path) as made:
        yield made


@pytest.fixture(params=["folder", "ipp"])
def printer(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[DocumentPrinter]:
    if request.param == "folder":
        yield FolderDocumentPrinter(tmp_path)
    else:
        with bench(tmp_path) as made:
            yield made.printer


def sheets(tray: Path) -> list[str]:
    return sorted(file.name for file in tray.iterdir())


# --- every implementation ------------------------------------------------------------------------------------------


def test_a_document_lies_in_the_tray_unchanged(printer: DocumentPrinter, tmp_path: Path) -> None:
    assert printer.status().state is State.ONLINE
    assert print_on(printer).outcome is Outcome.PRINTED
    assert print_on(printer).outcome is Outcome.PRINTED
    assert sheets(tmp_path) == ["document-0001.pdf", "document-0002.pdf"]
    assert (tmp_path / "document-0001.pdf").read_bytes() == PDF


def test_a_repeated_action_prints_once(printer: DocumentPrinter, tmp_path: Path) -> None:
    first = print_on(printer, action="same")
    assert print_on(printer, b"%PDF-other", action="same") == first
    assert len(sheets(tmp_path)) == 1


def test_cancelled_before_prints_nothing_and_may_be_repeated(printer: DocumentPrinter, tmp_path: Path) -> None:
    cancel = Event()
    cancel.set()
    with pytest.raises(Cancelled):
        print_on(printer, action="same", cancel=cancel)
    assert sheets(tmp_path) == []
    assert print_on(printer, action="same").outcome is Outcome.PRINTED


def test_close_twice(printer: DocumentPrinter) -> None:
    printer.close()
    printer.close()
    assert printer.status().works


# --- folder --------------------------------------------------------------------------------------------------------


def test_only_this_user_can_read_a_document(tmp_path: Path) -> None:
    print_on(FolderDocumentPrinter(tmp_path))
    assert (tmp_path / "document-0001.pdf").stat().st_mode & 0o777 == 0o600


def test_a_full_disk_is_a_sure_failure_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    result = print_on(FolderDocumentPrinter(tmp_path))
    assert (result.outcome, result.fault, result.detail) == (
        Outcome.FAILED,
        "document_printer.tray",
        "No space left on device",
    )
    assert sheets(tmp_path) == []


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "tray").write_bytes(b"")
    printer = FolderDocumentPrinter(tmp_path / "tray")
    assert printer.status().state is State.HARDWARE_ERROR
    assert print_on(printer).outcome is Outcome.FAILED


def test_a_document_that_is_there_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "document-0007.pdf").write_bytes(b"old")
    print_on(FolderDocumentPrinter(tmp_path))
    assert sheets(tmp_path) == ["document-0007.pdf", "document-0008.pdf"]
    assert (tmp_path / "document-0007.pdf").read_bytes() == b"old"


# --- IPP -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verb", "fault", "repair"),
    [
        ("jam", "document_printer.jammed", "clear"),
        ("paper_out", "document_printer.paper_out", "refill"),
        ("unplug", "document_printer.not_connected", "plug"),
        ("mute", "document_printer.silent", "heal"),
        ("garbage", "document_printer.garbled", "heal"),
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
    machine.simulated.simulate_slow("30")
    result = print_on(machine.printer, timeout=0.5)
    assert (result.outcome, result.fault) == (Outcome.UNKNOWN, "document_printer.not_finished")
    machine.simulated.simulate_slow("0.001")
    assert machine.printer.status().works
    assert machine.sheets == []


def test_cancelled_while_printing_is_unknown_and_taken_back(machine: Bench) -> None:
    machine.simulated.simulate_slow("30")
    cancel = Event()
    timer = threading.Timer(0.3, cancel.set)
    timer.start()
    assert print_on(machine.printer, cancel=cancel).outcome is Outcome.UNKNOWN
    timer.join()
    machine.simulated.simulate_slow("0.001")
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
