"""pyusb over the simulated bus and its socket: every error in plain words, nothing hangs."""

import os
import socket
import threading
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import usb.core
import usb.util
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import ConnectionLost, DeadlineExceeded, DriverError, NotConnected
from drivers.ports import Port
from drivers.transports import open_port
from drivers.usb.bus import Bus, BusBackend, Descriptors, Pipe
from drivers.usb.device import UsbDevice, devices
from drivers.usb.port import UsbBulkPort
from drivers.usb.simulated import QueuedGadget, SimulatedBus
from tests.drivers.usb.helpers import ECHO, Echo
from tests.waiting import eventually

TIMEOUT = 10.0
AT_ONCE = 0.01


class Deaf(QueuedGadget):
    """Takes ten bytes, then nothing any more."""

    room = 10

    def write(self, endpoint: int, data: bytes, timeout: float) -> int:
        del endpoint, timeout
        taken = min(self.room, len(data))
        self.room -= taken
        return taken


# --- the port --------------------------------------------------------------------------------------------------------


def test_long_data_go_out_and_come_back_whole(port: Port) -> None:
    port.open()
    data = os.urandom(50_000)
    port.write(data, TIMEOUT)
    received = b""
    while len(received) < len(data):
        portion = port.read(700, TIMEOUT)
        assert 0 < len(portion) <= 700
        received += portion
    assert received == data


def test_a_device_that_takes_no_more(bus: SimulatedBus) -> None:
    bus.attach(Deaf(ECHO))
    port = open_port(bus.port(ECHO))
    port.open()
    with pytest.raises(DeadlineExceeded):
        port.write(bytes(20), AT_ONCE)
    port.close()


def test_unplugged_while_somebody_reads_and_plugged_again(bus: SimulatedBus, echo: Echo, port: Port) -> None:
    port.open()
    with ThreadPoolExecutor(1) as pool:
        result = pool.submit(port.read, 10, TIMEOUT)
        bus.detach(echo)
        with pytest.raises(ConnectionLost):
            result.result(TIMEOUT)
    bus.attach(echo)
    with pytest.raises(ConnectionLost):
        port.read(10, AT_ONCE)  # a new device at a new address: the old handle stays dead
    port.open()
    port.write(b"x", TIMEOUT)
    assert port.read(1, TIMEOUT) == b"x"


def test_the_process_with_the_bus_ends(bus: SimulatedBus, port: Port) -> None:
    port.open()
    bus.close()
    with pytest.raises(ConnectionLost):
        port.read(10, TIMEOUT)
    with pytest.raises(NotConnected, match="no simulated USB bus"):
        port.open()
    bus.start()
    port.open()


def test_a_device_that_only_listens(bus: SimulatedBus) -> None:
    only = Descriptors(0x04B8, 0x0202, (Pipe(0x01),))
    bus.attach(Echo(Descriptors(0x1111, 0x2222, (Pipe(0x82),))))
    bus.attach(QueuedGadget(only))
    port = UsbBulkPort(bus.port(only))
    port.open()
    port.write(b"x", TIMEOUT)
    assert port.read(10, AT_ONCE) == b""
    port.discard_input()
    port.close()
    with pytest.raises(NotConnected, match="write"):
        UsbBulkPort(f"{bus.text}:1111:2222").open()


def test_pipes_of_another_kind_are_no_bulk_port(bus: SimulatedBus) -> None:
    wedge = Descriptors(0x1111, 0x2222, (Pipe(0x01, "interrupt"), Pipe(0x82, "interrupt")))
    bus.attach(Echo(wedge))
    with pytest.raises(NotConnected, match="no bulk endpoint"):
        UsbBulkPort(bus.port(wedge)).open()


# --- the socket ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [b"", b"\x00", b"\x00\x00\xff\xff\xff\xff", b"\x00\x00\x00\x00\x00\x02no", b"HTTP/1.1 400 Bad Request\r\n"],
)
def test_something_else_listens_there(tmp_path: Path, answer: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "sock"))
        listener.listen()

        def serve() -> None:
            client, _ = listener.accept()
            with client:
                client.recv(100)
                client.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        with pytest.raises(NotConnected):
            UsbBulkPort(f"usb+unix:{tmp_path}/sock:04b8:0202").open()
        thread.join()


@given(st.binary(max_size=200))
def test_a_client_that_talks_nonsense_harms_nobody_else(data: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(SHARED.path))
        client.sendall(data)
        client.shutdown(socket.SHUT_WR)
    assert [each.ids for each in devices(SHARED.bus.text)] == [(0x04B8, 0x0202)]


class Shared:
    """One bus for many examples."""

    path: Path
    bus: SimulatedBus


SHARED = Shared()


@pytest.fixture(scope="module", autouse=True)
def shared(tmp_path_factory: pytest.TempPathFactory) -> Generator[None]:
    SHARED.path = tmp_path_factory.mktemp("usb") / "usb.sock"
    SHARED.bus = SimulatedBus(SHARED.path)
    SHARED.bus.start()
    SHARED.bus.attach(Echo(ECHO))
    yield
    SHARED.bus.close()


def test_the_socket_is_its_owner_s_alone(bus: SimulatedBus, tmp_path: Path) -> None:
    assert (tmp_path / "usb.sock").stat().st_mode & 0o777 == 0o600


def test_the_threads_of_a_closed_bus_end(bus: SimulatedBus, port: Port) -> None:
    port.open()
    bus.close()
    bus.close()
    mine = "simulated usb"
    eventually(lambda: sum(thread.name == mine for thread in threading.enumerate()) <= 1)  # the shared bus's own


# --- within one process ----------------------------------------------------------------------------------------------


def test_pyusb_s_own_calls(echo: Echo, bus: SimulatedBus) -> None:
    session: Bus = bus.session()
    core: Any = usb.core  # pyusb has no types
    util: Any = usb.util
    device = core.find(backend=BusBackend(session), idVendor=0x04B8)
    assert (device.manufacturer, device.product, device.serial_number) == ("Sample", "Echo", "A1")
    device.write(0x01, b"hello")
    assert bytes(device.read(0x82, 64)) == b"hello"
    with pytest.raises(usb.core.USBTimeoutError):
        device.read(0x82, 64, timeout=1)
    util.dispose_resources(device)
    session.close()


def test_a_gadget_that_nobody_reads_keeps_no_more_than_it_may(echo: Echo) -> None:
    for _ in range(100):
        echo.send(0x82, bytes(4096))
    kept = 0
    while portion := echo.read(0x82, 4096, 0):
        kept += len(portion)
    assert kept == 1 << 16


def test_a_closed_device() -> None:
    device = UsbDevice("usb:04b8:0202")
    device.close()
    for use in (lambda: device.read(0x81, 64, AT_ONCE), lambda: device.write(0x01, b"x", AT_ONCE)):
        with pytest.raises(DriverError):
            use()
