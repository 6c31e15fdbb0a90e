"""A queue that tells which printer is behind it: that one is asked, too."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.contract import State
from drivers.document_printer.device import IppDocumentPrinter
from drivers.document_printer.message import encode
from drivers.document_printer.simulated_http import Answer, converse
from drivers.simulation.server import TcpServer
from tests.drivers.document_printer.helpers import Bench, bench


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Bench]:
    with bench(tmp_path) as made:
        yield made


@pytest.fixture
def queue(machine: Bench) -> Iterator[IppDocumentPrinter]:
    """The driver at something that says no more than that it is well and which printer is behind it."""
    told = {"printer-state": 3, "printer-state-reasons": "none", "device-uri": machine.simulated.endpoint}
    said = Answer(encode(0, 1, {}, printer=told))
    server = TcpServer(lambda connection: converse(connection, lambda _: said))
    server.plug()
    yield IppDocumentPrinter("ipp://{}:{}/printers/hall".format(*server.address))
    server.unplug()


def test_the_printer_that_the_queue_names_is_asked(machine: Bench, queue: IppDocumentPrinter) -> None:
    assert queue.status().state is State.ONLINE
    assert queue.capabilities().serial_number == "SIM0001"
    machine.simulated.simulate_jam()
    assert queue.status().fault == "document_printer.jammed"
    machine.simulated.simulate_unplug()
    assert queue.status().fault == "document_printer.not_connected"


@pytest.mark.parametrize("verb", ["refuse", "wrong_model"])
def test_a_printer_that_speaks_with_its_queue_only(machine: Bench, queue: IppDocumentPrinter, verb: str) -> None:
    machine.simulated.verbs()[verb]("")
    assert queue.status().state is State.ONLINE


def test_a_busy_printer_behind_a_queue(machine: Bench, queue: IppDocumentPrinter) -> None:
    machine.simulated.simulate_busy()
    assert queue.status().state is State.BUSY
