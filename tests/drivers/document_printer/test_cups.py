"""The driver above a real CUPS whose printers are a bare port and the printer that writes PDF files."""

import contextlib
import secrets
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import Queue
from threading import Event

import pytest

from drivers.contract import Outcome, State
from drivers.document_printer.device import IppDocumentPrinter
from tests.drivers.document_printer import spooler
from tests.drivers.document_printer.helpers import PDF, print_on

pytestmark = spooler.NEEDS_CUPS

MORE_THAN_BUFFERS = 24 << 20
PDF_PRINTER = Path("/usr/share/ppd/cups-pdf/CUPS-PDF_opt.ppd")
PDF_FOLDER = Path("/var/spool/cups-pdf/ANONYMOUS")
"""Of users without an account, as the terminal is; its place is compiled in."""


class Sink:
    """A printer with a raw port: keeps what each connection brings, reads only while ``reading`` is set."""

    def __init__(self) -> None:
        self.received: Queue[bytes] = Queue()
        self.reading = threading.Event()
        self.reading.set()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._server.accept()
                self.reading.wait(30)
                self.received.put(_read_all(connection))

    def close(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()


def _read_all(connection: socket.socket) -> bytes:
    data = bytearray()
    with connection, contextlib.suppress(OSError):
        while portion := connection.recv(1 << 16):
            data += portion
    return bytes(data)


@pytest.fixture
def cups() -> Iterator[spooler.Cups]:
    with spooler.folder() as root:
        made = spooler.Cups(root)
        yield made
        made.stop()


@pytest.fixture
def sink(cups: spooler.Cups) -> Iterator[Sink]:
    made = Sink()
    cups.add_queue(f"socket://127.0.0.1:{made.port}", "-m", "raw")
    yield made
    made.close()


def test_a_job_is_printed(cups: spooler.Cups, sink: Sink) -> None:
    printer = IppDocumentPrinter(cups.uri)
    assert printer.status().works
    assert print_on(printer, timeout=60).outcome is Outcome.PRINTED
    assert sink.received.get(timeout=30) == PDF


def test_a_disabled_queue_is_a_sure_failure(cups: spooler.Cups, sink: Sink) -> None:
    cups.run("cupsdisable", spooler.QUEUE)
    printer = IppDocumentPrinter(cups.uri)
    assert printer.status().state is State.OFFLINE
    result = print_on(printer)
    assert (result.outcome, result.fault) == (Outcome.FAILED, "document_printer.paused")
    cups.run("cupsenable", spooler.QUEUE)
    assert print_on(printer, b"%PDF-other", timeout=60).outcome is Outcome.PRINTED
    assert sink.received.get(timeout=30) == b"%PDF-other"


def test_a_queue_that_takes_no_jobs_is_a_sure_failure(cups: spooler.Cups, sink: Sink) -> None:
    cups.run("cupsreject", spooler.QUEUE)
    result = print_on(IppDocumentPrinter(cups.uri))
    assert (result.outcome, result.fault) == (Outcome.FAILED, "document_printer.paused")
    assert sink.received.empty()


def test_a_queue_that_does_not_exist(cups: spooler.Cups) -> None:
    printer = IppDocumentPrinter(cups.uri + "-other")
    assert printer.status().fault == "document_printer.refused"
    assert print_on(printer).outcome is Outcome.FAILED


@pytest.mark.filterwarnings("ignore:Sending a large body")  # aiohttp's advice for servers with many clients
def test_a_printer_that_takes_nothing_is_given_up_and_the_job_taken_back(cups: spooler.Cups, sink: Sink) -> None:
    sink.reading.clear()
    result = print_on(IppDocumentPrinter(cups.uri), bytes(MORE_THAN_BUFFERS), timeout=2)
    assert result.outcome is Outcome.UNKNOWN
    sink.reading.set()
    assert len(sink.received.get(timeout=30)) < MORE_THAN_BUFFERS
    assert print_on(IppDocumentPrinter(cups.uri), timeout=60).outcome is Outcome.PRINTED
    assert sink.received.get(timeout=30) == PDF


@pytest.mark.skipif(not PDF_PRINTER.exists(), reason="needs Debian's package printer-driver-cups-pdf")
def test_the_printer_that_writes_pdf_files(cups: spooler.Cups) -> None:
    cups.add_queue("cups-pdf:/", "-P", str(PDF_PRINTER))
    title = f"test {secrets.token_hex(8)}"
    printer = IppDocumentPrinter(cups.uri)
    result = printer.print("once", spooler.a_page(), title, timeout=90, cancel=Event())
    assert result.outcome is Outcome.PRINTED
    (file,) = PDF_FOLDER.glob(f"{title.replace(' ', '_')}_*.pdf")
    with file.open("rb") as written:
        assert written.read(5) == b"%PDF-"
    file.unlink()
