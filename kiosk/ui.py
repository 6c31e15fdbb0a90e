"""The window's process: draws what the journey's state says and answers the bus, all on one thread."""

import logging
import queue
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from typing import Final, Protocol

from kiosk.bus.connection import Connection
from kiosk.bus.messages import AnyMessage, DescribeScreen, Failed, Message, Ok, Ping, Screen, Stop, Touchable
from kiosk.hardware.host import MESSAGES as DEVICE_MESSAGES
from kiosk.hardware.host import Host
from kiosk.presenters.present import out_of_order, present
from kiosk.presenters.scene import Scene
from kiosk.presenters.views import View
from kiosk.runner import Runner
from kiosk.text.catalogue import texts

ANSWER_SECONDS: Final = 2.0
"""The window's thread answers within this time or the process counts as not answering."""

log = logging.getLogger(__name__)


class Window(Protocol):
    """``screens.window.TerminalWindow``, as far as it is needed here."""

    @property
    def drawn(self) -> bool: ...

    @property
    def pressed(self) -> bool: ...

    def show(self, view: View) -> None: ...

    def touchables(self) -> list[Touchable]: ...

    def stop(self) -> None: ...


class Ui:
    """Everything but :meth:`answer` runs on the window's thread."""

    def __init__(self, runner: Runner, hall: str, host: Host) -> None:
        self._runner = runner
        self._hall = hall
        self._host = host
        self._window: Window | None = None
        self._view: View | None = None
        self._jobs: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()

    def show_in(self, window: Window) -> None:
        self._window = window

    def scene(self) -> Scene:
        return Scene(self._hall, time.time(), self._runner.now, texts(self._runner.state.language))

    def on_frame(self) -> None:
        """Take what happened, draw only what changed."""
        self._runner.pump()
        if self._runner.state.session:
            self._host.yield_to_citizen()
        view = self._present()
        if self._window and view != self._view and not self._window.pressed:
            self._view = view
            self._window.show(view)
        while not self._jobs.empty():
            self._jobs.get()()

    def _present(self) -> View:
        """A page that cannot be made must not take the window with it, again and again: show that staff are needed."""
        scene = self.scene()
        try:
            return present(self._runner.state, scene)
        except Exception as error:  # noqa: BLE001 - whatever it is; its text could hold personal data
            log.error("no page for this state: %s", type(error).__name__)
            return out_of_order(scene)

    # --- the bus: any thread ---------------------------------------------------------------------------------------

    def answer(self, message: AnyMessage, connection: Connection) -> None:
        if isinstance(message, DEVICE_MESSAGES):
            self._host.answer(message, connection)
            return
        connection.send(self._answer(message))
        if isinstance(message, Stop) and self._window:
            self._window.stop()

    def _answer(self, message: AnyMessage) -> Message:
        match message:
            case Ping() | Stop():
                return self._on_window_thread(Ok)  # a window that draws no more does not answer
            case DescribeScreen():
                return self._on_window_thread(self._describe)
            case _:
                return Failed(reason=f"{message.type} is not for the window")

    def _on_window_thread(self, job: Callable[[], Message]) -> Message:
        done: Future[Message] = Future()
        self._jobs.put(lambda: done.set_result(job()))
        try:
            return done.result(ANSWER_SECONDS)
        except FutureTimeout:
            return Failed(reason="the window does not answer")

    def _describe(self) -> Screen:
        window, view = self._window, self._view
        if window is None or view is None:
            return Screen(step="", phase="", drawn=False, settled=False, touchables=[])
        return Screen(
            step=view.step,
            phase=view.phase,
            drawn=window.drawn,
            settled=view.settled,
            touchables=window.touchables(),
        )
