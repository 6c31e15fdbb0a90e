"""Which device is meant, and why it cannot be opened, in plain words."""

import errno
from pathlib import Path

import pytest
import usb.backend.libusb0
import usb.backend.libusb1
import usb.backend.openusb

from drivers.errors import NotConnected
from drivers.ports import Port
from drivers.transports import open_port
from drivers.usb.bus import Descriptors
from drivers.usb.device import devices, parse
from drivers.usb.port import UsbBulkPort
from drivers.usb.simulated import SimulatedBus
from tests.drivers.usb.helpers import ECHO, Echo

# --- why it cannot be opened -----------------------------------------------------------------------------------------


def test_nothing_is_plugged_in(bus: SimulatedBus) -> None:
    with pytest.raises(NotConnected, match="no such USB device is plugged in"):
        UsbBulkPort(bus.port(ECHO)).open()


def test_no_socket() -> None:
    with pytest.raises(NotConnected, match="no simulated USB bus at /nowhere"):
        UsbBulkPort("usb+unix:/nowhere/usb.sock:04b8:0202").open()


def test_another_program_has_it(bus: SimulatedBus, echo: Echo, port: Port) -> None:
    port.open()
    second = UsbBulkPort(bus.port(ECHO))
    with pytest.raises(NotConnected, match="another program has it"):
        second.open()
    port.close()
    second.open()
    second.close()


def test_a_program_that_dies_gives_back_what_it_had(bus: SimulatedBus, echo: Echo) -> None:
    session = bus.session()
    (address,) = session.attached()
    session.claim(address)
    session.close()
    port = UsbBulkPort(bus.port(ECHO))
    port.open()
    port.close()


class Locked(SimulatedBus):
    def claim(self, address: int, owner: object) -> None:
        del address, owner
        raise OSError(errno.EACCES, "Permission denied")


def test_no_permission_names_the_rule(tmp_path: Path) -> None:
    bus = Locked(tmp_path / "usb.sock")
    bus.start()
    bus.attach(Echo(ECHO))
    with pytest.raises(NotConnected, match=r'udev rule .*idVendor\}=="04b8".*idProduct\}=="0202"'):
        UsbBulkPort(bus.port(ECHO)).open()
    bus.close()


def test_no_libusb(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (usb.backend.libusb1, usb.backend.libusb0, usb.backend.openusb):
        monkeypatch.setattr(module, "get_backend", lambda: None)
    with pytest.raises(NotConnected, match="apt install libusb"):
        UsbBulkPort("usb:04b8:0202").open()


# --- which one is meant ----------------------------------------------------------------------------------------------


def two(bus: SimulatedBus) -> None:
    bus.attach(Echo(Descriptors(0x04B8, 0x0202, ECHO.pipes, serial_number="A1", location="1-1")))
    bus.attach(Echo(Descriptors(0x04B8, 0x0202, ECHO.pipes, serial_number="B2", location="1-2.3")))


def test_two_alike_must_be_told_apart(bus: SimulatedBus) -> None:
    two(bus)
    with pytest.raises(NotConnected, match=r"2 are plugged in; add \?location= with one of 1-1, 1-2.3"):
        UsbBulkPort(bus.port(ECHO)).open()
    for choice in ("serial=B2", "location=1-2.3"):
        port = UsbBulkPort(f"{bus.port(ECHO)}?{choice}")
        port.open()
        port.close()
    with pytest.raises(NotConnected, match="2 like it: another place"):
        UsbBulkPort(f"{bus.port(ECHO)}?serial=C3").open()


def test_an_inventory_whose_ports_can_be_opened(bus: SimulatedBus) -> None:
    two(bus)
    bus.attach(Echo(Descriptors(0x1234, 0xABCD, ECHO.pipes, manufacturer="Sample", name="Thing", location="1-4")))
    found = devices(bus.text)
    assert [each.location for each in found] == ["1-1", "1-2.3", "1-4"]
    assert [each.serial_number for each in found] == ["A1", "B2", ""]
    assert found[2].port == f"{bus.text}:1234:abcd"
    assert (found[2].ids, found[2].description, found[2].transport) == ((0x1234, 0xABCD), "Sample Thing", "usb")
    for each in found:
        port = open_port(each.port)
        port.open()
        port.close()


def test_no_bus_no_inventory() -> None:
    with pytest.raises(NotConnected):
        devices("usb+unix:/nowhere/usb.sock")


@pytest.mark.parametrize(
    "text",
    ["usb", "usb:", "usb:04b8", "usb:04b8:02020", "usb:xxxx:0202", "usb:04b8:0202?place=1",
     "usb:04b8:0202?interface=first", "usb+unix:04b8:0202", "usb+unix:relative:04b8:0202"],
)  # fmt: skip
def test_a_text_that_is_no_device(text: str) -> None:
    with pytest.raises(NotConnected, match="usb:vendor:product"):
        open_port(text).open()


def test_texts() -> None:
    one = parse("usb:04B8:0202?serial=A%201&interface=2")
    assert (one.bus, one.ids, one.serial, one.interface) == ("usb", "04b8:0202", "A 1", 2)
    other = parse("usb+unix:/run/a:b/usb.sock:04b8:0202?location=1-2.3")
    assert (other.bus, other.vendor, other.location) == ("usb+unix:/run/a:b/usb.sock", 0x04B8, "1-2.3")
