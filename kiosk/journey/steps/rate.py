"""How was it? Once, voluntary, five levels (GB/T 39735)."""

from kiosk.journey.effects import SendRating
from kiosk.journey.events import Event, Proceed, RateService
from kiosk.journey.moves import Leave, Move, Stay
from kiosk.journey.state import Session, Surroundings
from kiosk.journey.timings import Timings


def enter(session: Session, _around: Surroundings, _timings: Timings) -> Move:
    return Stay(session.to("asking")) if session.filing.reference else Leave(session)


def handle(session: Session, event: Event, _around: Surroundings, _timings: Timings) -> Move:
    match event:
        case RateService(stars=stars) if session.phase == "asking":
            return Stay(session.to("thanks"), (SendRating(session.id, session.filing.reference, stars),))
        case Proceed():
            return Leave(session)
        case _:
            return Stay(session)


def time_out(session: Session) -> Move:
    return Leave(session)
