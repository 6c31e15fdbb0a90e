"""Three nodes that agree who is the primary."""

from pathlib import Path
from typing import Any, Final

from soak.cluster.programs import Program, told, until
from tests.central.postgres import as_postgres
from tests.faults.centre import free_port

NODES: Final = 3
_PATIENCE: Final = ("--heartbeat-interval", "200", "--election-timeout", "2000")
"""Milliseconds: twice what is usual, for all nodes share the cores of this machine with everything else."""


class Etcd:
    def __init__(self, folder: Path) -> None:
        clients = [free_port() for _ in range(NODES)]
        peers = [free_port() for _ in range(NODES)]
        together = ",".join(f"e{number}={_url(port)}" for number, port in enumerate(peers))
        self.addresses = [f"127.0.0.1:{port}" for port in clients]
        self.nodes = [
            Program(
                f"etcd {number}",
                [
                    *as_postgres(), "etcd", "--name", f"e{number}", "--data-dir", folder / f"etcd-{number}",
                    "--listen-client-urls", _url(clients[number]), "--advertise-client-urls", _url(clients[number]),
                    "--listen-peer-urls", _url(peers[number]), "--initial-advertise-peer-urls", _url(peers[number]),
                    "--initial-cluster", together, "--initial-cluster-state", "new", *_PATIENCE,
                ],
                folder / f"etcd-{number}.log",
            )
            for number in range(NODES)
        ]  # fmt: skip

    def start(self) -> None:
        for node in self.nodes:
            node.start()
        until(self.leader, "a leader of etcd")

    def leader(self) -> Program | None:
        for node, address in zip(self.nodes, self.addresses, strict=True):
            status = _status(address)
            if status and status["leader"] == status["header"]["member_id"]:
                return node
        return None

    def alive(self) -> int:
        return sum(1 for address in self.addresses if _status(address))


def _url(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def _status(address: str) -> dict[str, Any]:
    return told("POST", f"http://{address}/v3/maintenance/status")
