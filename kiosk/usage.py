"""What the terminal's processes use of the machine, from /proc (proc(5))."""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from kiosk.bus.connection import BusError, request
from kiosk.bus.messages import Children, ChildrenRequest

TICKS: Final = os.sysconf("SC_CLK_TCK")
PAGE: Final = os.sysconf("SC_PAGE_SIZE")
UTIME, STIME = 11, 12
"""Fields of /proc/PID/stat, counted from the first behind the command's name."""
RESIDENT: Final = 1
"""Field of /proc/PID/statm."""
MEGABYTE: Final = 1 << 20


@dataclass(frozen=True)
class Sample:
    """CPU seconds since the process began, resident bytes, and when that was seen."""

    cpu: float
    memory: int
    at: float


def sample(pid: int) -> Sample | None:
    """``None`` when there is no such process."""
    folder = Path(f"/proc/{pid}")
    try:
        fields = (folder / "stat").read_text().rpartition(")")[2].split()
        memory = int((folder / "statm").read_text().split()[RESIDENT]) * PAGE
    except OSError:
        return None
    return Sample((int(fields[UTIME]) + int(fields[STIME])) / TICKS, memory, time.monotonic())


@dataclass
class Use:
    """Of one process: its first and newest sample, and the most memory that was seen."""

    name: str
    first: Sample
    now: Sample
    restarts: int = 0
    most: int = 0

    @property
    def cpu(self) -> float:
        """Share of one core since the first sample."""
        return (self.now.cpu - self.first.cpu) / max(self.now.at - self.first.at, 1e-3)

    @property
    def megabytes(self) -> tuple[float, float, float]:
        """At first, at most, now."""
        return self.first.memory / MEGABYTE, self.most / MEGABYTE, self.now.memory / MEGABYTE

    def as_dict(self) -> dict[str, Any]:
        first, most, now = (round(each, 1) for each in self.megabytes)
        memory = {"memory_first_mb": first, "memory_most_mb": most, "memory_now_mb": now}
        return {"name": self.name, "cpu": round(self.cpu, 4), "restarts": self.restarts, **memory}


class Meter:
    """Looks at the processes of the terminal that runs in ``run_dir``; one that was restarted begins anew."""

    def __init__(self, run_dir: Path) -> None:
        self._socket = run_dir / "supervisor.sock"
        self._pids: dict[str, int] = {}
        self._uses: dict[str, Use] = {}

    def look(self) -> Mapping[str, Use]:
        try:
            answer = request(self._socket, ChildrenRequest(), timeout=2.0)
        except BusError:
            return self._uses
        for child in answer.rows if isinstance(answer, Children) else []:
            if child.pid and (seen := sample(child.pid)):
                self._add(child.name, child.pid, child.restarts, seen)
        return self._uses

    def _add(self, name: str, pid: int, restarts: int, seen: Sample) -> None:
        if self._pids.get(name) != pid:
            self._pids[name] = pid
            self._uses[name] = Use(name, seen, seen)
        use = self._uses[name]
        use.now, use.restarts, use.most = seen, restarts, max(use.most, seen.memory)
