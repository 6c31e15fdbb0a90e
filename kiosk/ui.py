"""The window's process: draws what the journey's state says and answers the bus, all on one thread."""

import logging
import queue
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from typing import Any, Final, Protocol, TypeVar

from drivers.errors import DriverError, Who
from drivers.id_card.contract import IdCard, IdCardReader
from drivers.worker import DeviceWorker, Operation
from kiosk.bus.connection import Connection
from kiosk.bus.messages import (
    AnyMessage,
    CardReport,
    DescribeScreen,
    DeviceRow,
    DeviceStatuses,
    DeviceStatusesRequest,
    Failed,
    Message,
    Ok,
    Ping,
    ReadCardRequest,
    Screen,
    Stop,
    Touchable,
)
from kiosk.identity.cards import CardProblem
from kiosk.identity.report import report
from kiosk.presenters.present import out_of_order, present
from kiosk.presenters.scene import Scene
from kiosk.presenters.views import View
from kiosk.runner import Runner
from kiosk.text.catalogue import texts

ANSWER_SECONDS: Final = 2.0
"""The window's thread answers within this time or the process counts as not answering."""
READ_SECONDS: Final = 20.0
"""A card found in the last moment is still read whole, however badly it lies."""
BUSY: Final = "a citizen is at the terminal"

log = logging.getLogger(__name__)

T = TypeVar("T")


class Window(Protocol):
    """``screens.window.TerminalWindow``, as far as it is needed here."""

    @property
    def drawn(self) -> bool: ...

    def show(self, view: View) -> None: ...

    def touchables(self) -> list[Touchable]: ...

    def stop(self) -> None: ...


class Ui:
    """Everything but :meth:`answer` runs on the window's thread."""

    def __init__(
        self, runner: Runner, hall: str, workers: Mapping[str, DeviceWorker[Any]], ports: Mapping[str, str]
    ) -> None:
        self._runner = runner
        self._hall = hall
        self._workers = workers
        self._ports = ports
        self._window: Window | None = None
        self._view: View | None = None
        self._jobs: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._reading: Operation | None = None
        """A technician's read, which must not get hold of a citizen's card."""

    def show_in(self, window: Window) -> None:
        self._window = window

    def scene(self) -> Scene:
        return Scene(self._hall, time.time(), self._runner.now, texts(self._runner.state.language))

    def on_frame(self) -> None:
        """Take what happened, draw only what changed."""
        self._runner.pump()
        if self._reading and self._runner.state.session:
            self._reading.cancel()
        view = self._present()
        if self._window and view != self._view:
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
        connection.send(self._answer(message))
        if isinstance(message, Stop) and self._window:
            self._window.stop()

    def _answer(self, message: AnyMessage) -> Message:
        match message:
            case Ping() | Stop():
                return self._on_window_thread(Ok)  # a window that draws no more does not answer
            case DescribeScreen():
                return self._on_window_thread(self._describe)
            case DeviceStatusesRequest():
                return DeviceStatuses(rows=[self._row(name) for name in self._ports])
            case ReadCardRequest():
                return self._read_card(message)
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

    def _row(self, name: str) -> DeviceRow:
        status = self._workers[name].status if name in self._workers else self._runner.state.around.devices.get(name)
        if status is None:
            return DeviceRow(name=name, port=self._ports[name], state="starting")
        return DeviceRow(
            name=name,
            port=self._ports[name],
            state=status.state,
            fault=status.fault,
            who=status.who,
            detail=status.detail,
        )

    def _read_card(self, request: ReadCardRequest) -> Message:
        if self._runner.state.session is not None:
            return Failed(reason=BUSY)
        result = self._read(request.timeout)
        if self._runner.state.session is not None:
            return Failed(reason=BUSY)
        if result is None:
            return Failed(reason="the reader does not answer")
        if isinstance(result, DriverError):
            return CardReport(error=result.code, who=result.who, sentence=str(result), fields={})
        return card_report(result, personal=request.personal)

    def _read(self, timeout: float) -> IdCard | DriverError | None:
        worker: DeviceWorker[IdCardReader] = self._workers["id_card"]
        done: Future[IdCard | DriverError] = Future()
        operation = self._reading = worker.submit(
            lambda reader, cancel: reader.read(timeout=timeout, cancel=cancel), on_done=done.set_result
        )
        try:
            return done.result(timeout + READ_SECONDS)
        except FutureTimeout:
            return None
        finally:
            operation.cancel()


def card_report(card: IdCard, *, personal: bool) -> CardReport:
    """A whole read; with an error when the card may not be used all the same."""
    fields = report(card, personal=personal)
    problem = fields["problem"]
    if not problem:
        return CardReport(fields=fields)
    who = Who.CITIZEN if problem in _HOLDERS_MATTER else Who.STAFF
    return CardReport(fields=fields, error=problem, who=who, sentence=texts("en")(f"cards.{problem}"))


_HOLDERS_MATTER: Final = frozenset({CardProblem.EXPIRED, CardProblem.NOT_YET_VALID})
"""Another card of the holder helps; about anything else the staff must look at this one."""
