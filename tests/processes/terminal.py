"""A whole terminal with simulated hardware on a virtual display, small enough for a test."""

import os
import shutil
import signal
import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest

from kiosk.bus.connection import request
from kiosk.bus.messages import Child, Children, ChildrenRequest, Simulate, SimulatedUnit, Simulation, SimulationRequest
from kiosk.demo import centre as centres
from kiosk.demo.display import VirtualDisplay
from kiosk.demo.play import SERVICE
from kiosk.demo.terminal import Terminal
from kiosk.demo.waiting import wait_for
from tests.paths import FONTS, KIOSK_INI, PORTRAITS

WIDTH, HEIGHT = 540, 960
ROOM_FOR_DOCK = 400
START_SECONDS = 90.0


@dataclass
class Rig:
    terminal: Terminal
    folder: Path
    display: VirtualDisplay

    @property
    def run_dir(self) -> Path:
        return self.folder / "run"

    @property
    def centre(self) -> Path:
        return self.folder / "state" / "central"

    @property
    def tray(self) -> Path:
        return self.folder / "tray"

    def go(self, *presses: str) -> None:
        for name in presses:
            self.terminal.press(name)

    def simulate(self, kind: str, verb: str, argument: str = "") -> None:
        answer = request(self.run_dir / "sim.sock", Simulate(kind=kind, verb=verb, argument=argument))
        assert answer.type == "ok", answer

    def unit(self, kind: str) -> SimulatedUnit:
        answer = request(self.run_dir / "sim.sock", SimulationRequest())
        assert isinstance(answer, Simulation)
        return next(unit for unit in answer.units if unit.kind == kind)

    def child(self, name: str) -> Child:
        answer = request(self.run_dir / "supervisor.sock", ChildrenRequest())
        assert isinstance(answer, Children)
        return next(child for child in answer.rows if child.name == name)

    def kill(self, name: str) -> None:
        """As soon as it runs: after several deaths in a row the supervisor waits before it starts it again."""
        wait_for(f"{name} to run", lambda: self._killed(name))

    def _killed(self, name: str) -> Literal[True] | None:
        pid = self.child(name).pid
        if pid is None:
            return None
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:  # it died a moment ago and the supervisor has not told yet
            return None
        return True

    def services(self) -> list[dict[str, Any]]:
        return centres.services(self.centre)

    def wait_for_services(self, count: int) -> None:
        wait_for(f"{count} matters at the centre", lambda: len(self.services()) == count or None, seconds=90)

    def papers(self, pattern: str) -> list[Path]:
        return sorted(self.tray.glob(pattern))


@contextmanager
def rig(overrides: Sequence[str] = ()) -> Generator[Rig]:
    """A terminal whose home screen offers the service. The folder is short: a socket's path has at most 107 bytes."""
    if not shutil.which("Xvfb") or not shutil.which("xdotool"):
        pytest.skip("needs the Debian packages xvfb and xdotool")
    with tempfile.TemporaryDirectory(prefix="kiosk-") as name, VirtualDisplay(WIDTH + ROOM_FOR_DOCK, HEIGHT) as display:
        folder = Path(name)
        settings = [*_settings(folder), *overrides]
        with Terminal(display, KIOSK_INI, settings, folder / "run", folder / "terminal.log") as terminal:
            terminal.wait_enabled(f"service.{SERVICE}", START_SECONDS)
            try:
                yield Rig(terminal, folder, display)
            except BaseException:
                print((folder / "terminal.log").read_text(errors="replace")[-6000:])  # noqa: T201
                raise


def _settings(folder: Path) -> list[str]:
    return [
        f"terminal.state_dir={folder / 'state'}",
        f"terminal.run_dir={folder / 'run'}",
        f"terminal.cache_dir={FONTS.parent}",
        f"simulation.tray={folder / 'tray'}",
        "supervisor.longest_delay_seconds=1",
        "journey.idle_seconds=120",
        "journey.farewell_seconds=60",
        "journey.rating_seconds=60",
        f"simulation.portraits={PORTRAITS}",
        f"window.width={WIDTH}",
        f"window.height={HEIGHT}",
    ]
