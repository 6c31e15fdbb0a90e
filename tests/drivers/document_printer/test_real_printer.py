"""The driver at a real CUPS queue with a real IPP printer behind it: what the queue does not know, the printer does."""

import urllib.request
from collections.abc import Generator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from drivers.contract import Outcome, PrintResult, State
from drivers.discovery import Attachment
from drivers.document_printer.contract import Paper
from drivers.document_printer.device import IppDocumentPrinter
from drivers.document_printer.driver import IPP
from tests.drivers.document_printer import spooler
from tests.drivers.document_printer.helpers import print_on
from tests.waiting import eventually

pytestmark = [spooler.NEEDS_CUPS, spooler.NEEDS_PRINTER]
PAGE = spooler.a_page()
LONG = 100.0


@dataclass
class Hall:
    machine: spooler.RealPrinter
    cups: spooler.Cups

    def printer(self, **options: float) -> IppDocumentPrinter:
        return IppDocumentPrinter(self.cups.uri, patience=options.get("patience", LONG))

    @property
    def queue_alone(self) -> IppDocumentPrinter:
        return IppDocumentPrinter(self.cups.uri, printer_uri=self.cups.uri, patience=LONG)


@pytest.fixture
def names() -> Generator[Mapping[str, str]]:
    with spooler.folder() as root, spooler.name_service(root) as env:
        yield env


@pytest.fixture
def hall(names: Mapping[str, str]) -> Generator[Hall]:
    with _hall(names) as made:
        yield made


@contextmanager
def _hall(names: Mapping[str, str], policy: str = "") -> Generator[Hall]:
    with spooler.folder() as root:
        machine = spooler.RealPrinter(root, names)
        cups = spooler.Cups(root, policy)
        try:
            cups.add_queue(machine.uri, "-m", "everywhere")
            yield Hall(machine, cups)
        finally:
            cups.stop()
            machine.kill()


@contextmanager
def printing(printer: IppDocumentPrinter, timeout: float = LONG) -> Generator[Future[PrintResult]]:
    with ThreadPoolExecutor(1) as pool:
        yield pool.submit(print_on, printer, PAGE, timeout=timeout)


def told(printer: IppDocumentPrinter, cause: str) -> None:
    fault = cause and f"document_printer.{cause}"
    eventually(lambda: printer.status().fault == fault, cause or "health")


def test_a_document_goes_through_the_queue_to_its_end(hall: Hall) -> None:
    printer = hall.printer()
    assert printer.status().state is State.ONLINE
    assert printer.capabilities().model == "Sample Laser 1"
    assert print_on(printer, PAGE, timeout=LONG).outcome is Outcome.PRINTED
    assert [sheet.read_bytes()[:5] for sheet in hall.machine.sheets] == [b"%PDF-"]


def test_a_jam_is_told_and_the_document_kept_until_it_is_cleared(hall: Hall) -> None:
    hall.machine.jam()
    printer = hall.printer()
    with printing(printer) as result:
        told(printer, "jammed")
        assert printer.status().paper is Paper.JAMMED
        assert not result.done()
        assert hall.machine.sheets == []
        hall.machine.clear()
        assert result.result(LONG).outcome is Outcome.PRINTED
    assert len(hall.machine.sheets) == 1
    told(printer, "")


def test_a_printer_that_is_off_gets_no_document_until_it_is_back(hall: Hall) -> None:
    printer = hall.printer()
    hall.machine.kill()
    told(printer, "not_connected")
    assert print_on(printer, PAGE).outcome is Outcome.FAILED
    hall.machine.start()
    told(printer, "")
    assert print_on(printer, PAGE, timeout=LONG).outcome is Outcome.PRINTED
    assert len(hall.machine.sheets) == 1


def test_a_printer_without_paper_is_seen_while_the_queue_knows_nothing(hall: Hall) -> None:
    levels = "&".join(f"level{tray}=0" for tray in range(4))
    url = f"http://localhost:{hall.machine.port}/media?{levels}"
    urllib.request.urlopen(url, timeout=10).close()
    printer = hall.printer()
    told(printer, "paper_out")
    assert hall.queue_alone.status().state is State.ONLINE
    assert print_on(printer, PAGE).outcome is Outcome.FAILED


def test_a_document_lost_by_the_printer_is_never_called_printed(hall: Hall) -> None:
    """CUPS calls it completed. From then on it says so of every job; the printer itself says which ones it printed."""
    _lose_a_document(hall)
    assert print_on(hall.printer(), PAGE, timeout=LONG).outcome is Outcome.PRINTED
    assert len(hall.machine.sheets) == 1

    alone = hall.queue_alone
    told(alone, "history_lost")
    assert print_on(alone, PAGE, timeout=LONG).outcome is Outcome.UNKNOWN

    hall.cups.run("lpadmin", "-p", spooler.QUEUE, "-o", "printer-state-reasons=none")
    told(alone, "")
    assert print_on(alone, PAGE, timeout=LONG).outcome is Outcome.PRINTED


def _lose_a_document(hall: Hall) -> None:
    hall.machine.jam()
    printer = hall.printer()
    with printing(printer) as result:
        told(printer, "jammed")
        hall.machine.kill()
        hall.machine.clear()
        hall.machine.start()
        lost = result.result(LONG)
    assert (lost.outcome, lost.fault) == (Outcome.UNKNOWN, "document_printer.history_lost")
    assert hall.machine.sheets == []


@pytest.mark.parametrize(
    ("policy", "may_come_out"),
    [(spooler.CANCEL_NEEDS_LOGIN, True), (spooler.OWNER_MAY_CANCEL, False)],
    ids=["login", "owner"],
)
def test_whether_a_document_could_be_taken_back_is_told(
    names: Mapping[str, str], policy: str, may_come_out: bool
) -> None:
    with _hall(names, policy) as hall:
        hall.machine.jam()
        result = print_on(hall.printer(patience=1), PAGE, timeout=LONG)
        assert (result.outcome, result.fault) == (Outcome.UNKNOWN, "document_printer.jammed")
        assert ("may still come out" in result.detail) is may_come_out


def test_a_printer_of_its_own_is_found(hall: Hall) -> None:
    assert IPP.probe
    finding = IPP.probe.ask(Attachment(f"tcp://localhost:{hall.machine.port}", "tcp"), 10)
    assert finding
    assert (finding.port, finding.model) == (hall.machine.uri, "Sample Laser 1")


def test_an_encrypted_connection_whose_certificate_is_checked_if_that_is_wanted(hall: Hall) -> None:
    assert IppDocumentPrinter(hall.machine.tls_uri).status().state is State.ONLINE
    assert IppDocumentPrinter(hall.machine.tls_uri, verify_tls=True).status().state is State.NO_DEVICE
