"""The kernel's lists, built in a temporary folder as a real kernel lays them out."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from drivers.discovery import Attachment
from drivers.errors import NotConnected
from drivers.inventory import Inventory, Unavailable, all_sources, attachments_at, kernel_sources
from drivers.simulation.pseudo_terminal import PseudoTerminal
from drivers.usb.bus import Descriptors, Pipe
from drivers.usb.simulated import QueuedGadget, SimulatedBus


class FakeKernel:
    """``/sys``, ``/dev`` and ``/proc`` below ``root``."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._bus = root / "sys/devices/pci0000:00/usb1"

    def usb(self, location: str, ids: str, product: str = "", serial: str = "", device_class: str = "00") -> Path:
        vendor, _, number = ids.partition(":")
        folder = self._bus / location
        values = {"idVendor": vendor, "idProduct": number, "bDeviceClass": device_class}
        self.files(folder, values | {"product": product, "serial": serial})
        self.link(self.root / "sys/bus/usb/devices" / location, folder)
        self.files(folder / f"{location}:1.0", {"bInterfaceClass": "ff"})
        self.link(self.root / f"sys/bus/usb/devices/{location}:1.0", folder / f"{location}:1.0")
        return folder / f"{location}:1.0"

    def node(self, kind: str, entry_name: str, device: Path, **values: str) -> None:
        entry = self.root / "sys/class" / kind / entry_name
        self.files(entry, values)
        self.link(entry / "device", device)
        self.files(self.root / "dev", {entry_name: ""})

    def files(self, folder: Path, values: dict[str, str]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for name, value in values.items():
            (folder / name).write_text(f"{value}\n")

    def link(self, link: Path, target: Path) -> None:
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(target)


@pytest.fixture
def kernel(tmp_path: Path) -> FakeKernel:
    return FakeKernel(tmp_path)


def found(kernel: FakeKernel, source: str) -> list[Attachment]:
    return list(kernel_sources(kernel.root)[source]())


def test_a_serial_adapter_is_named_by_its_socket(kernel: FakeKernel) -> None:
    interface = kernel.usb("1-1.2", "1a86:7523", "USB Serial", "A1")
    (interface / "ttyUSB0").mkdir()
    kernel.node("tty", "ttyUSB0", interface / "ttyUSB0")
    for name in ("pci-0000:00:14.0-usbv2-0:1.2:1.0-port0", "pci-0000:00:14.0-usb-0:1.2:1.0-port0"):
        kernel.link(kernel.root / "dev/serial/by-path" / name, Path("../../ttyUSB0"))
    assert found(kernel, "serial") == [
        Attachment(
            "/dev/serial/by-path/pci-0000:00:14.0-usb-0:1.2:1.0-port0",
            "serial",
            (0x1A86, 0x7523),
            "A1",
            "USB Serial",
            "1-1.2",
        )
    ]


def test_built_in_serial_lines_that_exist_but_for_the_console(kernel: FakeKernel) -> None:
    board = kernel.root / "sys/devices/pnp0/00:04"
    board.mkdir(parents=True)
    kernel.node("tty", "ttyS0", board, type="4")
    kernel.node("tty", "ttyS1", board, type="0")
    kernel.node("tty", "ttyS2", board, type="4", console="Y")
    kernel.node("tty", "ttyS3", board, type="4", console="N")
    (kernel.root / "sys/class/tty/tty1").mkdir()
    assert [each.port for each in found(kernel, "serial")] == ["/dev/ttyS0", "/dev/ttyS3"]


def test_usb_devices_without_hubs(kernel: FakeKernel) -> None:
    kernel.usb("usb1", "1d6b:0002", "root hub", device_class="09")
    kernel.usb("1-1", "04b8:0202", "TM-T88", "X7")
    assert found(kernel, "usb") == [Attachment("usb:04b8:0202", "usb", (0x04B8, 0x0202), "X7", "TM-T88", "1-1")]


def test_two_of_a_kind_are_told_apart_by_their_sockets(kernel: FakeKernel) -> None:
    for location in ("1-1", "1-1.4"):
        kernel.usb(location, "0400:c35a")
    ports = [each.port for each in found(kernel, "usb")]
    assert ports == ["usb:0400:c35a?location=1-1", "usb:0400:c35a?location=1-1.4"]


def test_a_camera_without_its_second_node(kernel: FakeKernel) -> None:
    interface = kernel.usb("1-3", "046d:0825", "Webcam")
    kernel.node("video4linux", "video0", interface, index="0", name="HD Webcam")
    kernel.node("video4linux", "video1", interface, index="1", name="HD Webcam")
    kernel.link(kernel.root / "dev/v4l/by-path/pci-0-usb-0:3:1.0-video-index0", Path("../../video0"))
    assert [each.port for each in found(kernel, "video")] == ["/dev/v4l/by-path/pci-0-usb-0:3:1.0-video-index0"]


def test_a_keyboard_that_may_be_a_scanner(kernel: FakeKernel) -> None:
    interface = kernel.usb("1-4", "0c2e:0200", "Scanner")
    kernel.node("input", "event5", interface, name="HID Scanner")
    for name in ("usb-Scanner-event-kbd", "usb-Mouse-event-mouse"):
        kernel.link(kernel.root / "dev/input/by-id" / name, Path("../event5"))
    (scanner,) = found(kernel, "input")
    assert (scanner.port, scanner.ids) == ("/dev/input/by-id/usb-Scanner-event-kbd", (0x0C2E, 0x0200))


def test_sound_cards(kernel: FakeKernel) -> None:
    text = " 0 [PCH            ]: HDA-Intel - HDA Intel PCH\n                      HDA Intel PCH at 0xf7f10000 irq 32\n"
    kernel.files(kernel.root / "proc/asound", {"cards": text + " 1 [Device         ]: USB-Audio - USB Audio Device"})
    assert [(each.port, each.description) for each in found(kernel, "sound")] == [
        ("alsa:plughw:CARD=PCH", "HDA-Intel - HDA Intel PCH"),
        ("alsa:plughw:CARD=Device", "USB-Audio - USB Audio Device"),
    ]


def test_an_empty_machine(tmp_path: Path) -> None:
    inventory = Inventory(kernel_sources(tmp_path))
    assert inventory.scan() == ()
    assert inventory.reasons == {"sound": "this kernel has no sound"}


# --- all sources together --------------------------------------------------------------------------------------------


def test_what_cannot_be_looked_at_hides_nothing() -> None:
    def fails(error: Exception) -> Iterable[Attachment]:
        raise error

    inventory = Inventory(
        {
            "a": lambda: fails(Unavailable("no service")),
            "b": lambda: fails(NotConnected("libusb is not installed")),
            "c": lambda: fails(ZeroDivisionError("secret")),
            "d": lambda: (Attachment("tcp://x:1", "tcp"), Attachment("tcp://x:1", "tcp")),
        }
    )
    assert inventory.scan() == (Attachment("tcp://x:1", "tcp"),)
    assert inventory.reasons == {"a": "no service", "b": "libusb is not installed", "c": "ZeroDivisionError"}


def test_neighbours(tmp_path: Path) -> None:
    sources = all_sources(tmp_path, lambda: ["ipp://127.0.0.1:631/print", "usb:04b8:0202", "http://portless"])
    assert list(sources["neighbours"]()) == [
        Attachment("tcp://127.0.0.1:631", "tcp"),
        Attachment("usb:04b8:0202", "usb", (0x04B8, 0x0202)),
    ]


def test_a_neighbour_without_a_sensible_address() -> None:
    inventory = Inventory({"neighbours": lambda: attachments_at("tcp://host:port")})
    assert inventory.scan() == ()
    assert "'tcp://host:port' is no address" in inventory.reasons["neighbours"]


def test_what_a_path_may_be(tmp_path: Path) -> None:
    terminal = PseudoTerminal(tmp_path / "reader")
    terminal.open()
    (tmp_path / "film.mkv").touch()
    assert list(attachments_at(terminal.path)) == [Attachment(terminal.path, "serial")]
    assert [each.transport for each in attachments_at(str(tmp_path / "film.mkv"))] == ["video"]
    assert list(attachments_at(str(tmp_path))) == []
    terminal.close()


def test_a_simulated_bus(tmp_path: Path) -> None:
    bus = SimulatedBus(tmp_path / "usb.sock")
    bus.attach(QueuedGadget(Descriptors(0x0400, 0xC35A, (Pipe(0x01), Pipe(0x81)), name="Reader")))
    bus.start()
    try:
        (reader,) = attachments_at(bus.text)
        assert reader.port == f"{bus.text}:0400:c35a"
        assert list(attachments_at(reader.port)) == [Attachment(reader.port, "usb", (0x0400, 0xC35A))]
    finally:
        bus.close()


def test_the_smart_card_service_is_there_or_a_reason(tmp_path: Path) -> None:
    inventory = Inventory({"smart_card": all_sources(tmp_path)["smart_card"]})
    readers = inventory.scan()
    assert all(each.transport == "smart_card" and each.port.startswith("pcsc:") for each in readers)
    assert "pcscd" in inventory.reasons.get("smart_card", "pcscd")
