"""Everything at a glance before it is filed; each answer can still be changed."""

from dataclasses import replace

from kiosk.journey.events import EditField, Event, GoBack, Proceed
from kiosk.journey.moves import Jump, Move, Next, Stay
from kiosk.journey.state import Session, Surroundings
from kiosk.journey.timings import Timings


def enter(session: Session, _around: Surroundings, _timings: Timings) -> Move:
    return Stay(replace(session.to("review"), editing=False))


def handle(session: Session, event: Event, _around: Surroundings, _timings: Timings) -> Move:
    fields = [field.name for field in session.item.form]
    match event:
        case Proceed():
            return Next(session)
        case EditField(name=name) if name in fields:
            return Jump(replace(session, question=fields.index(name), editing=True), "form")
        case GoBack() if fields:
            return Jump(replace(session, question=len(fields) - 1), "form")
        case _:
            return Stay(session)
