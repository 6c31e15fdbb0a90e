"""Any order of events: no exception, nothing filed twice, nobody's data after the end, always a screen."""

from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.contract import DeviceStatus, State
from drivers.errors import Who
from kiosk.catalogue.items import LANGUAGES
from kiosk.journey import effects as f
from kiosk.journey import events as e
from kiosk.journey.state import LEFT_CARD
from kiosk.presenters.present import present
from kiosk.presenters.scene import Scene
from kiosk.text.catalogue import texts
from tests.journey.play import CARD, FAILED, OTHER_CARD, PRINTED, REFERENCE, SESSION, TO_RATE, UNKNOWN, Play, settled

EVENTS: list[e.Event] = [
    *TO_RATE,
    e.Agree(face=False),
    e.CardRead(SESSION, OTHER_CARD, "expired"),
    e.CardNotRead(SESSION, "no_card", Who.CITIZEN),
    e.CardNotRead(SESSION, "card_unreadable", Who.CITIZEN),
    e.CardNotRead(SESSION, "protocol_error", Who.TECHNICIAN),
    e.CardTaken(LEFT_CARD),
    e.FaceGuidance(SESSION, "too_far"),
    *(e.FaceCompared(SESSION, outcome) for outcome in ("no_match", "no_face", "camera_failed", "no_reference")),
    e.VisionLost(),
    e.VisionBack(),
    e.OtherWay(),
    e.TryAgain(),
    e.PinKey("1"),
    e.PinKey("enter"),
    e.PinKey("clear"),
    e.PinChecked(SESSION, ""),
    e.PinChecked(SESSION, "", 15),
    e.PinChecked(SESSION, "s1"),
    e.EditField("period"),
    e.GoBack(),
    e.MatterNotSaved(SESSION),
    settled("queued"),
    settled("refused", rule="r", remedy={"en": "m"}),
    *(e.PaperDone(SESSION, "certificate", result) for result in (PRINTED, FAILED, UNKNOWN)),
    *(e.PaperDone(SESSION, "receipt", result) for result in (PRINTED, FAILED, UNKNOWN)),
    e.PaperArrived(),
    e.SkipPaper(),
    e.RateService(3),
    e.AskCancel(),
    e.ConfirmCancel(),
    e.StayHere(),
    e.CallHelp(),
    e.ToggleElder(),
    *(e.ChooseLanguage(language) for language in LANGUAGES),
    e.NetworkChanged(online=False),
    e.NetworkChanged(online=True),
    e.DeviceChanged("receipt_printer", DeviceStatus(State.USER_ERROR, "receipt_printer.paper_out", Who.STAFF)),
    e.DeviceChanged("id_card", DeviceStatus(State.ONLINE)),
]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(EVENTS), st.sampled_from([0.0, 0.0, 0.0, 5.0, 45.0, 100.0])), max_size=60))
def test_any_order_of_events(steps: list[tuple[e.Event, float]]) -> None:
    play = Play()
    for event, seconds in steps:
        play.send(event)
        if seconds:
            play.wait(seconds)
        view = present(play.state, Scene("hall", 0.0, play.now, texts(play.state.language)))
        assert view.chrome.actions or not view.settled or view.dialog, "a dead end"
        if play.state.session is None and not play.state.next_session:
            play.send(e.FreshSession(SESSION))
    sent = [effect for effect in play.history if isinstance(effect, f.SaveMatter)]
    assert all(effect.session == SESSION for effect in sent)
    prints = [effect.action_id for effect in play.history if isinstance(effect, f.PrintPaper)]
    assert play.state.session is not None or "证件样本" not in str(vars(play.state))
    assert len(prints) == len(set(prints)) or len(sent) > 1, "an id was printed twice in one session"


def test_the_truth_words_stand_only_where_they_are_true() -> None:
    for outcome, said, unsaid in (("filed", "已受理", "尚未提交"), ("queued", "尚未提交", "已受理")):
        play = Play().send(*TO_RATE[:8], settled(outcome, number="N1"))
        view = present(play.state, Scene("hall", 0.0, play.now, texts("zh-Hans")))
        assert said in repr(view)
        assert unsaid not in repr(view)
        assert REFERENCE in repr(view)


def test_screens_never_show_the_whole_number() -> None:
    play = Play()
    for event in TO_RATE:
        play.send(event)
        view = repr(present(play.state, Scene("hall", 0.0, play.now, texts("en"))))
        assert CARD.number not in view
        assert CARD.name not in view
