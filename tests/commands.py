"""The programs as their users start them."""

import subprocess
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from click.testing import CliRunner

from drivers.id_card.simulated import SimulatedReader
from drivers.simulation.contract import SimulatedDevice
from kiosk.bus.connection import BusError, request
from kiosk.bus.messages import SimulationRequest
from kiosk.cli import main
from kiosk.demo.waiting import wait_for
from tests.paths import KIOSK_INI, ROOT

DEADLINE = 60
Verb = Callable[[SimulatedReader], None]
Start = Callable[..., subprocess.CompletedProcess[str]]


def program(*arguments: str, module: str = "kiosk") -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", module, *arguments]
    return subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=DEADLINE, check=False)


def settings_in(folder: Path, *overrides: str) -> list[str]:
    """As delivered, but for a folder where no terminal runs."""
    folders = (f"terminal.{name}={folder / name}" for name in ("run_dir", "state_dir"))
    return ["--config", str(KIOSK_INI), *(part for each in (*folders, *overrides) for part in ("--set", each))]


def kiosk(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return program(*settings_in(folder), *arguments)


def inside(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The same without a process of its own, which takes half a second."""
    result = CliRunner().invoke(main, [*settings_in(folder), *arguments])
    return subprocess.CompletedProcess(arguments, result.exit_code, result.stdout, result.stderr)


def read(folder: Path, port: str, *options: str, start: Start = kiosk) -> subprocess.CompletedProcess[str]:
    return start(folder, "devices", "read", "id_card", "--port", port, *options)


@contextmanager
def cabinet(argv: Sequence[str], run_dir: Path, environment: Mapping[str, str] | None = None) -> Generator[None]:
    """The whole simulated cabinet in a process of its own, until the block ends."""
    with subprocess.Popen(argv, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL) as process:
        wait_for("the cabinet", lambda: answers(run_dir / "sim.sock"), DEADLINE)
        try:
            yield
        finally:
            process.terminate()


def answers(socket: Path) -> Literal[True] | None:
    """Whether the cabinet listens there: its socket's file is there a moment earlier."""
    try:
        request(socket, SimulationRequest())
    except BusError:
        return None
    return True


@contextmanager
def started(device: SimulatedDevice) -> Generator[str]:
    device.start()
    try:
        yield device.endpoint
    finally:
        device.close()


@contextmanager
def simulated(*verbs: Verb) -> Generator[str]:
    """The port of a reader after ``verbs``."""
    reader = SimulatedReader(paced=False)
    with started(reader) as port:
        for verb in verbs:
            verb(reader)
        yield port


def place(card: str) -> Verb:
    return lambda reader: reader.simulate_place(card)
