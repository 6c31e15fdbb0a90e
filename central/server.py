"""The application on a socket: says where it listens once it answers there."""

import asyncio
import gc
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import uvicorn
from fastapi import FastAPI

from central.files import write_durably
from central.observe import logs

SHUTDOWN_SECONDS: Final = 10
"""How long requests that have begun may take to end; what is not answered then comes again."""


@dataclass(frozen=True)
class Tls:
    certificate: Path
    """PEM, with the certificates that lead to a known authority."""
    key: Path
    """PEM."""


class Server(uvicorn.Server):
    def __init__(
        self, config: uvicorn.Config, begun: Callable[[], None], ending: Callable[[], None], drain: float
    ) -> None:
        """``begun`` is called from the moment connections are accepted, ``ending`` some ``drain`` seconds before they
        no longer are: so long a load balancer may take to notice."""
        super().__init__(config)
        self._begun = begun
        self._ending = ending
        self._drain = drain

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        logs.listen(asyncio.get_running_loop())
        await super().startup(sockets)
        if self.started:
            self._begun()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # not after serve(): uvicorn ends by raising the signal it caught once more
        self._ending()
        if not self.force_exit:
            await asyncio.sleep(self._drain)
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


def configured(app: FastAPI, tls: Tls | None = None, proxies: str = "") -> uvicorn.Config:
    """No access log of uvicorn's: addresses of requests hold reference numbers. No trust in headers that name another
    client, but from ``proxies``, addresses with commas.

    Raises ``OSError`` (``ssl.SSLError`` too) for files of ``tls`` that are none.
    """
    config = uvicorn.Config(
        app,
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies,
        ssl_certfile=tls and tls.certificate,
        ssl_keyfile=tls and tls.key,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    config.load()
    return config


async def serve(
    listener: socket.socket,
    config: uvicorn.Config,
    address_file: Path,
    announce: Callable[[str], None],
    ending: Callable[[], None] = lambda: None,
    drain: float = 0.0,
) -> None:
    """Until SIGTERM or SIGINT, which let what has begun end. ``address_file`` is there as long as it may be asked.

    ``ending`` and ``drain`` as :class:`Server` has them.
    """
    where = address(listener, config)

    def begun() -> None:
        write_address(address_file, where)
        announce(where)

    def end() -> None:
        address_file.unlink(missing_ok=True)
        ending()

    await run(listener, Server(config, begun, end, drain))


async def run(listener: socket.socket, server: Server) -> None:
    gc.freeze()  # what was loaded stays: a tenth of the time went into looking through it again and again
    await server.serve(sockets=[listener])


def write_address(file: Path, address: str) -> None:
    write_durably(file, address.encode() + b"\n", 0o644)


def address(listener: socket.socket, config: uvicorn.Config) -> str:
    host, port = listener.getsockname()[:2]
    scheme = "https" if config.is_ssl else "http"
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"
