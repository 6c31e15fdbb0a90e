"""Three nodes of PostgreSQL, of which Patroni makes one the primary and another its synchronous standby."""

import json
import shutil
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg

from soak.cluster.programs import ENVIRONMENT, Program, descendants, signal_all, told, until
from tests.central.postgres import as_postgres, programs
from tests.faults.centre import free_port

NODES: Final = 3
FOLLOW: Final = Path(__file__).with_name("follow_primary.sh")
DCS: Final[Mapping[str, Any]] = {
    "ttl": 20,
    "loop_wait": 2,
    "retry_timeout": 3,
    "primary_start_timeout": 0,
    "synchronous_mode": True,
    "synchronous_mode_strict": True,
    "postgresql": {
        "use_pg_rewind": True,
        "parameters": {"max_connections": 60, "shared_buffers": "64MB", "log_min_messages": "fatal"},
    },
}
"""Without a synchronous standby nothing is committed. 20 s is the least ``ttl`` that Patroni recommends."""


@dataclass(frozen=True)
class Node:
    program: Program
    port: int
    rest: int
    data: Path

    @property
    def name(self) -> str:
        return self.program.name

    def kill(self) -> None:
        """As if the machine had lost its power: Patroni and each process of PostgreSQL."""
        postgres = self._processes()
        self.program.kill()
        signal_all(postgres, signal.SIGKILL)

    def hold(self) -> None:
        """PostgreSQL stands still."""
        signal_all(self._processes(), signal.SIGSTOP)

    def let_go(self) -> None:
        signal_all(self._processes(), signal.SIGCONT)

    def state(self) -> dict[str, Any]:
        """As Patroni tells; empty when it does not."""
        return told("GET", f"http://127.0.0.1:{self.rest}/patroni")

    def _processes(self) -> list[int]:
        try:
            postmaster = int((self.data / "postmaster.pid").read_text().split()[0])
        except (OSError, IndexError):
            return []
        return descendants(postmaster)


class Nodes:
    def __init__(self, folder: Path, etcd: Sequence[str], password: str, callback: Sequence[str | Path]) -> None:
        """``callback``: arguments of ``follow_primary.sh``, ``{port}`` for the node's."""
        self._folder = folder
        self._password = password
        self.all = [self._node(number, etcd, callback) for number in range(NODES)]

    def start(self) -> None:
        for node in self.all:
            node.program.start()
        until(self.ready, "a primary with two standbys")

    def primary(self) -> Node | None:
        return next((node for node in self.all if node.state().get("role") in ("master", "primary")), None)

    def ready(self) -> Node | None:
        """The primary, when both others follow it and one of them is synchronous."""
        for node in self.all:
            node.program.check()
        found = [node for node in self.all if len(node.state().get("replication", ())) == NODES - 1]
        in_step = found and "sync" in {one.get("sync_state") for one in found[0].state().get("replication", ())}
        return found[0] if in_step else None

    def connect(self, node: Node) -> psycopg.Connection:
        return psycopg.connect(
            host="127.0.0.1", port=node.port, user="postgres", password=self._password, dbname="postgres",
            autocommit=True, connect_timeout=5,
        )  # fmt: skip

    def _node(self, number: int, etcd: Sequence[str], callback: Sequence[str | Path]) -> Node:
        port, rest, name = free_port(), free_port(), f"node {number}"
        data = self._folder / f"node-{number}"
        settings = self._folder / f"node-{number}.json"  # which is YAML too
        follow = " ".join(f'"{str(one).format(port=port)}"' for one in (FOLLOW, *callback))
        settings.write_text(json.dumps(self._settings(name.replace(" ", "-"), etcd, port, rest, data, follow)))
        settings.chmod(0o644)
        log = self._folder / f"node-{number}.log"
        return Node(Program(name, [*as_postgres(), "patroni", settings], log), port, rest, data)

    def _settings(
        self, name: str, etcd: Sequence[str], port: int, rest: int, data: Path, follow: str
    ) -> dict[str, Any]:
        binaries = programs()
        assert binaries, "PostgreSQL is not installed"
        here = "127.0.0.1"
        return {
            "scope": "central",
            "name": name,
            "restapi": {"listen": f"{here}:{rest}", "connect_address": f"{here}:{rest}"},
            "etcd3": {"hosts": list(etcd)},
            "bootstrap": {
                "dcs": DCS,
                "initdb": [{"encoding": "UTF8"}, {"locale": "C"}, "data-checksums"],
                "pg_hba": [f"host {who} all {here}/32 scram-sha-256" for who in ("all", "replication")],
            },
            "postgresql": {
                "listen": f"{here}:{port}",
                "connect_address": f"{here}:{port}",
                "data_dir": str(data),
                "bin_dir": str(binaries),
                "pgpass": str(data.with_suffix(".pgpass")),
                "basebackup": {"checkpoint": "fast"},
                "authentication": {
                    "superuser": {"username": "postgres", "password": self._password},
                    "replication": {"username": "replicator", "password": self._password},
                },
                "parameters": {"unix_socket_directories": str(self._folder), "password_encryption": "scram-sha-256"},
                "callbacks": {"on_start": follow, "on_role_change": follow},
            },
        }


def is_installed() -> bool:
    return bool(programs()) and all(shutil.which(one, path=ENVIRONMENT["PATH"]) for one in ("patroni", "etcd"))
