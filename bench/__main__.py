"""``make bench``: measures every figure that the README claims and says against what.

    python -m bench [NAME...]

A name is that of a function, such as ``stalls``; without any all are measured.
"""

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from bench import devices
from bench.central import ingest
from bench.figures import ROOT, ROUNDS, Figure, median_of
from bench.fleet import fleet
from bench.queue import queue
from bench.wire import wire
from kiosk.bus.connection import request
from kiosk.bus.messages import Children, ChildrenRequest
from kiosk.demo.display import VirtualDisplay
from kiosk.demo.play import PORTRAIT, ROOM_FOR_DOCK, SERVICE, How, play
from kiosk.demo.terminal import START_SECONDS, Terminal

FONT: Final = ROOT / ".cache" / "fonts" / "NotoSansCJK-SC-Regular.otf"


def main(names: Sequence[str]) -> None:
    console = Console(highlight=False)
    table = Table("figure", "measured", "against", title=f"{os.cpu_count()} cores, {load()}")
    all_ = (
        devices.card_read,
        devices.receipt,
        devices.pages,
        devices.idle,
        devices.stalls,
        restart,
        journey,
        queue,
        ingest,
        fleet,
        wire,
    )
    measures = {measure.__name__: measure for measure in all_}
    if unknown := [name for name in names if name not in measures]:
        raise SystemExit(f"no figure {unknown[0]}; there are {', '.join(measures)}")
    for name in names or measures:
        for figure in measures[name]():
            table.add_row(figure.what, figure.value, figure.against)
    console.print(table)


def load() -> str:
    return f"load average {os.getloadavg()[0]:.1f} at start"


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
    if not play(out, ROOT / "kiosk.ini", (), How()):
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


if __name__ == "__main__":
    main(sys.argv[1:])
