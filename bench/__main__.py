"""``make bench``: measures every figure that the README claims and says against what."""

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from drivers.contract import Cancel
from drivers.id_card.device import SamIdCardReader
from drivers.id_card.simulated import SimulatedReader
from drivers.serial_port import SerialPort
from kiosk.bus.connection import request
from kiosk.bus.messages import Children, ChildrenRequest
from kiosk.demo.display import VirtualDisplay
from kiosk.demo.play import PORTRAIT, ROOM_FOR_DOCK, SERVICE, play
from kiosk.demo.terminal import START_SECONDS, Terminal

ROUNDS: Final = 5
ROOT: Final = Path(__file__).resolve().parent.parent
FONT: Final = ROOT / ".cache" / "fonts" / "NotoSansCJK-SC-Regular.otf"
BITS_A_BYTE: Final = 10
WIRE_BYTES: Final = 10 + 15 + 10 + 19 + 10 + 1302
"""Find, select and read with their answers, preambles included (1295 bytes of text and photo frame)."""


@dataclass(frozen=True)
class Figure:
    what: str
    value: str
    against: str


def main() -> None:
    console = Console(highlight=False)
    table = Table("figure", "measured", "against", title=f"{os.cpu_count()} cores, {load()}")
    for measure in (card_read, restart, journey):
        for figure in measure():
            table.add_row(figure.what, figure.value, figure.against)
    console.print(table)


def load() -> str:
    return f"load average {os.getloadavg()[0]:.1f} at start"


def card_read() -> Iterator[Figure]:
    """The whole card over the real driver and a pseudo-terminal paced to 115200 baud."""
    wire = WIRE_BYTES * BITS_A_BYTE / 115200
    with tempfile.TemporaryDirectory() as folder:
        simulated = SimulatedReader(Path(folder) / "reader")
        simulated.start()
        reader = SamIdCardReader(SerialPort(simulated.endpoint))
        times: list[float] = []
        for _ in range(ROUNDS * 4):
            simulated.simulate_place("resident")
            times.append(timed(lambda: reader.read(timeout=5, cancel=Cancel())))
            simulated.simulate_take()
        reader.close()
        simulated.close()
    median = statistics.median(times)
    yield Figure("identity card, find to text and photo", ms(median), f"{ms(wire)} on the wire at 115200 baud")


def restart() -> Iterator[Figure]:
    """The window's process, killed in the middle of a journey, until an honest screen is on the glass again."""
    bare = median_of(_bare_window)
    own = statistics.median(_killed_and_back() for _ in range(ROUNDS))
    against = f"{bare:.2f} s for a bare Kivy window ({own / bare:.1f} times); 5 s allowed"
    yield Figure("SIGKILL of the window's process to its screen", f"{own:.2f} s", against)


def _bare_window() -> None:
    with VirtualDisplay(*PORTRAIT) as display, tempfile.TemporaryDirectory() as home:
        argv = [sys.executable, "-m", "bench.bare_window", *map(str, PORTRAIT), home, str(FONT)]
        subprocess.run(argv, env=os.environ | {"DISPLAY": display.name}, check=True, capture_output=True, cwd=ROOT)


def _killed_and_back() -> float:
    with running() as (terminal, run_dir):
        terminal.press(f"service.{SERVICE}")
        terminal.wait_for({"consent"})
        return _restart(terminal, run_dir)


def _restart(terminal: Terminal, run_dir: Path) -> float:
    answer = request(run_dir / "supervisor.sock", ChildrenRequest())
    pids = {child.name: child.pid for child in answer.rows} if isinstance(answer, Children) else {}
    began = time.monotonic()
    os.kill(pids["ui"] or 0, signal.SIGKILL)
    while terminal.screen() is not None:
        pass
    terminal.wait_for({"home", "interrupted"})
    return time.monotonic() - began


def journey() -> Iterator[Figure]:
    """The machine's share of the whole journey: what the citizen waits, from touch to the next screen on the glass."""
    with tempfile.TemporaryDirectory() as folder:
        sums = [_machine_seconds(Path(folder) / str(number)) for number in range(3)]
    yield Figure(
        "whole journey, machine's share", f"{statistics.median(sums):.1f} s", "ten screens, software rendering"
    )


def _machine_seconds(out: Path) -> float:
    if not play(out, ROOT / "kiosk.ini", (), offline=False, landscape=False):
        raise SystemExit("the journey failed")
    records = json.loads((out / "journey.json").read_text())
    return sum(record["machine_ms"] for record in records) / 1000


@contextmanager
def running() -> Generator[tuple[Terminal, Path]]:
    """A terminal that offers its service, and its run_dir."""
    with tempfile.TemporaryDirectory(prefix="kiosk-") as name, ExitStack() as closing:
        folder = Path(name)
        settings = [f"terminal.{key}_dir={folder / key}" for key in ("state", "run")]
        settings.append(f"simulation.tray={folder / 'tray'}")
        display = closing.enter_context(VirtualDisplay(PORTRAIT[0] + ROOM_FOR_DOCK, PORTRAIT[1]))
        own = Terminal(display, ROOT / "kiosk.ini", settings, folder / "run", folder / "log")
        terminal = closing.enter_context(own)
        terminal.wait_enabled(f"service.{SERVICE}", START_SECONDS)
        yield terminal, folder / "run"


def median_of(job: Callable[[], object]) -> float:
    return statistics.median(timed(job) for _ in range(ROUNDS))


def timed(job: Callable[[], object]) -> float:
    began = time.monotonic()
    job()
    return time.monotonic() - began


def ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


if __name__ == "__main__":
    main()
