"""The port of an unplugged device stays its own."""

import socket

import pytest

from drivers.simulation.port import ReservedPort


def test_it_stays_the_same_with_connections_of_the_last_time_still_closing() -> None:
    port = ReservedPort()
    with port.listen() as listener:
        address = port.address
        with socket.create_connection(address) as _:
            served, _peer = listener.accept()
            served.close()
    with port.listen(), socket.create_connection(address):
        assert port.address == address


def test_between_two_times_nobody_is_there() -> None:
    port = ReservedPort()
    port.listen().close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(port.address)


def test_between_two_times_nobody_else_can_have_it() -> None:
    port = ReservedPort()
    port.listen().close()
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(port.address)


def test_a_port_at_which_somebody_listens_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(OSError, match="in use"):
        ReservedPort(*other.getsockname()).listen()
