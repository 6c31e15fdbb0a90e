"""The cable: what goes in comes out, and when it is cut nothing does."""

import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from kiosk.simulation.network import Address, SimulatedNetwork
from tests.world.helpers import PATIENCE

MANY = bytes(range(256)) * 8192


@contextmanager
def centre(serve: Callable[[socket.socket], None]) -> Generator[Address]:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=one, args=(connection,), daemon=True).start()

        def one(connection: socket.socket) -> None:
            with connection:
                connection.settimeout(PATIENCE)
                try:
                    serve(connection)
                except OSError:
                    return

        threading.Thread(target=accept, daemon=True).start()
        yield listener.getsockname()[:2]
        listener.shutdown(socket.SHUT_RDWR)


def echo(connection: socket.socket) -> None:
    while data := connection.recv(65536):
        connection.sendall(data)


def answer_at_the_end(connection: socket.socket) -> None:
    """Only who closes one half hears anything."""
    connection.sendall(received(connection)[::-1])


def received(connection: socket.socket) -> bytes:
    data = b""
    while part := connection.recv(65536):
        data += part
    return data


@contextmanager
def network(address: Address | None) -> Generator[SimulatedNetwork]:
    made = SimulatedNetwork(lambda: address)
    made.start()
    try:
        yield made
    finally:
        made.close()


def dial(cable: SimulatedNetwork) -> socket.socket:
    parts = urlsplit(cable.endpoint)
    connection = socket.create_connection((parts.hostname or "", parts.port or 0), PATIENCE)
    connection.settimeout(PATIENCE)
    return connection


def say(connection: socket.socket, data: bytes = b"hello") -> bytes:
    connection.sendall(data)
    return connection.recv(len(data))


def is_broken(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except ConnectionError:
        return True


def test_bytes_arrive_unchanged_both_ways() -> None:
    with centre(echo) as address, network(address) as cable, dial(cable) as connection:
        sender = threading.Thread(target=lambda: (connection.sendall(MANY), connection.shutdown(socket.SHUT_WR)))
        sender.start()
        assert received(connection) == MANY
        sender.join()


def test_a_half_closed_connection_still_answers() -> None:
    with centre(answer_at_the_end) as address, network(address) as cable, dial(cable) as connection:
        connection.sendall(MANY)
        connection.shutdown(socket.SHUT_WR)
        assert received(connection) == MANY[::-1]


def test_the_end_of_the_centre_arrives() -> None:
    def farewell(connection: socket.socket) -> None:
        connection.sendall(b"bye")

    with centre(farewell) as address, network(address) as cable, dial(cable) as connection:
        assert received(connection) == b"bye"


def test_several_connections_at_once() -> None:
    with centre(echo) as address, network(address) as cable, dial(cable) as one, dial(cable) as two:
        assert (say(one, b"1"), say(two, b"2"), say(one, b"3")) == (b"1", b"2", b"3")


def test_a_cut_breaks_what_is_open_and_refuses_what_comes() -> None:
    with centre(echo) as address, network(address) as cable, dial(cable) as connection:
        assert say(connection) == b"hello"
        cable.simulate_cut()
        assert cable.state() == {"link": "cut"}
        assert is_broken(connection)
        with pytest.raises(ConnectionRefusedError):
            dial(cable)


def test_restored_it_is_the_same_address() -> None:
    with centre(echo) as address, network(address) as cable:
        before = cable.endpoint
        with dial(cable) as connection:
            say(connection)
            for verb in (cable.simulate_cut, cable.simulate_cut, cable.simulate_restore, cable.simulate_restore):
                verb()
            assert is_broken(connection)
        assert (cable.endpoint, cable.state()) == (before, {"link": "up"})
        with dial(cable) as connection:
            assert say(connection) == b"hello"


def test_a_cut_in_the_middle_of_connecting_lets_nothing_through() -> None:
    asked, go_on = threading.Event(), threading.Event()

    def where() -> Address:
        asked.set()
        assert go_on.wait(PATIENCE)
        return address

    with centre(echo) as address:
        cable = SimulatedNetwork(where)
        cable.start()
        with dial(cable) as connection:
            assert asked.wait(PATIENCE)
            cable.simulate_cut()
            go_on.set()
            assert is_broken(connection)
        cable.close()


@pytest.mark.parametrize("address", [None, ("127.0.0.1", 1)])
def test_a_centre_that_is_not_there_ends_the_connection(address: Address | None) -> None:
    with network(address) as cable, dial(cable) as connection:
        assert is_broken(connection)


def test_its_verbs() -> None:
    assert set(SimulatedNetwork(lambda: None).verbs()) == {"cut", "restore"}
