"""Who is at the other end of a connection over loopback: the kernel knows the user it belongs to."""

import os
import sys
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Final

Endpoint = tuple[IPv4Address | IPv6Address, int]

_TABLES: Final = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
_ESTABLISHED: Final = "01"
_FORWARDED: Final = frozenset(
    {"forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "client-ip"}
)
"""What a proxy adds: somebody else may stand behind it."""


def is_neighbour(client: tuple[str, int], server: tuple[str, int], headers: Mapping[str, str]) -> bool:
    """Whether a program of this very user, on this machine, asks for itself. ``headers`` by lower-case name."""
    try:
        peer, here = endpoint(*client), endpoint(*server)
    except ValueError:
        return False
    if not (peer[0].is_loopback and here[0].is_loopback) or any(name in _FORWARDED for name in headers):
        return False
    return owner(peer, here) == os.geteuid()


def is_loopback(host: str) -> bool:
    try:
        return endpoint(host, 0)[0].is_loopback
    except ValueError:
        return False


def endpoint(host: str, port: int) -> Endpoint:
    """An IPv4 address in IPv6 form is the IPv4 address. Raises ``ValueError``."""
    address = ip_address(host)
    return (getattr(address, "ipv4_mapped", None) or address), port


def owner(peer: Endpoint, here: Endpoint) -> int | None:
    """The user whose socket is connected from ``peer`` to ``here``, while it is; None when nobody's is."""
    for table in _TABLES:
        try:
            lines = table.read_text(encoding="ascii").splitlines()[1:]
        except OSError:  # no /proc, or no IPv6
            continue
        for local, remote, user in _connections(lines):
            if (local, remote) == (peer, here):
                return user
    return None


def _connections(lines: list[str]) -> Iterator[tuple[Endpoint, Endpoint, int]]:
    """Those a process still holds: a socket that was closed is shown as if it belonged to root, without an inode."""
    for line in lines:
        _, local, remote, state, _, _, _, user, _, inode, *_ = line.split()
        if state == _ESTABLISHED and inode != "0":
            yield _endpoint(local), _endpoint(remote), int(user)


def _endpoint(text: str) -> Endpoint:
    """``0100007F:1F90``: the address in 32-bit words, each in the machine's byte order (proc(5))."""
    address, _, port = text.partition(":")
    words = (int(address[start : start + 8], 16) for start in range(0, len(address), 8))
    packed = b"".join(word.to_bytes(4, sys.byteorder) for word in words)
    plain = IPv4Address(packed) if len(packed) == 4 else IPv6Address(packed)
    return (getattr(plain, "ipv4_mapped", None) or plain), int(port, 16)
