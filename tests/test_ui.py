"""The window's process without a window: what the bus hears of it, and when it hears nothing."""

import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from drivers.contract import DeviceStatus
from drivers.contract import State as DeviceState
from drivers.id_card.device import SamIdCardReader
from drivers.id_card.simulated import SimulatedReader
from drivers.serial_port import SerialPort
from drivers.worker import DeviceWorker, Operation
from kiosk import ui as ui_module
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
    Nudge,
    Ok,
    Ping,
    ReadCardRequest,
    Screen,
    Stop,
    Touchable,
)
from kiosk.journey.events import DeviceChanged
from kiosk.journey.state import State
from kiosk.presenters.views import View
from kiosk.runner import Runner
from kiosk.ui import Ui
from tests.drivers.id_card.helpers import QUICK
from tests.journey.play import TO_CONSENT, Play
from tests.waiting import eventually

PATIENCE = 10.0
BUTTON = Touchable(id="agree", label="同意", x=1, y=2, width=3, height=4, enabled=True)


@dataclass
class PlainWindow:
    """Shows nothing, but keeps what it was told."""

    drawn: bool = True
    views: list[View] = field(default_factory=list[View])
    stopped: threading.Event = field(default_factory=threading.Event)

    def show(self, view: View) -> None:
        self.views.append(view)

    def touchables(self) -> list[Touchable]:
        return [BUTTON]

    def stop(self) -> None:
        self.stopped.set()


class CountingWorker(DeviceWorker[Any]):
    """``asked`` is set once somebody wants something of the device."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.asked = threading.Event()

    def submit(self, *arguments: Any, **options: Any) -> Operation:
        operation = super().submit(*arguments, **options)
        self.asked.set()
        return operation


@dataclass
class Rig:
    runner: Runner
    reader: SimulatedReader
    ui: Ui
    window: PlainWindow
    worker: "CountingWorker"

    def ask(self, message: Message) -> AnyMessage | None:
        """As another process would, over a real connection."""
        near, far = (Connection(each) for each in socket.socketpair())
        with near, far:
            self.ui.answer(message, near)  # pyright: ignore[reportArgumentType]
            return far.receive(PATIENCE)

    @contextmanager
    def turning(self) -> Generator[None]:
        """The window's thread draws frame after frame."""
        stop = threading.Event()

        def turn() -> None:
            while not stop.wait(0.005):
                self.ui.on_frame()

        thread = threading.Thread(target=turn)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def come(self) -> None:
        """A citizen chooses a service."""
        self.runner.state = Play().send(*TO_CONSENT).state


@pytest.fixture
def rig(tmp_path: Path) -> Generator[Rig]:
    reader = SimulatedReader(tmp_path / "tty", paced=False)
    reader.start()
    runner = Runner(State(), clock=lambda: 1000.0)

    def changed(name: str, status: DeviceStatus) -> None:
        runner.post(DeviceChanged(name, status))

    worker = CountingWorker(
        "id_card",
        lambda: SamIdCardReader(SerialPort(reader.endpoint), QUICK),
        changed,
    )
    worker.start()
    ui = Ui(runner, "一楼大厅", {"id_card": worker}, {"id_card": "simulated", "camera": "0"})
    yield Rig(runner, reader, ui, PlainWindow(), worker)
    worker.close()
    reader.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ui_module, "ANSWER_SECONDS", 0.05)


# --- drawing ----------------------------------------------------------------------------------------------------------


def test_only_what_changed_is_drawn(rig: Rig) -> None:
    rig.ui.show_in(rig.window)
    for _ in range(3):
        rig.ui.on_frame()
    home = len(rig.window.views)
    rig.come()
    for _ in range(3):
        rig.ui.on_frame()
    assert [view.step for view in rig.window.views[home:]] == ["consent"]
    assert home < 3


def test_frames_before_there_is_a_window(rig: Rig) -> None:
    rig.ui.on_frame()
    rig.ui.show_in(rig.window)
    rig.ui.on_frame()
    assert [view.step for view in rig.window.views] == ["home"]


# --- the bus ----------------------------------------------------------------------------------------------------------


def test_a_window_that_turns_answers(rig: Rig) -> None:
    with rig.turning():
        assert rig.ask(Ping()) == Ok()


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("message", [Ping(), DescribeScreen(), Stop()])
def test_a_window_that_hangs_says_so_and_recovers(rig: Rig, message: Message) -> None:
    assert isinstance(rig.ask(message), Failed)
    with rig.turning():
        assert rig.ask(Ping()) == Ok()


def test_the_screen_is_described(rig: Rig) -> None:
    rig.ui.show_in(rig.window)
    rig.come()
    rig.ui.on_frame()
    with rig.turning():
        screen = rig.ask(DescribeScreen())
    assert screen == Screen(step="consent", phase="reading", drawn=True, settled=True, touchables=[BUTTON])


def test_without_a_window_the_screen_is_empty(rig: Rig) -> None:
    with rig.turning():
        assert rig.ask(DescribeScreen()) == Screen(step="", phase="", drawn=False, settled=False, touchables=[])


def test_it_ends_when_asked_to(rig: Rig) -> None:
    rig.ui.show_in(rig.window)
    with rig.turning():
        assert rig.ask(Stop()) == Ok()
    assert rig.window.stopped.is_set()


def test_a_request_for_another_process_is_refused(rig: Rig) -> None:
    assert isinstance(rig.ask(Nudge()), Failed)


def test_devices_are_told_as_their_owners_know_them(rig: Rig) -> None:
    rows = statuses(rig)
    assert (rows["camera"].state, rows["camera"].port) == ("starting", "0")
    rig.runner.post(DeviceChanged("camera", DeviceStatus(DeviceState.DEGRADED, "camera.black", detail="dark")))
    with rig.turning():
        eventually(lambda: statuses(rig)["id_card"].state == "online")
        eventually(lambda: statuses(rig)["camera"].fault == "camera.black")


def statuses(rig: Rig) -> dict[str, DeviceRow]:
    answer = rig.ask(DeviceStatusesRequest())
    assert isinstance(answer, DeviceStatuses)
    return {row.name: row for row in answer.rows}


# --- a technician reads a card ----------------------------------------------------------------------------------------


def read(rig: Rig, timeout: float = PATIENCE, *, personal: bool = False) -> AnyMessage | None:
    return rig.ask(ReadCardRequest(timeout=timeout, personal=personal))


def test_a_card_is_read_masked_or_not(rig: Rig) -> None:
    rig.reader.simulate_place()
    masked = read(rig)
    rig.reader.simulate_place()
    shown = read(rig, personal=True)
    assert isinstance(masked, CardReport)
    assert isinstance(shown, CardReport)
    assert (masked.error, masked.fields["name"]) == ("", "***本")
    assert shown.fields["name"] == "证件样本"


def test_a_card_that_is_not_valid_is_an_error_with_fields(rig: Rig) -> None:
    rig.reader.simulate_place("bad_check_digit")
    report = read(rig)
    assert isinstance(report, CardReport)
    assert (report.error, report.who, report.fields["problem"]) == ("number_wrong", "staff", "number_wrong")
    assert report.sentence


def test_no_card(rig: Rig) -> None:
    report = read(rig, 0.05)
    assert isinstance(report, CardReport)
    assert (report.error, report.who, report.fields) == ("no_card", "citizen", {})


def test_it_is_refused_while_a_citizen_is_there(rig: Rig) -> None:
    rig.come()
    rig.reader.simulate_place()
    assert read(rig) == Failed(reason=ui_module.BUSY)


def test_a_citizen_who_comes_meanwhile_keeps_the_card(rig: Rig) -> None:
    """The read is given up before anything of it is told."""
    answers: list[AnyMessage | None] = []
    asking = threading.Thread(target=lambda: answers.append(read(rig, personal=True)))
    with rig.turning():
        asking.start()
        assert rig.worker.asked.wait(PATIENCE)
        rig.come()
        asking.join(PATIENCE / 2)
    assert answers == [Failed(reason=ui_module.BUSY)]


def test_what_was_read_in_the_moment_a_citizen_came_is_not_told(rig: Rig) -> None:
    """Even when the window had no time to stop the read."""
    answers: list[AnyMessage | None] = []
    asking = threading.Thread(target=lambda: answers.append(read(rig, personal=True)))
    rig.reader.simulate_slow("0.05")
    asking.start()
    assert rig.worker.asked.wait(PATIENCE)
    rig.come()
    rig.reader.simulate_place()
    asking.join(PATIENCE)
    assert answers == [Failed(reason=ui_module.BUSY)]


def test_a_page_that_cannot_be_made_says_so_instead_of_ending_the_window(rig: Rig) -> None:
    play = Play().send(*TO_CONSENT)
    rig.ui.show_in(rig.window)
    rig.runner.state = replace(play.state, session=replace(play.session, step="identify", phase="unheard of"))
    rig.ui.on_frame()
    assert rig.window.views[-1].step == "out_of_order"
    rig.runner.state = State()
    rig.ui.on_frame()
    assert rig.window.views[-1].step == "home"
