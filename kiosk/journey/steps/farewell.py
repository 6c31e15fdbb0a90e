"""Take your card and your papers; a card that stays behind is noticed."""

from dataclasses import replace

from kiosk.journey.effects import CallStaff, StopReading
from kiosk.journey.events import CardTaken, Event, Proceed
from kiosk.journey.moves import Leave, Move, Next, Stay
from kiosk.journey.state import Session, Surroundings
from kiosk.journey.timings import Timings


def enter(session: Session, _around: Surroundings, _timings: Timings) -> Move:
    """The form's answers and the person are no longer needed on the screen."""
    bare = replace(session, ending=session.ending or "done", answers={}, photo=b"", pin="", dialog="")
    if bare.ending != "done" and not bare.card_there and not bare.filing.reference:
        return Leave(bare)
    return Stay(bare.to("take"), (StopReading(),))


def handle(session: Session, event: Event, _around: Surroundings, _timings: Timings) -> Move:
    match event:
        case CardTaken():
            return _go_on(replace(session, card_there=False))
        case Proceed():
            return Stay(session.to("card_left")) if session.card_there else _go_on(session)
        case _:
            return Stay(session)


def time_out(session: Session) -> Move:
    if session.card_there and session.phase != "card_left":
        return Stay(session.to("card_left"), (CallStaff(session.id, "card_left"),))
    return Leave(session)


def _go_on(session: Session) -> Move:
    return Next(session) if session.ending == "done" else Leave(session)
