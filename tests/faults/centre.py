"""The real centre in a process of its own, which dies at a given step and is started again in the same place."""

import asyncio
import os
import signal
import socket
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Final

from central import server
from central.app import create_app
from central.centre import Centre
from central.settings import Settings
from central.storage.database import Storage
from tests.faults.power import PATIENCE, Power, Workers, arm, say
from tests.waiting import eventually

READY: Final = "ready"


def serve(data: Path, port: int, database: str, power: Power | None) -> None:
    """In a worker; ``power`` strikes from when it listens."""

    def ready(_: str) -> None:
        say(READY)
        if power:
            arm(power)

    centre = Centre.open(Settings(data, database, neighbours=True))
    config = server.configured(create_app(lambda: centre))
    asyncio.run(server.serve(server.listen("127.0.0.1", port), config, data / "address", ready))


@dataclass(frozen=True)
class Record:
    id: str
    epoch: int
    seq: int
    case: str
    digest: str
    state: str
    number: str
    """The order of filing."""


class CentreProcess:
    def __init__(self, workers: Workers, home: Path, database: str = "") -> None:
        """``home`` is a folder for this centre alone; ``database`` a URL, empty for SQLite in it."""
        self.data = home / "data"
        self.data.mkdir(parents=True)
        self.port = free_port()
        self._output = home / "output"
        self._workers = workers
        self._database = database
        self._process: ForkServerProcess | None = None

    @property
    def address(self) -> tuple[str, int]:
        return "127.0.0.1", self.port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, at_start: Power | None = None, when_ready: Power | None = None) -> bool:
        """Whether it came to listen; otherwise it died before."""
        self.kill()
        self._output.unlink(missing_ok=True)
        self._process = self._workers.start(
            serve,
            self.data,
            self.port,
            self._database,
            when_ready,
            power=at_start or Power(self.data),
            output=self._output,
        )
        return eventually(lambda: self._said_ready() or ("died" if self._ended() else ""), "the centre") == READY

    def alive(self) -> bool:
        """Whether it still answers, asked: one that was just killed has let its lines go before it counts as ended."""
        with suppress(OSError, HTTPException):
            line = HTTPConnection(*self.address, timeout=PATIENCE)
            with closing(line):
                line.request("GET", "/v1/health")
                return bool(line.getresponse().status)
        if self._process:
            self._process.join()
        return False

    def kill(self) -> None:
        if self._process and self._process.pid and not self._ended():
            with suppress(ProcessLookupError):
                os.kill(self._process.pid, signal.SIGKILL)
            self._process.join()

    def _ended(self) -> bool:
        return self._process is None or self._process.exitcode is not None

    def records(self) -> Mapping[str, Sequence[Record]]:
        """By terminal, in the order they were filed."""
        return records_of(self.data, self._database)

    def notices(self, terminal: str) -> Sequence[str]:
        """What the centre found odd."""
        storage = Storage(Settings(self.data, self._database).database)
        try:
            with storage.reading() as transaction:
                return [one.kind for one in transaction.receipts.notices(terminal)]
        finally:
            storage.close()

    def _said_ready(self) -> str:
        return READY if self._output.exists() and READY in self._output.read_text().splitlines() else ""


def records_of(data: Path, database: str) -> Mapping[str, Sequence[Record]]:
    """By terminal, in the order they were filed. ``database`` as for :class:`CentreProcess`."""
    storage = Storage(Settings(data, database).database)
    found: defaultdict[str, list[Record]] = defaultdict(list)
    try:
        with storage.reading() as transaction:
            for one in sorted(transaction.matters.all(), key=lambda one: (one.number or "", one.epoch, one.seq)):
                record = Record(one.id, one.epoch, one.seq, one.case_key, one.digest, one.state, one.number or "")
                found[one.terminal].append(record)
    finally:
        storage.close()
    return found


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])
