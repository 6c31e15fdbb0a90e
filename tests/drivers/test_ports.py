"""Every port keeps the same promises: the real serial one on a pty, the fake ones without."""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from drivers.errors import ConnectionLost, NotConnected
from drivers.fake_ports import DelayedPort, LossyPort, ScriptedPort, TricklePort, UnplugAfter
from drivers.ports import Port
from drivers.serial_port import SerialPort
from drivers.simulation.pseudo_terminal import PseudoTerminal, Unplugged
from drivers.usb.bus import Descriptors, Pipe
from drivers.usb.port import UsbBulkPort
from drivers.usb.simulated import QueuedGadget, SimulatedBus

TIMEOUT = 10.0
AT_ONCE = 0.01


class Echo:
    """A pty whose far end sends back what it receives."""

    def __init__(self, link: Path) -> None:
        self.terminal = PseudoTerminal(link)
        self.terminal.open()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while not self._stop.is_set():
            self.terminal.write(self.terminal.read(0.01))

    def unplug(self) -> None:
        self._stop.set()
        self._thread.join()
        self.terminal.close()


Line = tuple[Port, Callable[[], None]]
"""A port that echoes, and what takes its device away."""


class UsbEcho(QueuedGadget):
    """The same on a simulated bus."""

    def received(self, endpoint: int, data: bytes) -> None:
        del endpoint
        self.send(0x82, data)


@contextmanager
def usb(folder: Path) -> Generator[Line]:
    bus = SimulatedBus(folder / "usb.sock")
    bus.start()
    echo = UsbEcho(Descriptors(0x04B8, 0x0202, (Pipe(0x01), Pipe(0x82))))
    bus.attach(echo)
    port = UsbBulkPort(bus.port(echo.descriptors))
    yield port, lambda: bus.detach(echo)
    port.close()
    bus.close()


@pytest.fixture(params=["serial", "usb", "scripted", "trickle", "delayed", "lossy", "unplug_after"])
def line(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Line]:
    if request.param == "usb":
        with usb(tmp_path) as made:
            yield made
        return
    if request.param == "serial":
        echo = Echo(tmp_path / "echo")
        port = SerialPort(str(tmp_path / "echo"))
        yield port, echo.unplug
        port.close()
        echo.unplug()
        return
    scripted = ScriptedPort(lambda data: data)
    fakes: dict[str, Port] = {
        "scripted": scripted,
        "trickle": TricklePort(scripted),
        "delayed": DelayedPort(scripted, 0.001),
        "lossy": LossyPort(scripted, lambda _: False),
        "unplug_after": UnplugAfter(scripted, 1000),
    }
    yield fakes[request.param], lambda: setattr(scripted, "present", False)


def receive(port: Port, count: int) -> bytes:
    data = b""
    while len(data) < count:
        portion = port.read(count - len(data), TIMEOUT)
        assert portion, "nothing came in time"
        data += portion
    return data


# --- the promises of drivers.ports.Port ------------------------------------------------------------------------------


def test_round_trip(line: Line) -> None:
    port, _ = line
    port.open()
    port.write(b"\x00\x11\x13\r\n\xff", TIMEOUT)
    assert receive(port, 6) == b"\x00\x11\x13\r\n\xff"


def test_nothing_there_gives_nothing(line: Line) -> None:
    port, _ = line
    port.open()
    assert port.read(10, AT_ONCE) == b""


def test_never_more_than_asked_for(line: Line) -> None:
    port, _ = line
    port.open()
    port.write(b"abcdef", TIMEOUT)
    assert len(port.read(2, TIMEOUT)) <= 2


def test_discarded_input_is_gone(line: Line) -> None:
    port, _ = line
    port.open()
    port.write(b"old", TIMEOUT)
    receive(port, 1)
    port.write(b"!", TIMEOUT)
    assert receive(port, 3) == b"ld!"
    port.discard_input()
    port.write(b"new", TIMEOUT)
    assert receive(port, 3) == b"new"


def test_reopening(line: Line) -> None:
    port, _ = line
    for _ in range(3):
        port.open()
        port.write(b"x", TIMEOUT)
        assert receive(port, 1) == b"x"
        port.close()
        port.close()


def test_a_lost_line(line: Line) -> None:
    port, unplug = line
    port.open()
    unplug()
    for use in (lambda: port.read(1, TIMEOUT), lambda: port.write(b"x", TIMEOUT), port.discard_input):
        with pytest.raises(ConnectionLost):
            use()
    port.close()
    with pytest.raises(NotConnected):
        port.open()


def test_a_closed_port(line: Line) -> None:
    port, _ = line
    with pytest.raises(ConnectionLost):
        port.read(1, AT_ONCE)


# --- the serial port -------------------------------------------------------------------------------------------------


def test_the_reason_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotConnected, match="No such file"):
        SerialPort(str(tmp_path / "absent")).open()
    (tmp_path / "file").touch()
    with pytest.raises(NotConnected, match="file: "):
        SerialPort(str(tmp_path / "file")).open()
    with pytest.raises(NotConnected, match="baud"):
        SerialPort("/dev/null", baud=-1).open()


def test_one_line_has_one_owner(tmp_path: Path) -> None:
    terminal = PseudoTerminal(tmp_path / "tty")
    terminal.open()
    first, second = SerialPort(terminal.path), SerialPort(terminal.path)
    first.open()
    with pytest.raises(NotConnected):
        second.open()
    first.close()
    second.open()
    second.close()
    terminal.close()


def test_the_rate_of_a_line_can_be_changed(tmp_path: Path) -> None:
    terminal = PseudoTerminal(tmp_path / "tty")
    terminal.open()
    port = SerialPort(terminal.path, 9600)
    with pytest.raises(ConnectionLost):
        port.set_baud(19200)
    port.open()
    assert terminal.baud == 9600
    port.set_baud(57600)
    assert terminal.baud == 57600
    port.close()
    terminal.close()
    with pytest.raises(Unplugged):
        _ = terminal.baud


def test_a_line_that_hangs_up_while_it_is_read(tmp_path: Path) -> None:
    terminal = PseudoTerminal(tmp_path / "tty")
    terminal.open()
    port = SerialPort(terminal.path)
    port.open()
    timer = threading.Timer(0.02, terminal.close)
    timer.start()
    with pytest.raises(ConnectionLost):
        port.read(1, TIMEOUT)
    timer.join()
    port.close()


# --- the far end -----------------------------------------------------------------------------------------------------


def test_a_pseudo_terminal_that_is_closed(tmp_path: Path) -> None:
    terminal = PseudoTerminal(tmp_path / "tty")
    with pytest.raises(Unplugged):
        terminal.read(AT_ONCE)
    with pytest.raises(Unplugged):
        terminal.write(b"x")
    terminal.close()


def test_what_nobody_reads_does_not_block(tmp_path: Path) -> None:
    terminal = PseudoTerminal(tmp_path / "tty")
    terminal.open()
    for _ in range(100):
        terminal.write(bytes(4096))
    terminal.close()


# --- the fakes' faults -----------------------------------------------------------------------------------------------


def test_trickle() -> None:
    port = TricklePort(ScriptedPort(lambda data: data))
    port.open()
    port.write(b"abc", TIMEOUT)
    assert [port.read(10, TIMEOUT) for _ in range(3)] == [b"a", b"b", b"c"]


def test_lossy() -> None:
    port = LossyPort(ScriptedPort(lambda data: data), lambda at: at % 2 == 1)
    port.open()
    for expected in (b"ac", b"bd"):
        port.write(b"abc" if expected == b"ac" else b"xbyd", TIMEOUT)
        assert port.read(10, TIMEOUT) == expected


def test_delayed() -> None:
    port = DelayedPort(ScriptedPort(lambda data: data), 1000)
    port.open()
    port.write(b"abc", TIMEOUT)
    assert port.read(10, AT_ONCE) == b""


def test_unplug_after() -> None:
    port = UnplugAfter(ScriptedPort(lambda data: data), 2)
    port.open()
    port.write(b"abc", TIMEOUT)
    assert port.read(10, TIMEOUT) == b"ab"
    with pytest.raises(ConnectionLost):
        port.read(10, TIMEOUT)
    port.plug()
    port.open()
    port.write(b"d", TIMEOUT)
    assert port.read(10, TIMEOUT) == b"cd"
