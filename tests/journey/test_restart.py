"""What a citizen meets when the program was killed under them."""

from dataclasses import replace

from drivers.errors import Who
from kiosk.journey import effects as f
from kiosk.journey import events as e
from kiosk.journey.state import LEFT_CARD
from offline_queue.contract import Matter, MatterState
from offline_queue.envelope import Created, Envelope
from tests.journey.play import CARD, OTHER_CARD, REFERENCE, SESSION, TO_OUTPUT, TO_WAITING, Play, paper, settled


def draft_of(play: Play) -> dict[str, object]:
    (*_, last) = play.asked(f.SaveDraft)
    assert isinstance(last, f.SaveDraft)
    return dict(last.content)


def matter_of(play: Play, state: MatterState = MatterState.QUEUED) -> Matter:
    (saved,) = play.asked(f.SaveMatter)
    assert isinstance(saved, f.SaveMatter)
    created = Created(1.0, 1.0, "boot", trusted=True)
    envelope = Envelope(
        id=SESSION,
        terminal="GD4401001",
        epoch=1,
        seq=1,
        reference=REFERENCE,
        case=SESSION,
        item=saved.item,
        item_version=saved.item_version,
        created=created,
        payload=saved.payload,
        previous="",
    )
    return Matter(envelope, state)


def restarted(before: Play) -> Play:
    return Play().send(e.Interrupted(draft_of(before), matter_of(before)))


def test_the_draft_says_nothing_about_the_person() -> None:
    play = Play().send(*TO_OUTPUT)
    for effect in play.asked(f.SaveDraft):
        assert isinstance(effect, f.SaveDraft)
        assert set(effect.content) == {"session", "item", "step", "language", "elder"}


def test_the_same_card_goes_on_to_the_papers() -> None:
    play = restarted(Play().send(*TO_WAITING))
    assert (play.place, play.session.filing.reference) == ("interrupted.saved", REFERENCE)
    play.send(e.CardRead(SESSION, CARD, age=76))
    assert play.place == "submit.waiting"
    play.send(settled("filed", number="N1"), paper("certificate"), paper("receipt"))
    assert play.place == "farewell.take"
    assert not play.asked(f.SaveMatter)


def test_prints_after_a_restart_have_the_ids_of_before() -> None:
    before = Play().send(*TO_OUTPUT)
    after = restarted(before).send(e.CardRead(SESSION, CARD, age=76), settled("filed", number="N1"))
    assert after.asked(f.PrintPaper)[0] == before.asked(f.PrintPaper)[0]


def test_another_card_is_refused_and_nothing_is_printed() -> None:
    play = restarted(Play().send(*TO_WAITING)).send(e.CardRead(SESSION, OTHER_CARD, age=30))
    assert (play.place, play.session.problem) == ("interrupted.saved", "other_card")
    assert not play.asked(f.PrintPaper)
    play.send(e.CardTaken(SESSION), e.CardRead(SESSION, CARD, age=76))
    assert play.place == "submit.waiting"


def test_a_card_that_stays_after_an_interruption_is_noticed() -> None:
    play = Play().send(e.Interrupted({"session": SESSION, "item": "proof", "step": "form"}, None))
    play.send(e.CardRead(SESSION, CARD, age=76)).wait(61)
    assert play.place == "farewell.take"
    play.wait(31).wait(31)
    assert (play.place, play.state.around.card_left) == ("home", True)
    assert play.send(e.CardTaken(LEFT_CARD)).state.around.card_left is False


def test_nobody_comes_back_and_the_screen_is_empty_again() -> None:
    play = restarted(Play().send(*TO_WAITING)).wait(61)
    assert play.place == "home"
    assert f.EndSession(SESSION) in play.effects


def test_the_reader_fails_during_the_interruption() -> None:
    play = restarted(Play().send(*TO_WAITING)).send(e.CardNotRead(SESSION, "connection_lost", Who.TECHNICIAN))
    assert play.place == "interrupted.saved"
    assert play.send(e.Proceed()).place in ("farewell.take", "home")


def test_a_draft_of_an_unknown_service_or_of_a_finished_journey_is_closed() -> None:
    for draft in ({"session": SESSION, "item": "gone"}, {"session": SESSION, "item": "proof", "step": "rate"}):
        play = Play().send(e.Interrupted(draft, None))
        assert play.place == "home"
        assert play.effects == (f.EndSession(SESSION),)


def test_a_wiped_matter_is_nobodys() -> None:
    before = Play().send(*TO_WAITING)
    matter = matter_of(before)
    wiped = replace(matter, envelope=replace(matter.envelope, payload={}))
    play = Play().send(e.Interrupted(draft_of(before), wiped), e.CardRead(SESSION, CARD, age=76))
    assert (play.place, play.session.problem) == ("interrupted.saved", "other_card")
