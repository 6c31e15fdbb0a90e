"""Processes under ``power.c``: they die or fail at an exact step, and what they do to the disk is written down."""

import ctypes
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import forkserver
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any, Final

SOURCE: Final = Path(__file__).with_name("power.c")
DISK: Final = "cdwtfrlux"
"""Kinds of step, see ``disk.Kind``: what changes the disk; below, what takes up room, what syncs, and the network."""
ROOM: Final = "cdwt"
SYNC: Final = "f"
NETWORK: Final = "n"
PATIENCE: Final = 60.0
NAMES: Final = ("POWER_FOLDER", "POWER_JOURNAL", "POWER_STEPS", "POWER_AT", "POWER_ERROR", "POWER_STAYS")


@dataclass(frozen=True)
class Power:
    """What befalls a process that works in ``folder``; ``at`` counts from 1, 0 is never."""

    folder: Path
    journal: Path | None = None
    steps: str = ""
    at: int = 0
    error: int = 0
    """0 is SIGKILL, else an errno."""
    stays: bool = False

    def environment(self) -> dict[str, str]:
        values = (self.folder, self.journal, self.steps, self.at, self.error, int(self.stays))
        return {name: str(value) for name, value in zip(NAMES, values, strict=True) if value}


def build(folder: Path) -> Path:
    """Compile the library into ``folder``."""
    library = folder / "power.so"
    subprocess.run(["gcc", "-O1", "-Wall", "-shared", "-fPIC", "-o", library, SOURCE, "-lpthread"], check=True)
    return library


@dataclass(frozen=True)
class Done:
    status: int
    """As ``Popen.returncode``: -9 for one that was killed."""
    said: list[str]
    """Lines of standard output."""

    @property
    def killed(self) -> bool:
        return self.status == -9


class Workers:
    """Processes that begin with everything imported: forks of one server, which runs under the library.

    There is one a process, made once.
    """

    def __init__(self, library: Path, modules: list[str]) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(modules)
        os.environ["LD_PRELOAD"] = str(library)
        try:
            forkserver.ensure_running()
        finally:
            del os.environ["LD_PRELOAD"]

    def start(self, job: Callable[..., None], *arguments: Any, power: Power, output: Path) -> ForkServerProcess:
        process = self._context.Process(target=_work, args=(job, arguments, power, output), daemon=True)
        process.start()
        return process

    def run(self, job: Callable[..., None], *arguments: Any, power: Power, output: Path) -> Done:
        """``output`` is a file outside of the folder. A traceback of the job goes to standard error."""
        output.unlink(missing_ok=True)
        process = self.start(job, *arguments, power=power, output=output)
        process.join(PATIENCE)
        assert process.exitcode is not None, "the worker does not end"
        said = output.read_text(encoding="utf-8").splitlines() if output.exists() else []
        return Done(process.exitcode, said)


def _work(job: Callable[..., None], arguments: tuple[Any, ...], power: Power, output: Path) -> None:
    os.dup2(os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND), sys.__stdout__.fileno() if sys.__stdout__ else 1)
    arm(power)
    job(*arguments)


def arm(power: Power) -> None:
    """In a worker: from now on this befalls it, counted anew."""
    for name in NAMES:
        os.environ.pop(name, None)
    os.environ.update(power.environment())
    ctypes.CDLL(None).power_arm()


def say(text: str) -> None:
    """A line on standard output that has left the process: what others may count on."""
    os.write(1, f"{text}\n".encode())
