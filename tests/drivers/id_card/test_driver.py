"""The registry's row: settings, search for the reader, its own test, and the simulated one."""

import threading
from collections.abc import Generator
from pathlib import Path

import pytest
from pydantic import ValidationError

from drivers.contract import Cancel, State
from drivers.discovery import Attachment, Finding
from drivers.errors import Who
from drivers.id_card.device import SamIdCardReader
from drivers.id_card.driver import SAM, SamOptions
from drivers.id_card.simulated import SimulatedReader
from drivers.id_card.simulated_usb import SimulatedUsbReader
from drivers.id_card.usb_framing import UsbFraming
from drivers.monitor import Monitor, Unwatched, Watch
from drivers.registry import table
from drivers.selftest import Check
from drivers.simulation.contract import Place
from drivers.trace import Header, save
from drivers.usb.bus import Descriptors, Pipe
from drivers.usb.device import devices
from drivers.usb.simulated import QueuedGadget, SimulatedBus
from tests.drivers.id_card.helpers import read

SAM_NUMBER = "05.01-20240101-0001234567-0987654321"
TIMEOUT = 3.0


@pytest.fixture
def simulated(tmp_path: Path) -> Generator[SimulatedReader]:
    made = SimulatedReader(tmp_path / "reader", paced=False)
    made.start()
    yield made
    made.close()


@pytest.fixture
def bus(tmp_path: Path) -> Generator[SimulatedBus]:
    made = SimulatedBus(tmp_path / "usb.sock")
    made.start()
    yield made
    made.close()


def ask(attachment: Attachment) -> Finding | None:
    assert SAM.probe
    return SAM.probe.ask(attachment, TIMEOUT)


def serial(simulated: SimulatedReader) -> Attachment:
    return Attachment(simulated.endpoint, "serial")


def opened(simulated: SimulatedReader, watch: Watch | None = None, **options: str) -> SamIdCardReader:
    reader = SAM.open(SAM.options.model_validate({"port": simulated.endpoint, **options}), watch or Unwatched())
    assert isinstance(reader, SamIdCardReader)
    return reader


# --- settings --------------------------------------------------------------------------------------------------------


def test_the_row_is_the_registry_s() -> None:
    assert table()["id_card"]["sam"] is SAM
    assert all(field.description for field in SamOptions.model_fields.values())


@pytest.mark.parametrize("key", ["baud", "usb_framing", "fingerprint", "sam_digits", "speed"])
def test_a_wrong_value_is_refused(key: str) -> None:
    with pytest.raises(ValidationError):
        SamOptions.model_validate({"port": "/dev/ttyUSB0", key: "nonsense"})


def test_a_set_speed_is_not_doubted(simulated: SimulatedReader) -> None:
    simulated.simulate_baud("19200")
    reader = opened(simulated, baud="19200")
    assert reader.status().state is State.ONLINE
    reader.close()


def test_fingerprints_are_read_when_they_are_wanted(simulated: SimulatedReader) -> None:
    simulated.simulate_place("resident")
    for wanted, size in (("no", 0), ("yes", 1024)):
        reader = opened(simulated, fingerprint=wanted)
        card = read(reader)
        assert len(card.fingerprint) == size
        assert card.fingerprint.hex() not in repr(card) or not size
        reader.close()


def test_the_newest_address_is_asked_for(simulated: SimulatedReader) -> None:
    simulated.simulate_place("moved")
    for wanted, address in (("yes", "广东省广州市天河区测试路3号"), ("no", "")):
        reader = opened(simulated, newest_address=wanted)
        assert read(reader).newest_address == address
        reader.close()


def test_the_number_as_its_label_has_it(simulated: SimulatedReader) -> None:
    reader = opened(simulated, sam_digits="9")
    assert reader.status().sam_id == "05.01-20240101-001234567-987654321"
    reader.close()


# --- is it there? ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("baud", ["115200", "57600", "9600"])
def test_a_serial_reader_is_found_with_its_speed(simulated: SimulatedReader, baud: str) -> None:
    simulated.simulate_baud(baud)
    found = ask(serial(simulated))
    assert found
    assert (found.port, found.options, found.sure) == (simulated.endpoint, {"baud": baud}, True)
    assert SAM_NUMBER in found.evidence


def test_a_reader_with_a_dead_module_is_found_too(simulated: SimulatedReader) -> None:
    simulated.simulate_sam_fault()
    found = ask(serial(simulated))
    assert found
    assert "self-test failed" in found.evidence


@pytest.mark.parametrize("verb", ["mute", "wrong_model", "refused"])
def test_what_is_no_reader_is_not_found(simulated: SimulatedReader, verb: str) -> None:
    simulated.verbs()[verb]("")
    assert ask(serial(simulated)) is None


@pytest.mark.parametrize("kind", [UsbFraming.SPLIT, UsbFraming.SINGLE, UsbFraming.HID])
def test_usb_readers_are_found(bus: SimulatedBus, kind: UsbFraming) -> None:
    simulated = SimulatedUsbReader(bus, kind)
    simulated.start()
    (attachment,) = devices(bus.text)
    found = ask(attachment)
    assert found
    assert (found.port, found.model) == (simulated.endpoint, "Simulated ID card reader")
    assert SAM_NUMBER in found.evidence
    reader = SAM.open(SamOptions(port=found.port), Unwatched())
    assert reader.status().state is State.ONLINE
    assert reader.capabilities().model == "ID card reader"
    reader.close()
    simulated.close()


def test_other_usb_devices_are_left_alone(bus: SimulatedBus) -> None:
    asked = threading.Event()

    class Printer(QueuedGadget):
        def received(self, endpoint: int, data: bytes) -> None:
            del endpoint, data
            asked.set()

    bus.attach(Printer(Descriptors(0x04B8, 0x0202, (Pipe(0x01), Pipe(0x82)))))
    (attachment,) = devices(bus.text)
    assert ask(attachment) is None
    assert not asked.is_set()


# --- its own test ----------------------------------------------------------------------------------------------------


def checks(simulated: SimulatedReader, cancel: Cancel | None = None) -> list[Check]:
    reader = opened(simulated)
    found = list(SAM.selftest(reader, cancel or Cancel()))
    reader.close()
    return found


def test_a_good_reader_passes(simulated: SimulatedReader) -> None:
    assert [(check.name, check.ok) for check in checks(simulated)] == [
        ("answers and works", True),
        ("security module number", True),
        ("line", True),
        ("card search", True),
    ]
    simulated.simulate_place("resident")
    evidence = [check.evidence for check in checks(simulated)]
    assert evidence[1] == SAM_NUMBER
    assert evidence[2].startswith("20 of 20")
    assert evidence[3] == "a card lies there"
    assert checks(simulated)[3].evidence == "a card lies there", "also when it was looked at before"
    assert not any("样本" in each or "110105" in each for each in evidence)


def test_a_dead_module_fails_it(simulated: SimulatedReader) -> None:
    simulated.simulate_sam_fault()
    (check,) = checks(simulated)
    assert (check.ok, check.who) == (False, Who.TECHNICIAN)
    assert "id_card.security_module_fault" in check.evidence


def test_a_cancelled_test_ends(simulated: SimulatedReader) -> None:
    cancel = Cancel()
    cancel.set()
    assert len(checks(simulated, cancel)) == 1


# --- watched ---------------------------------------------------------------------------------------------------------


def test_the_trace_of_a_read_holds_no_person(simulated: SimulatedReader) -> None:
    monitor = Monitor(SAM.redactor())
    reader = opened(simulated, monitor, fingerprint="yes")
    simulated.simulate_place("moved")
    assert read(reader).name == "样本迁"
    reader.close()
    traced = b"".join(record.data for record in monitor.recording())
    for secret in ("样本迁", "440606198703120025", "测试路3号"):
        assert secret.encode("utf-16-le") not in traced
    assert len(traced) > 2000


def test_a_saved_trace_plays_the_reader_with_the_published_specimen(simulated: SimulatedReader, tmp_path: Path) -> None:
    monitor = Monitor(SAM.redactor())
    reader = opened(simulated, monitor)
    simulated.simulate_place("moved")
    reader.status()
    read(reader)
    reader.close()
    save(tmp_path / "trace", Header("id_card", "sam", simulated.endpoint, "2024-01-01T00:00:00Z"), monitor.recording())
    again = SAM.open(SamOptions(port=f"replay:{tmp_path / 'trace'}"), Unwatched())
    assert isinstance(again, SamIdCardReader)
    assert again.status().sam_id == SAM_NUMBER
    card = read(again)
    assert (card.name, card.newest_address) == ("证件样本", "北京市朝阳区测试路1号")
    again.close()


def test_what_the_driver_repaired_by_itself_is_counted(simulated: SimulatedReader) -> None:
    monitor = Monitor(SAM.redactor())
    reader = opened(simulated, monitor)
    simulated.simulate_place("resident")
    simulated.simulate_garbage("1")
    read(reader)
    reader.close()
    assert dict(monitor.counts().hour) == {"retry": 1, "checksum": 1}


def test_the_simulated_reader_stands_in_the_run_dir(tmp_path: Path) -> None:
    assert SAM.simulated
    simulated = SAM.simulated(Place(tmp_path, tmp_path))
    simulated.start()
    assert simulated.endpoint == str(tmp_path / "id_card.tty")
    reader = SAM.open(SamOptions(port=simulated.endpoint), Unwatched())
    assert reader.status().state is State.ONLINE
    reader.close()
    simulated.close()
