"""A running terminal as the demo drives it: through the bus to look, through the pointer to act."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Final, Self

from kiosk.bus.connection import BusError, request
from kiosk.bus.messages import DescribeScreen, Failed, Screen, Simulate, Touchable
from kiosk.demo.display import VirtualDisplay
from kiosk.demo.waiting import DemoFailed, wait_for

LOOK_SECONDS: Final = 0.03
START_SECONDS: Final = 60.0
STEP_SECONDS: Final = 45.0
STOP_SECONDS: Final = 20.0


class Terminal:
    """Context manager: ``kiosk run`` with ``overrides`` on ``display``, logging to ``log``."""

    def __init__(
        self, display: VirtualDisplay, config: Path, overrides: Sequence[str], run_dir: Path, log: Path
    ) -> None:
        options = [part for override in overrides for part in ("--set", override)]
        self._argv = [sys.executable, "-m", "kiosk", "--config", str(config), *options, "run"]
        self._display = display
        self._socket = run_dir / "ui.sock"
        self._cabinet = run_dir / "sim.sock"
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        environment = os.environ | {"DISPLAY": self._display.name}
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(self._argv, env=environment, stderr=log, stdout=log)
        return self

    def __exit__(self, *_: object) -> None:
        if self._process:
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def screen(self) -> Screen | None:
        """``None`` while there is no window."""
        try:
            answer = request(self._socket, DescribeScreen(), timeout=5.0)
        except BusError:
            return None
        return answer if isinstance(answer, Screen) else None

    def simulate(self, device: str, verb: str, argument: str = "") -> None:
        """Raises ``DemoFailed`` for a verb that the simulated device does not have."""
        try:
            answer = request(self._cabinet, Simulate(kind=device, verb=verb, argument=argument))
        except BusError as error:
            raise DemoFailed(f"simulated {device}: {error}") from None
        if isinstance(answer, Failed):
            raise DemoFailed(f"simulated {device}: {answer.reason}")

    def wait_for(
        self, places: Collection[str], seconds: float = STEP_SECONDS, seen: Callable[[Screen], None] | None = None
    ) -> Screen:
        """Until one of ``places`` (``step.phase`` or ``step``) is on the glass; ``seen`` is told of every screen on the
        way. Raises ``DemoFailed``."""
        deadline = time.monotonic() + seconds
        last = ""
        while time.monotonic() < deadline:
            screen = self.screen()
            if screen and screen.drawn:
                last = f"{screen.step}.{screen.phase}"
                if seen:
                    seen(screen)
                if last in places or screen.step in places:
                    return screen
            self._check_alive(last)
            time.sleep(LOOK_SECONDS)
        raise DemoFailed(f"waited {seconds:g} s for {', '.join(sorted(places))}; the screen shows {last or 'nothing'}")

    def press(self, name: str, seconds: float = STEP_SECONDS) -> None:
        """Click the control of this id once it is on the glass and enabled. Raises ``DemoFailed``."""
        self.touch(self.wait_enabled(name, seconds))

    def touch(self, control: Touchable) -> None:
        """Click where it was; it may be gone by now."""
        self._display.press(control.x, control.y)

    def wait_enabled(self, name: str, seconds: float = STEP_SECONDS) -> Touchable:
        return wait_for(f"an enabled control {name}", lambda: self._enabled(name), seconds)

    def _enabled(self, name: str) -> Touchable | None:
        screen = self.screen()
        controls = screen.touchables if screen and screen.drawn else []
        return next((control for control in controls if control.id == name and control.enabled), None)

    def _check_alive(self, last: str) -> None:
        if self._process and self._process.poll() is not None:
            raise DemoFailed(f"the terminal ended at {last or 'start'}; its log is {self._log}")
