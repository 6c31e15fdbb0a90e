import socket
from collections.abc import Iterator

import pytest

from drivers.errors import ConnectionLost, DeadlineExceeded, NotConnected
from drivers.tcp_port import TcpPort


@pytest.fixture
def pair() -> Iterator[tuple[TcpPort, socket.socket]]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = TcpPort(*server.getsockname())
        port.open()
        device, _ = server.accept()
        with device:
            yield port, device
        port.close()


def test_bytes_go_both_ways(pair: tuple[TcpPort, socket.socket]) -> None:
    port, device = pair
    port.write(b"ask", 1)
    assert device.recv(16) == b"ask"
    device.sendall(b"answer")
    assert port.read(16, 1) == b"answer"


def test_silence_is_no_error(pair: tuple[TcpPort, socket.socket]) -> None:
    port, _ = pair
    assert port.read(16, 0.01) == b""
    assert port.read(16, 0) == b""


def test_old_input_can_be_thrown_away(pair: tuple[TcpPort, socket.socket]) -> None:
    port, device = pair
    device.sendall(b"old")
    assert port.read(1, 1) == b"o"
    port.discard_input()
    device.sendall(b"new")
    assert port.read(16, 1) == b"new"


def test_the_other_end_hangs_up(pair: tuple[TcpPort, socket.socket]) -> None:
    port, device = pair
    device.close()
    with pytest.raises(ConnectionLost):
        port.read(16, 1)


def test_a_device_that_takes_nothing(pair: tuple[TcpPort, socket.socket]) -> None:
    port, _ = pair
    with pytest.raises(DeadlineExceeded):
        port.write(bytes(64 << 20), 0.05)


def test_nobody_listens() -> None:
    with pytest.raises(NotConnected, match="refused"):
        TcpPort("127.0.0.1", 9).open()


def test_closed_twice_and_used_after() -> None:
    port = TcpPort("127.0.0.1", 9)
    port.close()
    port.close()
    with pytest.raises(ConnectionLost):
        port.read(1, 0)
    with pytest.raises(ConnectionLost):
        port.write(b"x", 0)
