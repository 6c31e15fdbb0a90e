"""The application on a socket: says where it listens once it answers there."""

import socket
from collections.abc import Callable
from pathlib import Path

import uvicorn

from central.app import create_app
from central.files import write_durably
from central.settings import Settings


class Server(uvicorn.Server):
    """Keeps ``address_file`` true: there from the moment connections are accepted, gone when they no longer are."""

    def __init__(
        self, config: uvicorn.Config, address: str, address_file: Path, announce: Callable[[str], None]
    ) -> None:
        super().__init__(config)
        self._address = address
        self._address_file = address_file
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            write_durably(self._address_file, self._address.encode() + b"\n", 0o644)
            self._announce(self._address)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # not after serve(): uvicorn ends by raising the signal it caught once more
        self._address_file.unlink(missing_ok=True)
        await super().shutdown(sockets)


def listen(host: str, port: int) -> socket.socket:
    """Bound, not yet accepting. Raises ``OSError``."""
    # The protocol is named because asyncio sets TCP_NODELAY only on sockets that name it: without, each answer waits
    # 40 ms for a delayed acknowledgement between its head and its body.
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP, flags=socket.AI_PASSIVE
    )[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError:
        listener.close()
        raise
    return listener


async def serve(listener: socket.socket, data: Path, announce: Callable[[str], None]) -> None:
    """Until SIGTERM or SIGINT. No access log: addresses of requests hold reference numbers."""
    config = uvicorn.Config(create_app(Settings(data)), access_log=False, log_config=None, server_header=False)
    await Server(config, _address(listener), data / "address", announce).serve(sockets=[listener])


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
