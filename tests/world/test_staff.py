from collections.abc import Generator
from pathlib import Path

import pytest

from kiosk.journey.effects import CallStaff, CheckPin
from kiosk.journey.events import PinChecked
from kiosk.journey.state import State
from kiosk.staff.pin import DEMO_STAFF, PinVerifier
from kiosk.world.staff import StaffDesk
from tests.world.helpers import Posts

PIN, STATE = "246810", State()


@pytest.fixture
def posts() -> Posts:
    return Posts()


@pytest.fixture
def desk(tmp_path: Path, posts: Posts) -> Generator[StaffDesk]:
    made = StaffDesk(PinVerifier(tmp_path / "staff.json", PIN, tmp_path / "lockout.json"), posts, clock=lambda: 1000.0)
    yield made
    made.close()


def test_the_right_pin_says_who(desk: StaffDesk, posts: Posts) -> None:
    desk.perform(CheckPin("s1", PIN), STATE)
    assert posts.next(PinChecked) == PinChecked("s1", DEMO_STAFF)


def test_wrong_pins_lock_even_the_right_one_out(desk: StaffDesk, posts: Posts) -> None:
    answers: list[PinChecked] = []
    while not (answers and answers[-1].locked_seconds):
        desk.perform(CheckPin("s1", "999999"), STATE)
        answers.append(posts.next(PinChecked))
    desk.perform(CheckPin("s1", PIN), STATE)
    locked = posts.next(PinChecked)
    assert all(answer.staff == "" for answer in [*answers, locked])
    assert 2 <= len(answers) <= 10
    assert locked.locked_seconds > 0


def test_the_pin_does_not_reach_the_log(desk: StaffDesk, posts: Posts, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG"):
        desk.perform(CallStaff("s1", "help"), STATE)
        desk.perform(CheckPin("s1", PIN), STATE)
        posts.next(PinChecked)
    assert "staff called: help" in caplog.text
    assert PIN not in caplog.text
