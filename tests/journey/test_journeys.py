"""Whole journeys, each a list of events and the screen it must end on."""

import pytest

from drivers.contract import DeviceStatus, State
from drivers.errors import Who
from kiosk.catalogue.availability import QueueState
from kiosk.catalogue.items import Catalogue
from kiosk.journey import effects as f
from kiosk.journey import events as e
from kiosk.journey.state import LEFT_CARD
from tests.journey.play import (
    CARD,
    FAILED,
    ITEM,
    REFERENCE,
    SESSION,
    TO_CARD,
    TO_CONFIRM,
    TO_CONSENT,
    TO_FACE,
    TO_FAREWELL,
    TO_FORM,
    TO_OUTPUT,
    TO_RATE,
    TO_SAVING,
    TO_WAITING,
    UNKNOWN,
    Play,
    paper,
    settled,
    words,
)


def test_the_straight_way() -> None:
    play = Play()
    places = [play.send(event).place for event in TO_RATE]
    assert places == [
        "consent.reading",
        "identify.waiting",
        "verify_person.face",
        "form.period",
        "form.purpose",
        "confirm.review",
        "submit.saving",
        "submit.waiting",
        "output.printing",
        "output.printing",
        "farewell.take",
        "rate.asking",
    ]
    assert play.send(e.RateService(5)).place == "rate.thanks"
    assert play.wait(60).place == "home"
    kinds = [type(effect).__name__ for effect in play.history if not isinstance(effect, f.SaveDraft)]
    assert kinds.count("SaveMatter") == kinds.count("SendRating") == 1
    assert [effect.paper for effect in play.history if isinstance(effect, f.PrintPaper)] == ["certificate", "receipt"]
    assert kinds[-1] == "EndSession"


def test_what_is_saved_holds_person_answers_and_consents() -> None:
    play = Play().send(*TO_SAVING)
    (saved,) = (effect for effect in play.effects if isinstance(effect, f.SaveMatter))
    assert saved.session == SESSION
    assert saved.consents == ("data-1", "person-face")
    assert saved.payload["person"]["number"] == CARD.number
    assert saved.payload["answers"] == {"period": "year", "purpose": "loan"}
    assert saved.payload["verified_by"] == "face"


def test_the_centre_is_silent_the_certificate_comes_later_the_receipt_now() -> None:
    play = Play().send(*TO_WAITING, settled("queued"))
    assert [job.state for job in play.session.papers] == ["later", "printing"]
    assert play.send(paper("receipt")).place == "farewell.take"
    assert play.session.filing.outcome == "queued"


def test_the_centre_refuses_only_the_receipt_is_printed() -> None:
    play = Play().send(*TO_WAITING, settled("refused", rule="R7", remedy=words("bring a form")))
    assert [job.state for job in play.session.papers] == ["skipped", "printing"]
    assert (play.session.filing.rule, play.session.filing.remedy) == ("R7", words("bring a form"))


def test_nothing_could_be_saved_and_the_same_id_is_tried_again() -> None:
    play = Play().send(*TO_SAVING, e.MatterNotSaved(SESSION))
    assert play.place == "submit.not_saved"
    play.send(e.TryAgain())
    assert play.place == "submit.saving"
    assert {effect.session for effect in play.asked(f.SaveMatter) if isinstance(effect, f.SaveMatter)} == {SESSION}


# --- the card -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("problem", ["expired", "number_wrong"])
def test_a_bad_card_is_explained_and_another_one_is_awaited(problem: str) -> None:
    play = Play().send(*TO_CARD, e.CardRead(SESSION, CARD, problem))
    assert (play.place, play.session.problem, play.session.person) == ("identify.bad_card", problem, None)
    assert play.send(e.CardTaken(SESSION)).place == "identify.waiting"
    assert any(isinstance(effect, f.ReadCard) for effect in play.effects)


def test_a_card_lifted_too_early_is_read_again() -> None:
    play = Play().send(*TO_CARD, e.CardNotRead(SESSION, "card_unreadable", Who.CITIZEN))
    assert (play.place, play.session.problem) == ("identify.waiting", "card_unreadable")
    assert any(isinstance(effect, f.ReadCard) for effect in play.effects)


def test_the_reader_is_unplugged_during_the_read_and_comes_back() -> None:
    play = Play().send(*TO_CARD, e.CardNotRead(SESSION, "connection_lost", Who.TECHNICIAN))
    assert (play.place, play.session.problem_who) == ("identify.no_reader", Who.TECHNICIAN)
    assert play.send(e.DeviceChanged("id_card", DeviceStatus(State.ONLINE))).place == "identify.waiting"


def test_the_card_is_lifted_in_the_middle_and_the_citizen_goes_on() -> None:
    play = Play().send(*TO_FORM, e.CardTaken(SESSION))
    assert (play.place, play.session.dialog) == ("form.period", "card_taken")
    assert play.send(e.StayHere()).session.dialog == ""
    assert play.send(e.AnswerField("period", "all")).place == "form.purpose"


def test_the_card_is_lifted_in_the_middle_and_nobody_answers() -> None:
    play = Play().send(*TO_CONFIRM, e.CardTaken(SESSION)).wait(21)
    assert play.place == "home"
    assert not play.asked(f.SaveMatter)


def test_a_card_left_behind_is_noticed_and_blocks_the_next_citizen_until_it_is_lifted() -> None:
    play = Play().send(*TO_FAREWELL).wait(31)
    assert play.place == "farewell.card_left"
    assert any(isinstance(effect, f.CallStaff) for effect in play.effects)
    play.wait(31)
    assert play.place == "home"
    assert play.state.around.card_left
    play.send(e.FreshSession("second"), *TO_CARD)
    assert play.place == "identify.card_of_another"
    play.send(e.CardTaken(LEFT_CARD))
    assert play.place == "identify.waiting"
    assert not play.state.around.card_left


def test_a_card_left_behind_stays_noticed_when_the_next_citizen_gives_up() -> None:
    play = Play().send(*TO_FAREWELL).wait(31).wait(31)
    play.send(e.FreshSession("second"), *TO_CARD, e.AskCancel(), e.ConfirmCancel())
    assert play.place == "home"
    assert play.state.around.card_left


# --- the person -----------------------------------------------------------------------------------------------------


def test_two_wrong_faces_lead_to_staff_who_confirm() -> None:
    play = Play().send(*TO_FACE, e.FaceCompared(SESSION, "no_match"))
    assert play.place == "verify_person.retry"
    play.send(e.TryAgain(), e.FaceCompared(SESSION, "uncertain"))
    assert (play.place, play.session.problem) == ("verify_person.staff", "face_failed")
    play.send(*map(e.PinKey, "2468"), e.PinKey("enter"))
    assert play.effects[0] == f.CheckPin(SESSION, "2468")
    assert play.session.pin == ""
    play.send(e.PinChecked(SESSION, "s1"))
    assert (play.place, play.session.verified_by) == ("form.period", "staff:s1")


def test_a_wrong_pin_does_not_let_anybody_through() -> None:
    play = Play().send(*TO_FACE, e.OtherWay(), e.PinKey("1"), e.PinKey("enter"), e.PinChecked(SESSION, ""))
    assert (play.place, play.session.problem) == ("verify_person.staff", "wrong_pin")
    play.send(e.PinChecked(SESSION, "", locked_seconds=15))
    assert (play.session.problem, play.session.locked_seconds) == ("locked", 15)


def test_without_consent_to_the_face_no_face_is_processed() -> None:
    play = Play().send(*TO_CONSENT, e.Agree(face=False), e.CardRead(SESSION, CARD, age=76))
    assert (play.place, play.session.problem) == ("verify_person.staff", "no_face_consent")
    assert play.session.consents == ("data-1",)
    assert not play.asked(f.VerifyFace)


def test_a_child_is_confirmed_by_guardian_and_staff() -> None:
    play = Play().send(*TO_CARD, e.CardRead(SESSION, CARD, age=8))
    assert (play.place, play.session.problem) == ("verify_person.staff", "guardian")
    assert not play.asked(f.VerifyFace)


def test_a_photo_that_nobody_can_decode_leads_to_staff() -> None:
    assert Play().send(*TO_FACE, e.FaceCompared(SESSION, "no_reference")).place == "verify_person.staff"


def test_the_vision_process_dies_and_comes_back() -> None:
    play = Play().send(*TO_FACE, e.VisionLost())
    assert play.place == "verify_person.camera_lost"
    play.send(e.VisionBack())
    assert play.place == "verify_person.face"
    assert len(play.asked(f.VerifyFace)) == 2


def test_the_photo_is_forgotten_as_soon_as_the_person_is_known() -> None:
    play = Play().send(*TO_FORM)
    assert play.session.photo == b""
    assert any(isinstance(effect, f.ForgetFace) for effect in play.effects)


# --- form and review --------------------------------------------------------------------------------------------------


def test_an_answer_can_be_changed_from_the_review() -> None:
    play = Play().send(*TO_CONFIRM, e.EditField("period"))
    assert play.place == "form.period"
    play.send(e.AnswerField("period", "all"))
    assert play.place == "confirm.review"
    assert play.session.answers == {"period": "all", "purpose": "loan"}


def test_back_loses_nothing() -> None:
    play = Play().send(*TO_CONFIRM, e.GoBack(), e.GoBack())
    assert play.place == "form.period"
    assert play.session.answers == {"period": "year", "purpose": "loan"}


@pytest.mark.parametrize("answer", [e.AnswerField("period", "nonsense"), e.AnswerField("purpose", "loan")])
def test_an_answer_that_was_not_offered_is_ignored(answer: e.AnswerField) -> None:
    play = Play().send(*TO_FORM, answer)
    assert (play.place, play.session.answers) == ("form.period", {})


# --- papers -----------------------------------------------------------------------------------------------------------


def test_a_jam_is_told_and_a_new_print_has_a_new_id() -> None:
    play = Play().send(*TO_OUTPUT, paper("certificate", FAILED))
    assert (play.place, play.session.problem) == ("output.paper_failed", "receipt_printer.jammed")
    play.send(e.TryAgain())
    first, second = play.asked(f.PrintPaper)
    assert isinstance(first, f.PrintPaper)
    assert isinstance(second, f.PrintPaper)
    assert first.action_id != second.action_id
    assert second.copy


def test_an_unknown_print_is_asked_about_never_repeated_by_itself() -> None:
    play = Play().send(*TO_OUTPUT, paper("certificate", UNKNOWN))
    assert play.place == "output.paper_unknown"
    assert len(play.asked(f.PrintPaper)) == 1
    play.send(e.PaperArrived())
    assert play.session.papers[0].state == "printed"
    assert len(play.asked(f.PrintPaper)) == 2


def test_nobody_answers_about_a_paper_and_the_journey_still_ends() -> None:
    play = Play().send(*TO_OUTPUT, paper("certificate"), paper("receipt", FAILED)).wait(61)
    assert play.place == "farewell.take"
    assert play.session.papers[1].state == "skipped"


# --- restart ----------------------------------------------------------------------------------------------------------


def test_unavailable_service_is_not_started() -> None:
    play = Play().send(e.DeviceChanged("id_card", DeviceStatus(State.NO_DEVICE)), *TO_CONSENT)
    assert (play.place, play.state.home_notice) == ("home", "unavailable")


def test_interrupted_before_filing_nothing_is_said_to_be_filed() -> None:
    play = Play().send(e.Interrupted({"session": SESSION, "item": "proof", "step": "form", "language": "en"}, None))
    assert (play.place, play.state.language) == ("interrupted.not_filed", "en")
    assert play.session.person is None
    assert play.send(e.Proceed()).place == "home"


def test_the_reference_is_the_same_in_every_later_screen() -> None:
    play = Play().send(*TO_WAITING)
    for event in (*TO_OUTPUT[len(TO_WAITING) :], paper("certificate"), paper("receipt"), e.CardTaken(SESSION)):
        assert play.send(event).session.filing.reference == REFERENCE


@pytest.mark.parametrize("queue", ["full", "unavailable"])
def test_a_queue_that_takes_nothing_takes_no_further_citizen_until_it_does(queue: QueueState) -> None:
    play = Play().send(e.QueueChanged(queue), *TO_CONSENT)
    assert (play.place, play.state.home_notice) == ("home", "unavailable")
    assert play.send(e.QueueChanged("accepting"), *TO_CONSENT).place == "consent.reading"


def test_a_service_that_needs_the_centre_is_done_though_too_much_waits() -> None:
    online_only = ITEM.model_copy(update={"network": "online_only"})
    play = Play().send(e.CatalogueLoaded(Catalogue(version=2, items=(online_only,))), e.QueueChanged("full"))
    (saved,) = play.send(*TO_SAVING).asked(f.SaveMatter)
    assert isinstance(saved, f.SaveMatter)
    assert saved.at_once


def test_a_queue_that_fills_up_meanwhile_does_not_send_the_citizen_away() -> None:
    """Only the queue itself says, at the end, that it did not take the matter."""
    play = Play().send(*TO_FORM, e.QueueChanged("full"), *TO_SAVING[len(TO_FORM) :])
    assert play.place == "submit.saving"
    assert play.send(e.MatterNotSaved(SESSION)).place == "submit.not_saved"
    assert play.send(e.QueueChanged("accepting"), e.TryAgain(), e.MatterSaved(SESSION, REFERENCE, 1.0)).place == (
        "submit.waiting"
    )
