"""SIGKILL to each process at each step: the screen is back, nothing is lost, doubled or somebody else's."""

from collections.abc import Callable
from contextlib import suppress

import pytest

from kiosk.bus.messages import Screen
from kiosk.demo.play import SERVICE
from kiosk.demo.waiting import DemoFailed, wait_for
from tests.paths import PORTRAITS
from tests.processes.terminal import Rig, rig

pytestmark = [pytest.mark.processes, pytest.mark.timeout(240)]

WAY: list[tuple[str, tuple[str, ...]]] = [
    ("home.idle", (f"service.{SERVICE}",)),
    ("consent.reading", ("agree",)),
    ("identify.waiting", ("dock.id_card.place.resident",)),
    ("verify_person.face", ()),
    ("form.period", ("answer.period.last_12_months",)),
    ("form.purpose", ("answer.purpose.housing",)),
    ("confirm.review", ("submit",)),
    ("submit.waiting", ()),
    ("output.printing", ()),
    ("farewell.take", ("dock.id_card.take",)),
    ("rate.asking", ("rate.5",)),
]
PLACES = [place for place, _ in WAY]
FILED = PLACES.index("submit.waiting")
FLEETING = {"verify_person.face", "submit.waiting", "output.printing"}
"""Places the machine leaves by itself: the next one may be there before anybody looks."""


def advance(terminal: Rig, start: int, stop: int) -> None:
    """Play from place ``start`` until place ``stop`` (or, when that one is fleeting, what follows) is reached."""
    for number in range(start, stop):
        place, presses = WAY[number]
        if place not in FLEETING:
            terminal.terminal.wait_for({place})
        terminal.go(*presses)
    goal, following = PLACES[stop], PLACES[stop + 1 : stop + 3]
    terminal.terminal.wait_for({goal, *following} if goal in FLEETING else {goal})


@pytest.fixture(autouse=True)
def portraits() -> None:
    if not PORTRAITS.exists():
        pytest.skip("needs the portraits that set-up unpacks")


@pytest.mark.parametrize("victim", ["vision", "sync"])
def test_the_journey_outlives_vision_and_sync(victim: str) -> None:
    """Killed at every step of one journey; the journey ends as if nothing had been."""
    with rig() as terminal:
        for place, presses in WAY:
            if place not in FLEETING:
                terminal.terminal.wait_for({place})
            terminal.kill(victim)
            terminal.go(*presses)
        terminal.terminal.wait_for({"home"})
        assert len(terminal.services()) == 1
        assert len(terminal.papers("receipt-*.png")) == 1


@pytest.mark.parametrize("place", PLACES)
def test_the_window_is_killed(place: str) -> None:
    with rig() as terminal:
        advance(terminal, 0, PLACES.index(place))
        terminal.kill("ui")
        screen = terminal.terminal.wait_for({"home", "interrupted", "submit", "output", "farewell"})
        assert "证件样本" not in screen.model_dump_json()
        end(terminal)
        assert len(terminal.services()) == (1 if PLACES.index(place) >= FILED else 0)
        assert len(terminal.papers("document-*.pdf")) <= 1
        assert len(terminal.papers("receipt-*.png")) <= 1


def end(terminal: Rig) -> None:
    """Whatever the screen says, a citizen who does what it asks comes back to the home screen."""
    while (screen := terminal.terminal.wait_for({"home", *ANSWERS})).step != "home":
        answer = ANSWERS[screen.step](screen.phase, terminal.unit("id_card").state["card"] != "none")
        for control in screen.touchables:
            if control.id == answer and control.enabled:
                terminal.terminal.touch(control)
                see_it_work(terminal, screen)


def see_it_work(terminal: Rig, before: Screen) -> None:
    """A second touch of what is there still may fall on what comes next. Only one that did nothing is repeated."""

    def changed() -> Screen | None:
        now = terminal.terminal.screen()
        return now if now and now.drawn and (now.step, now.phase) != (before.step, before.phase) else None

    with suppress(DemoFailed):
        wait_for("the answer", changed, seconds=15.0)


ANSWERS: dict[str, Callable[[str, bool], str]] = {
    # with the card still there the terminal goes on by itself
    "interrupted": lambda phase, card: "" if phase == "saved" and card else "end",
    "output": lambda phase, _: "paper_arrived" if phase == "paper_unknown" else "skip_paper",
    "farewell": lambda _, card: "dock.id_card.take" if card else "taken",
    "rate": lambda phase, _: "done" if phase == "thanks" else "skip",
}
