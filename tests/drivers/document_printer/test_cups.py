"""The driver above a real CUPS with a queue of its own; nothing outside the test's folder is touched."""

import contextlib
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from queue import Queue

import pytest

from drivers.contract import Outcome, State
from drivers.document_printer.device import IppDocumentPrinter
from tests.drivers.document_printer.helpers import PDF, print_on

CUPSD = Path("/usr/sbin/cupsd")
pytestmark = pytest.mark.skipif(
    not CUPSD.exists() or shutil.which("lpadmin") is None, reason="needs Debian's packages cups and cups-client"
)

QUEUE = "hall"
START_SECONDS = 15
MORE_THAN_BUFFERS = 24 << 20
DAEMON = """
Listen 127.0.0.1:{port}
Listen {root}/cups.sock
Browsing Off
DefaultAuthType None
WebInterface No
<Location />
  Order allow,deny
  Allow from 127.0.0.1
</Location>
<Policy default>
  <Limit All>
    Order allow,deny
  </Limit>
</Policy>
"""
FILES = """
ServerRoot {root}
StateDir {root}/state
CacheDir {root}/cache
RequestRoot {root}/spool
TempDir {root}/spool/tmp
ErrorLog {root}/error_log
AccessLog {root}/access_log
PageLog {root}/page_log
"""


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


@dataclass
class Cups:
    port: int
    sink: Sink

    @property
    def uri(self) -> str:
        return f"ipp://127.0.0.1:{self.port}/printers/{QUEUE}"

    def run(self, program: str, *arguments: str) -> None:
        command = [program, "-h", f"127.0.0.1:{self.port}", *arguments]
        done = subprocess.run(command, check=False, timeout=START_SECONDS, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.skip(f"cupsd does not start here (exit status {process.poll()})")


@pytest.fixture
def root() -> Iterator[Path]:
    """Not pytest's own folder: its parents are closed to the user that CUPS runs its backends as."""
    with tempfile.TemporaryDirectory(prefix="cups-") as name:
        Path(name).chmod(0o711)
        yield Path(name)


@pytest.fixture
def cups(root: Path) -> Iterator[Cups]:
    made = Cups(free_port(), Sink())
    for folder in ("state", "cache", "spool/tmp"):
        (root / folder).mkdir(parents=True)
    (root / "cupsd.conf").write_text(DAEMON.format(root=root, port=made.port))
    (root / "cups-files.conf").write_text(FILES.format(root=root))
    arguments = ["-f", "-c", root / "cupsd.conf", "-s", root / "cups-files.conf"]
    process = subprocess.Popen([CUPSD, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(made.port, process)
        made.run("lpadmin", "-p", QUEUE, "-v", f"socket://127.0.0.1:{made.sink.port}", "-m", "raw", "-E")
        yield made
    finally:
        process.terminate()
        process.wait(10)
        made.sink.close()


def test_a_job_is_printed(cups: Cups) -> None:
    printer = IppDocumentPrinter(cups.uri)
    assert printer.status().works
    assert print_on(printer, timeout=20).outcome is Outcome.PRINTED
    assert cups.sink.received.get(timeout=5) == PDF


def test_a_disabled_queue_is_a_sure_failure(cups: Cups) -> None:
    cups.run("cupsdisable", QUEUE)
    printer = IppDocumentPrinter(cups.uri)
    assert printer.status().state is State.OFFLINE
    result = print_on(printer)
    assert (result.outcome, result.fault) == (Outcome.FAILED, "document_printer.paused")
    cups.run("cupsenable", QUEUE)
    assert print_on(printer, b"%PDF-other", timeout=20).outcome is Outcome.PRINTED
    assert cups.sink.received.get(timeout=5) == b"%PDF-other"


def test_a_queue_that_does_not_exist(cups: Cups) -> None:
    printer = IppDocumentPrinter(cups.uri + "-other")
    assert printer.status().fault == "document_printer.refused"
    assert print_on(printer).outcome is Outcome.FAILED


@pytest.mark.filterwarnings("ignore:Sending a large body")  # aiohttp's advice for servers with many clients
def test_a_printer_that_takes_nothing_is_given_up_and_the_job_taken_back(cups: Cups) -> None:
    cups.sink.reading.clear()
    result = print_on(IppDocumentPrinter(cups.uri), bytes(MORE_THAN_BUFFERS), timeout=2)
    assert result.outcome is Outcome.UNKNOWN
    cups.sink.reading.set()
    assert len(cups.sink.received.get(timeout=10)) < MORE_THAN_BUFFERS
    assert print_on(IppDocumentPrinter(cups.uri), timeout=20).outcome is Outcome.PRINTED
    assert cups.sink.received.get(timeout=5) == PDF
