"""Cancel, time-out, help: the same in every step."""

import pytest

from kiosk.journey import effects as f
from kiosk.journey import events as e
from tests.journey.play import (
    OTHER_CARD,
    SESSION,
    TO_CARD,
    TO_CONFIRM,
    TO_CONSENT,
    TO_FACE,
    TO_FORM,
    TO_OUTPUT,
    TO_SAVING,
    TO_WAITING,
    Play,
)


@pytest.mark.parametrize("way", [TO_CONSENT, TO_CARD, TO_FACE, TO_FORM, TO_CONFIRM])
def test_cancel_everywhere_before_filing(way: tuple[e.Event, ...]) -> None:
    play = Play().send(*way, e.AskCancel())
    assert play.session.dialog == "cancel"
    play.send(e.ConfirmCancel())
    assert play.place in ("home", "farewell.take")
    if play.place == "farewell.take":  # the card lies there
        assert play.session.ending == "cancelled"
        play.send(e.CardTaken(SESSION))
    assert play.place == "home"
    assert not play.asked(f.SaveMatter)
    assert any(isinstance(effect, f.EndSession) for effect in play.history)


@pytest.mark.parametrize("way", [TO_SAVING, TO_WAITING, TO_OUTPUT])
def test_once_filing_began_cancel_promises_nothing_it_cannot_keep(way: tuple[e.Event, ...]) -> None:
    play = Play().send(*way)
    before = play.place
    assert play.send(e.AskCancel(), e.ConfirmCancel()).place == before


def test_a_late_confirmation_of_cancel_does_not_cancel_a_filing() -> None:
    play = Play().send(*TO_CONFIRM, e.AskCancel(), e.Proceed(), e.ConfirmCancel())
    assert play.place == "submit.saving"


@pytest.mark.parametrize("way", [TO_CONSENT, TO_CARD, TO_FACE, TO_FORM, TO_CONFIRM])
def test_time_out_clears_the_citizen(way: tuple[e.Event, ...]) -> None:
    play = Play().send(*way).wait(61)
    assert play.place in ("home", "farewell.take")
    play.wait(31).wait(31)
    assert play.state.session is None
    assert not play.asked(f.SaveMatter)


def test_more_time_starts_the_countdown_again() -> None:
    play = Play().send(*TO_FORM).wait(50).send(e.StayHere()).wait(50)
    assert play.place == "form.period"


def test_elder_mode_has_more_patience() -> None:
    play = Play().send(*TO_FORM, e.ToggleElder()).wait(80)
    assert play.place == "form.period"
    assert play.wait(15).place != "form.period"


def test_no_time_out_while_the_machine_works() -> None:
    assert Play().send(*TO_WAITING).wait(1000).place == "submit.waiting"


def test_language_and_size_of_the_next_citizen_are_the_default() -> None:
    play = Play().send(*TO_FORM, e.ChooseLanguage("en"), e.ToggleElder(), e.CardTaken(SESSION)).wait(100)
    assert (play.place, play.state.language, play.state.elder) == ("home", "zh-Hans", False)


def test_help_calls_staff_and_keeps_the_place() -> None:
    play = Play().send(*TO_FORM, e.CallHelp())
    assert (play.place, play.session.dialog) == ("form.period", "help")
    assert f.CallStaff(SESSION, "asked") in play.effects


def test_what_belongs_to_somebody_who_left_is_ignored() -> None:
    play = Play().send(*TO_CARD, e.CardRead("somebody else", OTHER_CARD, age=30))
    assert (play.place, play.session.person) == ("identify.waiting", None)
