"""Who may enrol without a code: a program of the same user on the same machine, asking for itself."""

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from ipaddress import ip_address
from pathlib import Path

import pytest

from central import neighbours
from central.neighbours import is_loopback, is_neighbour, owner

Pair = tuple[tuple[str, int], tuple[str, int]]
HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"


@pytest.fixture(params=["127.0.0.1", "::1"])
def pair(request: pytest.FixtureRequest) -> Iterator[Pair]:
    host: str = request.param
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with ExitStack() as stack:
        try:
            listener = stack.enter_context(socket.create_server((host, 0), family=family))
        except OSError:
            pytest.skip(f"no {host} on this machine")
        client = stack.enter_context(socket.create_connection(listener.getsockname()[:2]))
        yield client.getsockname()[:2], listener.getsockname()[:2]


def test_a_program_of_the_same_user_is_a_neighbour(pair: Pair) -> None:
    assert is_neighbour(*pair, {"host": "localhost"})


def test_a_program_of_another_user_is_none(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    other = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: other)
    assert not is_neighbour(*pair, {})


def test_the_kernel_tells_users_apart() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname()) as client,
    ):
        place = client.getsockname(), listener.getsockname()
        assert is_neighbour(*place, {})
        try:
            os.fchown(client.fileno(), os.geteuid() + 1, -1)
        except PermissionError:
            pytest.skip("only root can give a socket away")
        assert not is_neighbour(*place, {})


@pytest.mark.parametrize("header", ["forwarded", "x-forwarded-for", "x-real-ip", "via"])
def test_what_a_proxy_hands_on_is_from_nobody_known(pair: Pair, header: str) -> None:
    assert not is_neighbour(*pair, {header: "127.0.0.1"})


def test_a_connection_that_is_not_there_is_nobodys(pair: Pair) -> None:
    (host, port), server = pair
    assert not is_neighbour((host, port ^ 1), server, {})
    assert not is_neighbour(server, (host, port), {"via": "x"})


@pytest.mark.parametrize(
    ("client", "server"),
    [
        (("192.0.2.1", 5000), ("127.0.0.1", 80)),
        (("127.0.0.1", 5000), ("192.0.2.1", 80)),
        (("", 0), ("127.0.0.1", 80)),
        (("testclient", 50000), ("testserver", 80)),
    ],
)
def test_nobody_from_elsewhere_is_a_neighbour(client: tuple[str, int], server: tuple[str, int]) -> None:
    assert not is_neighbour(client, server, {})


def test_a_closed_connection_belongs_to_nobody_though_the_kernel_says_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "tcp"
    monkeypatch.setattr(neighbours, "_TABLES", (tmp_path / "absent", table))
    peer, here = (ip_address("127.0.0.1"), 5000), (ip_address("127.0.0.1"), 80)
    line = (
        "   0: 0100007F:1388 0100007F:0050 {} 00000000:00000000 00:00000000 00000000 {:>5}        0 {} 1 0 20 4 30 10\n"
    )

    def user(state: str, uid: int, inode: int) -> int | None:
        table.write_text(HEAD + line.format(state, uid, inode))
        return owner(peer, here)

    if sys.byteorder == "little":
        assert user("01", 1000, 4711) == 1000
    assert user("06", 0, 0) is None
    assert user("05", 0, 0) is None
    assert user("01", 0, 0) is None


def test_an_ipv4_client_of_an_ipv6_socket_is_found() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket(socket.AF_INET6) as client:
        try:
            client.connect(("::ffff:127.0.0.1", listener.getsockname()[1]))
        except OSError:
            pytest.skip("no IPv6 on this machine")
        assert is_neighbour(client.getsockname()[:2], listener.getsockname()[:2], {})


def test_loopback_by_address_alone() -> None:
    assert all(is_loopback(host) for host in ("127.0.0.1", "127.8.8.8", "::1"))
    assert not any(is_loopback(host) for host in ("192.0.2.1", "::", "localhost", ""))
