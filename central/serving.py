"""How the centre is put to work: by one process, or by several on one socket."""

import asyncio
import logging
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

import uvicorn

from central import server
from central.app import create_app
from central.centre import Centre
from central.observe import logs
from central.server import Server, Tls
from central.settings import Settings
from central.workers import READY, Crew, ended

log = logging.getLogger(__name__)

_MARGIN_SECONDS: Final = 5.0
"""To close the centre, beyond what its requests may take."""

Announce = Callable[[str], None]
"""Told the address once it answers there."""


@dataclass(frozen=True)
class Job:
    """What every worker is told."""

    settings: Settings
    tls: Tls | None = None
    drain: float = 0.0
    """Seconds between saying that it is not ready any more and taking no more connections."""
    log_form: logs.Form = "text"
    log_level: str = "warning"

    @property
    def address_file(self) -> Path:
        return self.settings.data / "address"


def alone(listener: socket.socket, job: Job, centre: Centre, config: uvicorn.Config, announce: Announce) -> None:
    """In this process, which has opened ``centre`` for ``config``."""
    asyncio.run(server.serve(listener, config, job.address_file, announce, centre.end, job.drain))


def together(listener: socket.socket, job: Job, count: int, config: uvicorn.Config, announce: Announce) -> None:
    """In ``count`` others. This one has brought the tables up to date and made the keys, and closed the centre."""
    where = server.address(listener, config)

    def begun() -> None:
        server.write_address(job.address_file, where)
        announce(where)

    longest = job.drain + server.SHUTDOWN_SECONDS + _MARGIN_SECONDS
    ending = partial(job.address_file.unlink, missing_ok=True)
    Crew(listener, partial(_work, job), count, longest, begun, ending).run()


def _work(job: Job, listener: socket.socket, line: Connection) -> None:
    """One worker, in a process of its own."""
    logs.configure(job.log_form, job.log_level)
    try:
        centre = Centre.open(job.settings)
        config = server.configured(create_app(lambda: centre), job.tls, job.settings.proxies)
        made = Server(config, partial(line.send_bytes, READY), centre.end, job.drain)
        with suppress(KeyboardInterrupt):
            asyncio.run(_until_alone(listener, made, line))
    except Exception:
        log.critical("a worker failed", exc_info=True)
        sys.exit(1)


async def _until_alone(listener: socket.socket, made: Server, line: Connection) -> None:
    def look() -> None:
        if ended(line):
            asyncio.get_running_loop().remove_reader(line.fileno())
            made.should_exit = True

    asyncio.get_running_loop().add_reader(line.fileno(), look)
    await server.run(listener, made)
