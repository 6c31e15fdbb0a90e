"""The cable of simulated devices: what goes through it before it is pulled, and what is spoilt."""

from collections.abc import Generator
from pathlib import Path

import pytest

from drivers.errors import ConnectionLost, NotConnected
from drivers.ports import Port
from drivers.simulation.cable import Cable, TcpLine
from drivers.simulation.pseudo_terminal import PseudoTerminal
from drivers.transports import open_port
from tests.waiting import eventually

PATIENCE = 10.0
MOMENT = 0.05


class Echo:
    """Sends back what it is sent, and keeps it."""

    def __init__(self) -> None:
        self.heard = b""
        self.connections = 0

    def connected(self) -> None:
        self.connections += 1

    def answer(self, data: bytes) -> bytes:
        self.heard += data
        return data


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture(params=["tcp", "serial"])
def cable(request: pytest.FixtureRequest, echo: Echo, tmp_path: Path) -> Generator[Cable]:
    line = TcpLine(echo.connected) if request.param == "tcp" else PseudoTerminal(tmp_path / "line")
    made = Cable(line, echo)
    made.plug()
    yield made
    made.unplug()


@pytest.fixture
def port(cable: Cable) -> Generator[Port]:
    made = open_port(cable.path)
    made.open()
    yield made
    made.close()


def receive(port: Port, count: int) -> bytes:
    got = b""
    while len(got) < count and (data := port.read(64, PATIENCE)):
        got += data
    return got


def said(port: Port, data: bytes) -> bytes:
    port.write(data, PATIENCE)
    return receive(port, len(data))


def test_what_is_sent_arrives(port: Port, echo: Echo) -> None:
    assert said(port, b"hello") == echo.heard == b"hello"


@pytest.mark.parametrize("count", range(1, 10))
def test_pulled_after_so_many_bytes(cable: Cable, port: Port, echo: Echo, count: int) -> None:
    """Of five bytes there and five back."""
    cable.unplug(str(count))
    port.write(b"hello", PATIENCE)
    if count <= 5:
        with pytest.raises(ConnectionLost):
            port.read(64, PATIENCE)
    eventually(lambda: "unplugged" in cable.faults(), "the end of the cable")
    assert echo.heard == b"hello"[:count]
    with pytest.raises(NotConnected):
        open_port(cable.path).open()
    cable.plug()
    port.open()
    assert said(port, b"again") == b"again"


def test_a_count_that_was_not_reached_is_forgotten_by_plugging(cable: Cable, port: Port) -> None:
    cable.unplug("15")
    assert said(port, b"hello") == b"hello"
    cable.plug()
    assert said(port, b"longer than that") == b"longer than that"


def test_silence_noise_and_another_device(cable: Cable, port: Port) -> None:
    cable.garbage("1")
    assert said(port, b"hello") != b"hello"
    port.discard_input()
    cable.mute()
    port.write(b"hello", PATIENCE)
    assert port.read(64, MOMENT) == b""
    cable.heal()
    cable.wrong_model()
    assert said(port, b"hello").startswith(b"ERROR")
    cable.heal()
    assert [*cable.faults()] == []


def test_unplugged_twice_and_plugged_twice(cable: Cable) -> None:
    before = cable.path
    for act in (cable.unplug, cable.unplug, cable.plug, cable.plug):
        act()
    assert cable.path == before
