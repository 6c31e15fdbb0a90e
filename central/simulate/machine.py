"""The centre that is simulated at: a child process with workers of its own, and what it uses of the processor."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_START_SECONDS: Final = 60.0
_END_SECONDS: Final = 20.0


class NoCentre(Exception):
    """The centre does not start: see what it says above."""


@contextmanager
def child(data: Path, database: str, workers: int) -> Generator[tuple[str, int]]:
    """Its URL and process id. Raises :class:`NoCentre`."""
    argv = [sys.executable, "-m", "central", "serve", "--port", "0", "--data", str(data), "--workers", str(workers)]
    environment = os.environ | ({"CENTRAL_DATABASE": database} if database else {})
    process = subprocess.Popen(argv, env=environment, stdout=subprocess.DEVNULL)
    try:
        yield _address(process, data / "address"), process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _address(process: "subprocess.Popen[bytes]", file: Path) -> str:
    end = time.monotonic() + _START_SECONDS
    while not file.exists():
        if process.poll() is not None or time.monotonic() > end:
            raise NoCentre
        time.sleep(0.05)
    return file.read_text().strip()


def processor_seconds(pid: int) -> float:
    """Of this process, all that it started, and those of them that have ended."""
    found, all_ = [pid], _processes()
    for one in found:
        found += [child for child, (parent, _) in all_.items() if parent == one]
    return sum(all_[one][1] for one in found if one in all_)


def _processes() -> dict[int, tuple[int, float]]:
    """Parent and seconds by id (proc(5): fields 4 and 14 to 17 of ``stat``)."""
    found: dict[int, tuple[int, float]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            rest = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        found[int(stat.parent.name)] = int(rest[1]), sum(map(int, rest[11:15])) / _TICKS
    return found
