"""The one address of the database, whichever node is the primary."""

import shutil
from pathlib import Path
from typing import Final

import psycopg

from soak.cluster.programs import ENVIRONMENT, Program
from tests.central.postgres import as_postgres
from tests.faults.centre import free_port

PROGRAM: Final = shutil.which("pgbouncer", path=ENVIRONMENT["PATH"])
_SETTINGS: Final = """\
%include {included}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {users}
pidfile = {pidfile}
pool_mode = transaction
default_pool_size = 20
max_client_conn = 200
server_check_delay = 1
server_connect_timeout = 2
server_login_retry = 1
query_wait_timeout = 8
"""
"""The last: a transaction that finds no primary fails before its terminal gives up on the answer."""


class PgBouncer:
    def __init__(self, folder: Path, password: str) -> None:
        self.port = free_port()
        self.included = folder / "databases.ini"
        self.pidfile = folder / "pgbouncer.pid"
        self._password = password
        settings, users = folder / "pgbouncer.ini", folder / "users.txt"
        self.lead_to(1)  # where nobody listens, until there is a primary
        users.write_text(f'"postgres" "{password}"\n')
        values = {"included": self.included, "users": users, "pidfile": self.pidfile, "port": self.port}
        settings.write_text(_SETTINGS.format(**values))
        self.program = Program("pgbouncer", [*as_postgres(), "pgbouncer", settings], folder / "pgbouncer.log")

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://postgres:{self._password}@127.0.0.1:{self.port}/central"

    def lead_to(self, port: int) -> None:
        self.included.write_text(f"[databases]\ncentral = host=127.0.0.1 port={port}\n")

    def answers(self) -> bool:
        """Whether the primary can be reached through it."""
        try:
            plain = self.url.replace("+psycopg", "")
            psycopg.connect(plain, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True
