"""The rows of the registry."""

from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest

from drivers.contract import Outcome
from drivers.discovery import Attachment
from drivers.document_printer.driver import FOLDER, IPP, FolderOptions, IppOptions
from drivers.errors import NotConnected
from drivers.monitor import Unwatched
from drivers.simulation.contract import COMMON_VERBS, Place
from tests.drivers.document_printer.helpers import Bench, bench, print_on


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Bench]:
    with bench(tmp_path) as made:
        yield made


def test_the_options_make_a_printer(machine: Bench, tmp_path: Path) -> None:
    over_ipp = IPP.open(IppOptions(port=machine.simulated.endpoint), Unwatched())
    folder = FOLDER.open(FolderOptions(port=str(tmp_path)), Unwatched())
    for printer in (over_ipp, folder):
        assert print_on(printer).outcome is Outcome.PRINTED  # pyright: ignore[reportArgumentType]
    assert len(machine.sheets) == 2


def test_the_simulated_device_of_the_row(tmp_path: Path) -> None:
    assert IPP.simulated
    made = IPP.simulated(Place(tmp_path, tmp_path))
    assert made.kind == "document_printer"
    assert made.verbs().keys() >= COMMON_VERBS


def test_it_is_found_at_its_port(machine: Bench) -> None:
    assert IPP.probe
    address = machine.simulated.endpoint.removeprefix("ipp://").partition("/")[0]
    attachment = Attachment(f"tcp://{address}", "tcp")
    finding = IPP.probe.ask(attachment, 3)
    assert finding
    assert (finding.port, finding.model) == (machine.simulated.endpoint, "Simulated A4 Printer")
    machine.simulated.simulate_wrong_model()
    assert IPP.probe.ask(attachment, 3) is None
    machine.simulated.simulate_unplug()
    with pytest.raises(NotConnected):
        IPP.probe.ask(attachment, 3)


def test_the_technicians_test(machine: Bench) -> None:
    assert all(check.ok for check in IPP.selftest(machine.printer, Event()))
    machine.simulated.simulate_paper_out()
    machine.simulated.simulate_toner_low()
    failed = {check.name: check.evidence for check in IPP.selftest(machine.printer, Event()) if not check.ok}
    assert failed.keys() == {"answers and works", "paper"}
    assert failed["paper"] == "out"
