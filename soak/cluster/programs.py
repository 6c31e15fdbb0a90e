"""Programs of a cluster on this machine: started, killed and started again in the same place."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

import httpx

ENVIRONMENT: Final = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}
"""Nothing of the shell's: an exported PGPASSWORD would reach the copying of a standby."""
PATIENCE: Final = 90.0
"""Seconds until something that was started, or that has lost its partner, works."""
_LOOK: Final = 0.05

T = TypeVar("T")


class NotInTime(Exception):
    """The cluster did not come to where it was expected."""


@dataclass
class Program:
    name: str
    argv: Sequence[str | Path]
    log: Path
    environment: Mapping[str, str] = field(default_factory=lambda: ENVIRONMENT)
    _process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.argv, stdout=log, stderr=log, cwd="/", env=dict(self.environment), start_new_session=True
            )

    @property
    def pid(self) -> int:
        assert self._process, f"{self.name} was not started"
        return self._process.pid

    def kill(self) -> None:
        """SIGKILL, and so for those it has started and not let go; nothing when it has ended."""
        if self._process:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def check(self) -> None:
        """Raises :class:`NotInTime` with what it said when it has ended by itself."""
        if self._process and self._process.poll() is not None:
            raise NotInTime(f"{self.name} ended: {self.log.read_text(errors='replace')[-2000:]}")


def until(ask: Callable[[], T | None], what: str) -> T:
    """The first true answer. Raises :class:`NotInTime`."""
    end = time.monotonic() + PATIENCE
    while not (answer := ask()):
        if time.monotonic() > end:
            raise NotInTime(what)
        time.sleep(_LOOK)
    return answer


def told(method: str, url: str) -> dict[str, Any]:
    """What it says of itself, whatever the status; empty when it says nothing."""
    try:
        return httpx.request(method, url, json={}, timeout=2, trust_env=False).json()
    except (httpx.HTTPError, ValueError):
        return {}


def descendants(pid: int) -> list[int]:
    """Of this process, itself first."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except (OSError, IndexError):  # it has ended meanwhile
            continue
        children.setdefault(parent, []).append(int(stat.parent.name))
    found = [pid]
    for one in found:
        found += children.get(one, [])
    return found


def signal_all(pids: Sequence[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
