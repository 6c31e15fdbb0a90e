"""The identity card: put it down, have it read and checked."""

from dataclasses import replace

from kiosk.identity.person import from_card
from kiosk.journey.effects import Effect, ReadCard, WatchCard
from kiosk.journey.events import CardNotRead, CardRead, CardTaken, DeviceChanged, Event, TryAgain
from kiosk.journey.moves import Move, Next, Stay
from kiosk.journey.state import LEFT_CARD, Session, Surroundings
from kiosk.journey.timings import Timings

LIFT_FIRST = frozenset({"card_unreadable", "card_rejected"})
"""After these the reader itself waits until the card was lifted, so the next read can start at once."""
_WAITS_FOR_LIFT = {False: "bad_card", True: "card_of_another"}


def enter(session: Session, around: Surroundings, timings: Timings) -> Move:
    if around.card_left:
        return Stay(session.to("card_of_another"))
    return _wait(session, timings)


def handle(session: Session, event: Event, _around: Surroundings, timings: Timings) -> Move:
    match event:
        case CardRead():
            return _read(session, event)
        case CardNotRead():
            return _not_read(session, event, timings)
        case CardTaken(session=owner) if session.phase == _WAITS_FOR_LIFT[owner == LEFT_CARD]:
            return _wait(replace(session, card_there=False), timings)
        case TryAgain() if session.phase == "no_reader":
            return _wait(session, timings)
        case DeviceChanged(name="id_card", status=status) if status.works and session.phase == "no_reader":
            return _wait(session, timings)
        case _:
            return Stay(session)


def _wait(session: Session, timings: Timings) -> Move:
    return Stay(session.to("waiting"), (_read_effect(session, timings),))


def _read_effect(session: Session, timings: Timings) -> Effect:
    return ReadCard(session.id, timings.idle)


def _read(session: Session, event: CardRead) -> Move:
    if event.problem:
        return Stay(session.to("bad_card", problem=event.problem, card_there=True), (WatchCard(session.id),))
    known = replace(
        session, person=from_card(event.card), photo=event.card.photo, age=event.age, card_there=True, problem=""
    )
    return Next(known, (WatchCard(session.id),))


def _not_read(session: Session, event: CardNotRead, timings: Timings) -> Move:
    again = (_read_effect(session, timings),)
    if event.code == "no_card":
        return Stay(session, again)
    if event.code in LIFT_FIRST:
        return Stay(session.to("waiting", problem=event.code, problem_who=event.who), again)
    return Stay(session.to("no_reader", problem=event.code, problem_who=event.who))
