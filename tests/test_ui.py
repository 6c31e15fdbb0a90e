"""The window's process without a window: what the bus hears of it, and when it hears nothing."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from drivers.contract import DeviceStatus
from drivers.id_card.simulated import SimulatedReader
from kiosk import ui as ui_module
from kiosk.bus.messages import (
    AnyMessage,
    DescribeScreen,
    DeviceCommand,
    DeviceStatuses,
    DeviceStatusesRequest,
    Failed,
    Message,
    Nudge,
    Ok,
    Ping,
    Screen,
    Stop,
    Touchable,
)
from kiosk.hardware.host import BUSY, Host
from kiosk.journey.events import DeviceChanged
from kiosk.journey.state import State
from kiosk.presenters.views import View
from kiosk.runner import Runner
from kiosk.ui import Ui
from tests.hardware.helpers import PATIENCE, ask, card_reader, searched_for_a_card
from tests.journey.play import TO_CONSENT, Play
from tests.waiting import eventually

BUTTON = Touchable(id="agree", label="同意", x=1, y=2, width=3, height=4, enabled=True)


@dataclass
class PlainWindow:
    """Shows nothing, but keeps what it was told."""

    drawn: bool = True
    pressed: bool = False
    views: list[View] = field(default_factory=list[View])
    stopped: threading.Event = field(default_factory=threading.Event)

    def show(self, view: View) -> None:
        self.views.append(view)

    def touchables(self) -> list[Touchable]:
        return [BUTTON]

    def stop(self) -> None:
        self.stopped.set()


@dataclass
class Rig:
    runner: Runner
    reader: SimulatedReader
    ui: Ui
    window: PlainWindow
    host: Host

    def ask(self, message: Message) -> AnyMessage | None:
        return ask(self.ui, message)

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

    host = Host([card_reader(reader)], changed, lambda: runner.state.session is not None)
    host.start()
    yield Rig(runner, reader, Ui(runner, "一楼大厅", host), PlainWindow(), host)
    host.close()
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


def test_nothing_is_exchanged_under_a_finger(rig: Rig) -> None:
    rig.ui.show_in(rig.window)
    rig.ui.on_frame()
    rig.window.pressed = True
    rig.come()
    rig.ui.on_frame()
    assert [view.step for view in rig.window.views] == ["home"]
    rig.window.pressed = False
    rig.ui.on_frame()
    assert [view.step for view in rig.window.views] == ["home", "consent"]


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


def test_devices_are_told_while_the_window_hangs(rig: Rig) -> None:
    assert isinstance(rig.ask(DeviceStatusesRequest()), DeviceStatuses)


# --- a technician and a citizen ---------------------------------------------------------------------------------------


def test_a_citizen_who_comes_meanwhile_keeps_the_card(rig: Rig) -> None:
    """The read is given up before anything of it is told."""
    answers: list[AnyMessage | None] = []
    command = DeviceCommand(verb="read", device="id_card", timeout=PATIENCE, personal=True)
    asking = threading.Thread(target=lambda: answers.append(rig.ask(command)))
    with rig.turning():
        asking.start()
        eventually(lambda: searched_for_a_card(rig.host.units["id_card"]))
        rig.come()
        asking.join(PATIENCE / 2)
    assert answers == [Failed(reason=BUSY)]


# --- mishaps ----------------------------------------------------------------------------------------------------------


def test_a_page_that_cannot_be_made_says_so_instead_of_ending_the_window(rig: Rig) -> None:
    play = Play().send(*TO_CONSENT)
    rig.ui.show_in(rig.window)
    rig.runner.state = replace(play.state, session=replace(play.session, step="identify", phase="unheard of"))
    rig.ui.on_frame()
    assert rig.window.views[-1].step == "out_of_order"
    rig.runner.state = State()
    rig.ui.on_frame()
    assert rig.window.views[-1].step == "home"
