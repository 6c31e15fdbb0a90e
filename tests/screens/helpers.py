"""One window with a dock for all tests of this folder, and fingers to press it."""

import threading
from collections.abc import Sequence
from pathlib import Path
from queue import Queue
from time import monotonic
from typing import Any

from drivers.signature.surfaces import ScreenSurface
from kiosk.bus.messages import SimulatedUnit, Touchable
from kiosk.journey.events import Event
from kiosk.presenters.views import View
from screens.app import open_window
from screens.signing import Signing

DEADLINE_SECONDS = 20.0
LAYOUT_ROUNDS = 3


class FakeCabinet:
    """Answers the dock; ``done`` receives what was simulated."""

    def __init__(self) -> None:
        self.done: Queue[tuple[str, str, str]] = Queue()
        self.card = "none"

    def units(self) -> Sequence[SimulatedUnit]:
        return [
            SimulatedUnit(kind="id_card", endpoint="/dev/pts/9", state={"card": self.card}, verbs=["place", "take"]),
            SimulatedUnit(kind="network", endpoint="", state={"link": "up"}, verbs=["cut", "restore"]),
        ]

    def simulate(self, kind: str, verb: str, argument: str) -> None:
        if verb == "take":
            raise RuntimeError("no card there")
        self.card = argument
        self.done.put((kind, verb, argument))


class Terminal:
    def __init__(self, kivy_home: Path, font_dir: Path, size: tuple[int, int]) -> None:
        self.events: list[Event] = []
        self.cabinet = FakeCabinet()
        self.frames = 0
        self.frame: tuple[int, Any] | None = None
        self.surface = ScreenSurface()
        self.given_up = threading.Event()
        self.window = open_window(
            width=size[0], height=size[1], fullscreen=False, dock=self.cabinet, act=self.events.append,
            preview=lambda: self.frame, on_frame=self._count, kivy_home=kivy_home, font_dir=font_dir, moving=False,
            signing=Signing(self.surface, self.given_up.set),
        )  # fmt: skip

    def _count(self) -> None:
        self.frames += 1

    def show(self, view: View) -> None:
        """Return when it has been drawn."""
        before = self.window.revision
        self.window.show(view)
        self.turn_until(lambda: self.window.revision > before)

    def lay_out(self, view: View) -> None:
        """Put every widget in its place without drawing a pixel, which takes most of the time."""
        from kivy.clock import Clock

        self.window.show(view)
        for _ in range(LAYOUT_ROUNDS):
            Clock.tick_draw()

    def turn_until(self, condition: Any) -> None:
        """Turn Kivy's loop; fail after a deadline."""
        from kivy.base import EventLoop

        end = monotonic() + DEADLINE_SECONDS
        while not condition():
            assert monotonic() < end, "the window never came to that state"
            EventLoop.idle()

    def touchable(self, touch_id: str) -> Touchable:
        return next(touchable for touchable in self.window.touchables() if touchable.id == touch_id)

    def press(self, touchable: Touchable) -> None:
        """A finger down and up again, through Kivy's own dispatch."""
        from kivy.base import EventLoop
        from kivy.core.window import Window
        from kivy.tests.common import UnitTestTouch

        EventLoop.ensure_window()
        touch = UnitTestTouch(touchable.x, Window.height - touchable.y)
        touch.touch_down()
        touch.touch_up()

    def close(self) -> None:
        self.window.close()
