"""Processes of the centre that share one database, each in a folder of its own as on a machine of its own."""

import os
import shutil
import sys
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Final

from soak.cluster.programs import Program, until
from tests.faults.centre import free_port

WORKERS: Final = 2
_KEYS: Final = ("*.key", "*.crt", "*.pub")


class Worker:
    def __init__(self, name: str, data: Path, database: str) -> None:
        self.port = free_port()
        argv = [
            sys.executable, "-m", "central", "serve", "--port", str(self.port), "--data", data, "--no-neighbours",
            "--attachments", data.parent / "attachments",
        ]  # fmt: skip
        environment = os.environ | {"CENTRAL_DATABASE": database}
        self.program = Program(name, argv, data.with_suffix(".log"), environment)

    def start(self) -> None:
        self.program.start()
        until(self._is_ready, self.program.name)

    def _is_ready(self) -> bool:
        self.program.check()
        try:
            line = HTTPConnection("127.0.0.1", self.port, timeout=2)
            line.request("GET", "/v1/health")
            return line.getresponse().status == 200
        except (OSError, HTTPException):
            return False


def start_workers(folder: Path, database: str, started: list[Worker]) -> None:
    """Adds to ``started`` each before it starts. All have the keys of the first."""
    for number in range(WORKERS):
        data = folder / f"worker-{number}"
        if started:
            _copy_keys(folder / "worker-0", data)
        started.append(Worker(f"worker {number}", data, database))
        started[-1].start()


def _copy_keys(source: Path, target: Path) -> None:
    target.mkdir(mode=0o700)
    for key in (file for pattern in _KEYS for file in source.glob(pattern)):
        shutil.copy(key, target)
