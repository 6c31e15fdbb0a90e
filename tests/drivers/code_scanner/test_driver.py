"""The rows of the registry: opening, looking for a scanner, trying it."""

import threading
from collections.abc import Generator
from pathlib import Path
from time import monotonic

import pytest

from drivers.code_scanner.camera import CameraCodeScanner
from drivers.code_scanner.device import LineCodeScanner
from drivers.code_scanner.driver import CAMERA, GM65, HONEYWELL, NEWLAND, WEDGE
from drivers.code_scanner.input_port import InputPort
from drivers.contract import State
from drivers.discovery import Attachment, Finding
from drivers.errors import NotConnected, Refused
from drivers.monitor import Unwatched
from drivers.registry import Driver
from tests.drivers.code_scanner.helpers import Bench, bench

DRIVERS = {"gm65": GM65, "honeywell": HONEYWELL, "newland": NEWLAND}
TIMEOUT = 0.5


def ask(driver: Driver, attachment: Attachment) -> Finding | None:
    assert driver.probe
    return driver.probe.ask(attachment, TIMEOUT)


@pytest.fixture(params=DRIVERS)
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Bench]:
    with bench(tmp_path, request.param) as each:
        yield each


# --- looking for one --------------------------------------------------------------------------------------------------


def test_each_module_is_found_by_its_own_driver_alone(made: Bench) -> None:
    here = Attachment(made.simulated.endpoint, "serial")
    found = {name: ask(driver, here) for name, driver in DRIVERS.items()}
    assert [name for name, finding in found.items() if finding] == [made.voice]
    finding = found[made.voice]
    assert finding
    assert (finding.port, finding.sure) == (here.port, True)
    DRIVERS[made.voice].options.model_validate({"port": finding.port, **finding.options})


def test_the_proposed_settings_work(made: Bench) -> None:
    driver = DRIVERS[made.voice]
    finding = ask(driver, Attachment(made.simulated.endpoint, "serial"))
    assert finding
    scanner = driver.open(driver.options.model_validate({"port": finding.port, **finding.options}), Unwatched())
    made.simulated.simulate_show("found")
    assert isinstance(scanner, LineCodeScanner)
    assert scanner.scan(timeout=10, cancel=threading.Event()).text == "found"
    scanner.close()


@pytest.mark.parametrize("verb", ["mute", "wrong_model", "garbage"])
def test_whatever_is_no_scanner_is_none(made: Bench, verb: str) -> None:
    made.simulated.verbs()[verb]("")
    began = monotonic()
    assert all(ask(driver, Attachment(made.simulated.endpoint, "serial")) is None for driver in DRIVERS.values())
    assert monotonic() - began < 30


def test_a_port_that_is_not_there(tmp_path: Path) -> None:
    for driver in DRIVERS.values():
        with pytest.raises(NotConnected):
            ask(driver, Attachment(str(tmp_path / "nothing"), "serial"))


def test_a_silent_one_of_a_known_maker_merely_looks_like_it(made: Bench) -> None:
    made.simulated.simulate_mute()
    here = Attachment(made.simulated.endpoint, "serial", ids=(0x0C2E, 1), description="Scanner")
    finding = ask(HONEYWELL, here)
    assert finding
    assert not finding.sure
    assert ask(NEWLAND, here) is None


@pytest.mark.parametrize(
    ("description", "ids", "found"),
    [
        ("Newtologic Barcode Scanner", None, True),
        ("Honeywell Imaging", (0x0C2E, 0x0B61), True),
        ("Dell USB Keyboard", (0x413C, 0x2113), False),
    ],
)
def test_keyboards_are_known_by_name_or_maker(description: str, ids: tuple[int, int] | None, found: bool) -> None:
    finding = ask(WEDGE, Attachment("/dev/input/by-id/x", "input", ids=ids, description=description))
    assert bool(finding) is found
    assert not (finding and finding.sure)


# --- opening ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("driver", [GM65, HONEYWELL, NEWLAND, WEDGE, CAMERA], ids=lambda driver: driver.name)
def test_opening_does_no_io_and_a_missing_device_is_told(driver: Driver, tmp_path: Path) -> None:
    scanner = driver.open(driver.options(port=str(tmp_path / "nothing")), Unwatched())
    assert isinstance(scanner, CameraCodeScanner if driver is CAMERA else LineCodeScanner)
    status = scanner.status()
    assert (status.state, status.fault) == (State.NO_DEVICE, "code_scanner.not_connected")
    scanner.close()


def test_an_input_port_grabs_input_devices_only(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(NotConnected, match="no input device"):
        InputPort(str(file)).open()
    with pytest.raises(Refused):
        InputPort(str(file)).write(b"x", 1)


# --- trying it --------------------------------------------------------------------------------------------------------


def test_selftest_tells_that_a_code_was_read_and_not_what_it_says(tmp_path: Path) -> None:
    with bench(tmp_path, "gm65") as made:
        made.simulated.simulate_show("44010519491231002X")
        checks = list(GM65.selftest(made.scanner(), threading.Event()))
        assert all(check.ok for check in checks)
        assert "18 characters" in checks[-1].evidence
        assert "4401" not in "".join(check.evidence for check in checks)
        made.simulated.simulate_no_ending()
        assert not list(GM65.selftest(made.scanner(), threading.Event()))[-1].ok
