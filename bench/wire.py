"""Backlogs over HTTP: terminals with queue files on one side, ``central serve`` on PostgreSQL on the other."""

import multiprocessing
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from uuid6 import uuid7

from bench.central import BACKLOG, CREATED, Cost, bulk_insert, cost, payload
from bench.figures import Figure
from central.rules import TRIAL
from offline_queue import suites
from offline_queue.contract import NewMatter
from offline_queue.http_client import Signature, open_client
from offline_queue.http_transport import HttpTransport
from offline_queue.store import SqliteQueue
from offline_queue.suites import SigningKey
from offline_queue.sync import Synchroniser
from tests.central.postgres import Cluster, cluster
from tests.waiting import eventually

SEVERAL: Final = 4
_ROUNDS: Final = 3
_KEY: Final = bytes(range(32))


@dataclass(frozen=True)
class Outcome:
    whole: Cost
    """Of the centre and PostgreSQL; what the terminals are busy with is theirs."""
    bare: Cost
    """Of a bulk insert of the rows of the first terminal, as many as it has."""


@dataclass(frozen=True)
class Identity:
    key: SigningKey
    key_id: str


@dataclass(frozen=True)
class Sender:
    """A terminal, as one process tells another of it."""

    name: str
    folder: Path
    address: str
    key: str
    """PEM."""
    key_id: str

    def fill(self, count: int) -> None:
        """The next in its queue."""
        matters = [NewMatter(str(uuid7()), TRIAL, 1, payload(seq)) for seq in range(count)]
        with self._queue() as queue:
            queue.put_all(matters, now=CREATED.wall)

    def send(self) -> None:
        """All that waits."""
        identity = Identity(suites.load_signing_key(self.key), self.key_id)
        client = open_client(self.address, Signature(lambda: identity))
        with self._queue() as queue, HttpTransport(client, lambda: identity) as transport:
            report = Synchroniser(queue, transport).run_once(time.time())
        left = (report.link, report.refused, report.later, report.parked)
        assert not any(left), left

    @contextmanager
    def _queue(self) -> Generator[SqliteQueue]:
        queue = SqliteQueue(self.folder / f"{self.name}.db", _KEY, self.name)
        try:
            yield queue
        finally:
            queue.close()


def wire() -> Iterator[Figure]:
    """From the queue files of terminals to those files again, with the centre's word on each matter."""
    with cluster(durable=True) as server:
        for senders, workers in ((1, 1), (SEVERAL, 1), (SEVERAL, 2)):
            names = [f"from_{senders}_by_{workers}_{number}" for number in range(_ROUNDS)]
            yield _figure(senders, workers, [_round(server, name, senders, workers) for name in names])


def _figure(senders: int, workers: int, outcomes: list[Outcome]) -> Figure:
    rate = BACKLOG / statistics.median(one.whole.seconds for one in outcomes)
    core = BACKLOG / statistics.median(one.whole.processor for one in outcomes)
    bare = statistics.median(BACKLOG / senders / one.bare.seconds for one in outcomes)
    ratio = statistics.median(one.bare.seconds * senders / one.whole.seconds for one in outcomes)
    a_core = statistics.median(one.bare.processor * senders / one.whole.processor for one in outcomes)
    against = f"{ratio:.2f} of a bulk insert ({bare:,.0f}/s), whose terminals cost nothing; {a_core:.2f} by a busy core"
    what = f"backlog over HTTP, terminals at once: {senders}, workers: {workers}"
    return Figure(what, f"{rate:,.0f}/s; {core:,.0f}/s by a busy core", against)


def _round(server: Cluster, database: str, senders: int, workers: int) -> Outcome:
    url = server.create(database)
    context = multiprocessing.get_context("spawn")
    with ExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory()))
        address, process = closing.enter_context(_serving(folder, url, workers))
        pool = closing.enter_context(ProcessPoolExecutor(senders, context))
        terminals = [_enrolled(f"GD44010{number}", folder, address) for number in range(senders)]
        _in_each(pool, [(one, 10) for one in terminals])  # everything is loaded and connected once
        _each_sends(pool, terminals)
        _in_each(pool, [(one, BACKLOG // senders) for one in terminals])
        whole = cost(server, lambda: _each_sends(pool, terminals), process.pid)
        return Outcome(whole, _bare(server, url, terminals[0].name))


def _in_each(pool: Executor, backlogs: list[tuple[Sender, int]]) -> None:
    for filling in [pool.submit(sender.fill, count) for sender, count in backlogs]:
        filling.result()


def _each_sends(pool: Executor, terminals: list[Sender]) -> None:
    for sending in [pool.submit(sender.send) for sender in terminals]:
        sending.result()


def _bare(server: Cluster, url: str, terminal: str) -> Cost:
    engine = sa.create_engine(url)
    try:
        return bulk_insert(server, engine, terminal)
    finally:
        engine.dispose()


@contextmanager
def _serving(folder: Path, url: str, workers: int) -> Generator[tuple[str, subprocess.Popen[bytes]]]:
    argv = [sys.executable, "-m", "central", "serve", "--port", "0", "--database", url, "--data", str(folder)]
    argv += ["--workers", str(workers)]
    with subprocess.Popen(argv, stdout=subprocess.DEVNULL) as process:
        try:
            where = folder / "address"
            eventually(lambda: where.exists() or process.poll() is not None, "the centre")
            yield where.read_text().strip(), process
        finally:
            process.terminate()


def _enrolled(name: str, folder: Path, address: str) -> Sender:
    key = suites.generate()
    body = {"terminal": name, "code": "", "public_key": key.public().pem(), "suite": key.suite}
    with open_client(address) as client:
        answer = client.post("/v1/enrolments", json=body).raise_for_status().json()
    return Sender(name, folder, address, key.pem(), answer["key_id"])
