"""PgBouncer in transaction pooling before a cluster of the tests, as a province would have it before its own."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg

from tests.central.postgres import Cluster, as_postgres
from tests.waiting import eventually

PROGRAM: Final = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
SESSIONS: Final = 3
"""At the server: far fewer than a worker has connections, so that each transaction gets any of them."""
_PORT: Final = 6432
"""Only names the socket's file."""
_SETTINGS: Final = """
[databases]
* = host={server} user=postgres
[pgbouncer]
listen_addr =
listen_port = {port}
unix_socket_dir = {folder}
auth_type = any
pool_mode = transaction
default_pool_size = {sessions}
max_client_conn = 100
log_connections = 0
log_disconnections = 0
"""


@dataclass(frozen=True)
class Pooler:
    folder: Path
    """Of its socket."""

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}&port={_PORT}"

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        host = str(self.folder)
        return psycopg.connect(
            host=host, port=_PORT, user="postgres", dbname=database, autocommit=True, prepare_threshold=None
        )


@contextmanager
def pooler(cluster: Cluster) -> Generator[Pooler]:
    """Dies with the process that asked for it."""
    assert PROGRAM, "PgBouncer is not installed"
    folder = Path(tempfile.mkdtemp(prefix="kiosk-pool-"))
    try:
        settings = folder / "pgbouncer.ini"
        settings.write_text(_SETTINGS.format(server=cluster.folder, port=_PORT, folder=folder, sessions=SESSIONS))
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        argv = [*as_postgres(), PROGRAM, "-q", str(settings)]
        with (folder / "log").open("wb") as log, subprocess.Popen(argv, cwd="/", stderr=log) as program:
            try:
                made = Pooler(folder)
                eventually(lambda: _answers(made, program), "PgBouncer")
                yield made
            finally:
                program.kill()
    finally:
        shutil.rmtree(folder)


def _answers(made: Pooler, program: subprocess.Popen[bytes]) -> bool:
    assert program.poll() is None, (made.folder / "log").read_text()
    try:
        made.connect().close()
    except psycopg.OperationalError:
        return False
    return True
