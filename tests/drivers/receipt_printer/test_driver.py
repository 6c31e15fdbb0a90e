"""The row of the registry: settings, search, self-test."""

from pathlib import Path
from threading import Event
from typing import Any, get_args

import pytest

from drivers.discovery import Attachment, Transport
from drivers.errors import NotConnected
from drivers.monitor import Unwatched
from drivers.receipt_printer.driver import ESCPOS, EscposOptions, Profile
from drivers.receipt_printer.models import MODELS
from drivers.receipt_printer.selftest import selftest
from drivers.simulation.contract import Place
from tests.drivers.receipt_printer.helpers import LINES, SHORT, bench

FOLDER = Path(__file__).parents[3] / "drivers" / "receipt_printer"


def test_the_settings_know_every_model() -> None:
    assert set(get_args(Profile)) == set(MODELS)


@pytest.mark.parametrize("mode", ["text", "raster"])
def test_opened_from_settings(tmp_path: Path, mode: str) -> None:
    assert ESCPOS.simulated
    simulated = ESCPOS.simulated(Place(tmp_path / "run", tmp_path / "tray"))
    simulated.start()
    try:
        printer: Any = ESCPOS.open(
            EscposOptions.model_validate({"port": simulated.endpoint, "print_mode": mode}), Unwatched()
        )
        assert printer.print("a", SHORT, timeout=10, cancel=Event()).outcome == "printed"
        assert [file.name for file in (tmp_path / "tray").iterdir()] == ["receipt-0001.png"]
        printer.close()
    finally:
        simulated.close()


@pytest.mark.parametrize("line", LINES)
def test_found_on_every_transport(line: Transport) -> None:
    with bench(line=line) as machine:
        assert ESCPOS.probe
        found = ESCPOS.probe.ask(Attachment(machine.simulated.endpoint, line), 4.0)
        assert found
        assert found.port == machine.simulated.endpoint
        assert found.options["profile"] == "generic"
        assert ("baud" in found.options) == (line == "serial")
        assert "DLE EOT" in found.evidence
        assert machine.simulated.pieces == []


@pytest.mark.parametrize("verb", ["mute", "garbage", "wrong_model"])
def test_something_else_is_not_taken_for_one(verb: str) -> None:
    with bench() as machine:
        machine.simulated.verbs()[verb]("")
        assert ESCPOS.probe
        assert ESCPOS.probe.ask(Attachment(machine.simulated.endpoint, "tcp"), 1.0) is None


def test_a_printer_that_is_stopped_is_found_too() -> None:
    with bench() as machine:
        machine.simulated.simulate_paper_out()
        assert ESCPOS.probe
        found = ESCPOS.probe.ask(Attachment(machine.simulated.endpoint, "tcp"), 2.0)
        assert found
        assert "paper out" in found.evidence


def test_a_port_that_does_not_open() -> None:
    assert ESCPOS.probe
    with pytest.raises(NotConnected):
        ESCPOS.probe.ask(Attachment("tcp://127.0.0.1:9", "tcp"), 1.0)


# --- self-test ------------------------------------------------------------------------------------------------------


def test_a_good_printer_prints_its_slip() -> None:
    with bench() as machine:
        checks = list(selftest(machine.printer, Event()))
        assert all(check.ok for check in checks)
        assert checks[-1].name == "prints a slip"
        assert len(machine.simulated.pieces) == 1
        assert "自检" in machine.simulated.pieces[0]
        assert "㐀" in machine.simulated.pieces[0]


@pytest.mark.parametrize(
    ("verb", "bad"),
    [("paper_out", "paper"), ("cover_open", "cover"), ("jam", "paper"), ("mute", "answers and works")],
)
def test_a_bad_printer_prints_nothing_and_says_why(verb: str, bad: str) -> None:
    with bench() as machine:
        machine.simulated.verbs()[verb]("")
        checks = list(selftest(machine.printer, Event()))
        assert bad in [check.name for check in checks if not check.ok]
        assert machine.simulated.pieces == []


def test_a_paper_left_in_the_presenter_is_told() -> None:
    with bench(model="custom") as machine:
        machine.simulated.simulate_leave()
        machine.print()
        assert "presenter" in [check.name for check in selftest(machine.printer, Event()) if not check.ok]


def test_a_cancelled_self_test_prints_nothing() -> None:
    cancel = Event()
    cancel.set()
    with bench() as machine:
        assert "prints a slip" not in [check.name for check in selftest(machine.printer, cancel)]
        assert machine.simulated.pieces == []
