"""The journey: ``step(state, event, now) -> (state, effects)``. Pure; everything else only feeds it or draws it.

Theory: surroundings (devices, network, catalogue) change whoever stands there. A session exists from the choice of a
service until the screen is empty again; its steps are named by the service item, each step answers an event with a
move, and this module performs moves. Cancel, time-out, help, language and the card being lifted are the same in every
step and therefore handled here.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from kiosk.catalogue.availability import availability
from kiosk.catalogue.items import ServiceItem
from kiosk.journey import drafts
from kiosk.journey.effects import (
    CallStaff,
    Effect,
    EndSession,
    ForgetFace,
    SaveDraft,
    StopReading,
    StopWatching,
    WatchCard,
)
from kiosk.journey.events import (
    AskCancel,
    CallHelp,
    CardTaken,
    CatalogueLoaded,
    ChooseLanguage,
    ChooseService,
    CitizenEvent,
    ConfirmCancel,
    DeviceChanged,
    Event,
    FreshSession,
    Interrupted,
    NetworkChanged,
    QueueChanged,
    StayHere,
    Tick,
    ToggleElder,
    VisionBack,
    VisionLost,
)
from kiosk.journey.moves import Close, Jump, Leave, Move, Next, Stay
from kiosk.journey.state import LEFT_CARD, Session, State, Surroundings
from kiosk.journey.steps import (
    confirm,
    consent,
    farewell,
    form,
    identify,
    interrupted,
    output,
    rate,
    submit,
    verify_person,
)
from kiosk.journey.timings import Timings, patience

Effects = tuple[Effect, ...]
Result = tuple[State, Effects]


def _ends(session: Session) -> Move:
    return Close(session, "timed_out")


@dataclass(frozen=True)
class Step:
    enter: Callable[[Session, Surroundings, Timings], Move]
    handle: Callable[[Session, Event, Surroundings, Timings], Move]
    time_out: Callable[[Session], Move] = _ends


STEPS: Final[dict[str, Step]] = {
    "consent": Step(consent.enter, consent.handle),
    "identify": Step(identify.enter, identify.handle),
    "verify_person": Step(verify_person.enter, verify_person.handle),
    "form": Step(form.enter, form.handle),
    "confirm": Step(confirm.enter, confirm.handle),
    "submit": Step(submit.enter, submit.handle),
    "output": Step(output.enter, output.handle, output.time_out),
    "farewell": Step(farewell.enter, farewell.handle, farewell.time_out),
    "rate": Step(rate.enter, rate.handle, rate.time_out),
    "interrupted": Step(interrupted.enter, interrupted.handle, interrupted.time_out),
}
BEFORE_FILING: Final = frozenset({"consent", "identify", "verify_person", "form", "confirm"})


def step(state: State, event: Event, now: float) -> Result:
    """The next state and what is to be done. ``now`` is seconds on a clock that never jumps."""
    state = _look_around(state, event)
    if isinstance(event, CitizenEvent):
        state = replace(state, home_notice="")
    match event:
        case ChooseLanguage(language=language):
            return _awake(replace(state, language=language), now), ()
        case ToggleElder():
            return _awake(replace(state, elder=not state.elder), now), ()
        case _ if state.session is None:
            return _at_home(state, event, now)
        case _:
            return _in_session(state, state.session, event, now)


def _look_around(state: State, event: Event) -> State:
    around = state.around
    match event:
        case FreshSession(session=session):
            return replace(state, next_session=session)
        case CatalogueLoaded(catalogue=catalogue):
            around = replace(around, catalogue=catalogue)
        case DeviceChanged(name=name, status=status):
            around = replace(around, devices={**around.devices, name: status})
        case NetworkChanged(online=online):
            around = replace(around, online=online)
        case QueueChanged(state=queue):
            around = replace(around, queue=queue)
        case VisionLost() | VisionBack():
            around = replace(around, vision=isinstance(event, VisionBack))
        case CardTaken(session=session) if session == LEFT_CARD:
            around = replace(around, card_left=False)
        case _:
            return state
    return replace(state, around=around)


# --- nobody is there ------------------------------------------------------------------------------------------------


def _at_home(state: State, event: Event, now: float) -> Result:
    match event:
        case ChooseService(code=code):
            return _start(state, code, now)
        case CallHelp():
            return replace(state, home_notice="help_called"), (CallStaff("", "asked"),)
        case Interrupted():
            return _resume(state, event, now)
        case _:
            return state, ()


def _start(state: State, code: str, now: float) -> Result:
    around = state.around
    item = around.catalogue.find(code) if around.catalogue else None
    if item is None or not state.next_session:
        return state, ()
    offer = availability(item, around.devices, around.online, around.queue)
    if offer.level == "unavailable":
        return replace(state, home_notice="unavailable"), ()
    return _perform(state, Next(Session(state.next_session, item)), now)


def _resume(state: State, event: Interrupted, now: float) -> Result:
    around = state.around
    session = drafts.restore(event, around.catalogue.find(str(event.draft.get("item"))) if around.catalogue else None)
    if session is None:
        return state, (EndSession(str(event.draft.get("session", ""))),)
    language, elder = drafts.manner(event, state)
    return _perform(replace(state, language=language, elder=elder), Jump(session, "interrupted"), now)


# --- somebody is there ----------------------------------------------------------------------------------------------


def _in_session(state: State, session: Session, event: Event, now: float) -> Result:
    if _of_another(session, event):
        return state, ()
    if isinstance(event, CitizenEvent):
        session = _refresh(state, session, now)
    move = _common(state, session, event, now) or STEPS[session.step].handle(
        session, event, state.around, state.timings
    )
    return _perform(state, move, now)


def _of_another(session: Session, event: Event) -> bool:
    """Answers to effects name their session; one that comes late belongs to somebody who has left."""
    owner = getattr(event, "session", session.id)
    return owner != session.id and (owner, session.step) != (LEFT_CARD, "identify")


def _common(state: State, session: Session, event: Event, now: float) -> Move | None:
    """What is the same in every step; ``None`` when the step itself must answer."""
    match event:
        case Tick():
            return _tick(session, now)
        case AskCancel() if may_cancel(session):
            return Stay(replace(session, dialog="cancel"))
        case ConfirmCancel() if may_cancel(session):
            return Close(session, "cancelled")
        case StayHere():
            return Stay(replace(session, dialog=""))
        case CallHelp():
            return Stay(replace(session, dialog="help"), (CallStaff(session.id, "asked"),))
        case CardTaken() if session.person and session.step in BEFORE_FILING:
            return _card_taken(state, session, now)
        case CardTaken() if session.step in ("submit", "output"):
            return Stay(replace(session, card_there=False))
        case _:
            return None


def may_cancel(session: Session) -> bool:
    """Only while "nothing was filed" is certain."""
    return session.step in BEFORE_FILING or (session.step, session.phase) == ("submit", "not_saved")


def _tick(session: Session, now: float) -> Move:
    if session.deadline is None or now < session.deadline:
        return Stay(session)
    return STEPS[session.step].time_out(replace(session, dialog=""))


def _card_taken(state: State, session: Session, now: float) -> Move:
    """Before anything is filed a lifted card can mean that its holder walks away: ask, and not for long."""
    soon = now + state.timings.card_taken
    deadline = min(soon, session.deadline or soon)
    return Stay(replace(session, card_there=False, dialog="card_taken", deadline=deadline))


# --- performing moves -----------------------------------------------------------------------------------------------


def _perform(state: State, move: Move, now: float) -> Result:
    """Enter steps until one stays; bounded, since every ``Next`` goes forward in the item's list."""
    effects: Effects = ()
    while not isinstance(move, Stay | Leave):
        effects += move.effects
        move = _enter(state, move)
    if isinstance(move, Leave):
        left, ending = _leave(state, move.session)
        return left, effects + ending
    before = state.session
    session = _patient(state, move.session, now)
    effects += move.effects
    if before is None or (before.step, before.phase) != (session.step, session.phase):
        effects += (SaveDraft(session.id, drafts.content(session, state)),)
    return replace(state, session=session), effects


def _enter(state: State, move: Next | Jump | Close) -> Move:
    session = move.session
    match move:
        case Close(ending=ending):
            name, session = "farewell", replace(session, ending=ending)
        case Jump(step=name):
            pass
        case Next():
            name = _following(session.item, session.step)
    if not name:
        return Leave(session)
    around, timings = state.around, state.timings
    entered = STEPS[name].enter(replace(session, step=name, dialog=""), around, timings)
    if session.step == "verify_person" and name != "verify_person" and not isinstance(entered, Leave):
        return replace(entered, effects=(ForgetFace(), *entered.effects))
    return entered


def _following(item: ServiceItem, name: str) -> str:
    steps: tuple[str, ...] = item.steps
    position = steps.index(name) + 1 if name in steps else 0
    return steps[position] if position < len(steps) else ""


def _patient(state: State, session: Session, now: float) -> Session:
    """Somewhere new, the time starts again; in the same place it goes on."""
    before = state.session
    same = before is not None and (before.step, before.phase) == (session.step, session.phase)
    return session if same else _refresh(state, session, now)


def _refresh(state: State, session: Session, now: float) -> Session:
    seconds = patience(session.step, session.phase, state.timings, elder=state.elder)
    return replace(session, deadline=None if seconds is None else now + seconds)


def _awake(state: State, now: float) -> State:
    session = state.session
    return state if session is None else replace(state, session=_refresh(state, session, now))


def _leave(state: State, session: Session) -> Result:
    """Nothing of the citizen stays in the state; a forgotten card is watched until somebody takes it."""
    forgotten = session.card_there or state.around.card_left
    watch: Effects = (WatchCard(LEFT_CARD),) if forgotten else (StopWatching(),)
    home = replace(
        state,
        session=None,
        next_session="",
        language=state.default_language,
        elder=False,
        around=replace(state.around, card_left=forgotten),
    )
    return home, (StopReading(), ForgetFace(), *watch, EndSession(session.id))
