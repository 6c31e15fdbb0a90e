"""The whole of it, as ``docs/scaling.md`` draws it: balancer, two workers, PgBouncer, three nodes, three of etcd."""

import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from psycopg import sql

from central.enrolment import code_for
from central.storage.database import Storage
from soak.cluster.balancer import Balancer
from soak.cluster.etcd import Etcd
from soak.cluster.nodes import Nodes
from soak.cluster.pgbouncer import PgBouncer
from soak.cluster.programs import until
from soak.cluster.workers import Worker, start_workers
from tests.faults.centre import Record, records_of

_DATABASE: Final = "central"
_CODE_SECONDS: Final = 600.0


@dataclass(frozen=True)
class Cluster:
    etcd: Etcd
    nodes: Nodes
    pgbouncer: PgBouncer
    workers: Sequence[Worker]
    balancer: Balancer
    _folder: Path
    """Of the workers."""

    @property
    def url(self) -> str:
        return self.balancer.url

    def codes(self, terminals: Sequence[str]) -> list[str]:
        """For the enrolment of each."""
        with closing(Storage(self.pgbouncer.url)) as storage:
            return [code_for(storage, terminal, expires_at=time.time() + _CODE_SECONDS) for terminal in terminals]

    def records(self) -> Mapping[str, Sequence[Record]]:
        return records_of(self._folder, self.pgbouncer.url)


@contextmanager
def cluster(tell: Callable[[str], None]) -> Generator[Cluster]:
    """Gone with all its processes and files at the end. Raises ``NotInTime``."""
    with ExitStack() as stack:
        database, centre = _homes(Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="failover-"))).resolve())
        password = secrets.token_urlsafe(16)
        etcd, pgbouncer = Etcd(database), PgBouncer(database, password)
        follow = (pgbouncer.included, "host=127.0.0.1 port={port}", pgbouncer.pidfile)
        nodes = Nodes(database, etcd.addresses, password, follow)
        stack.callback(_kill_all, etcd, nodes, pgbouncer)
        etcd.start()
        tell("etcd: 3 nodes, a leader")
        pgbouncer.program.start()
        nodes.start()
        tell("PostgreSQL: a primary, a synchronous standby, another")
        _create(nodes)
        until(pgbouncer.answers, "PgBouncer in front of the primary")

        workers: list[Worker] = []
        stack.callback(lambda: [worker.program.kill() for worker in workers])
        start_workers(centre, pgbouncer.url, workers)
        tell(f"centre: {len(workers)} workers")
        balancer = stack.enter_context(Balancer([worker.port for worker in workers]))
        yield Cluster(etcd, nodes, pgbouncer, workers, balancer, centre)


def _homes(folder: Path) -> tuple[Path, Path]:
    """Of the database, whose user may differ, and of the workers."""
    folder.chmod(0o711)
    database, centre = folder / "database", folder / "centre"
    centre.mkdir(mode=0o700)
    database.mkdir(mode=0o700)
    if os.geteuid() == 0:
        shutil.chown(database, "postgres", "postgres")
    return database, centre


def _create(nodes: Nodes) -> None:
    primary = nodes.primary()
    assert primary
    with nodes.connect(primary) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(_DATABASE)))


def _kill_all(etcd: Etcd, nodes: Nodes, pgbouncer: PgBouncer) -> None:
    for node in nodes.all:
        node.let_go()
        node.kill()
    for program in (pgbouncer.program, *etcd.nodes):
        program.kill()
