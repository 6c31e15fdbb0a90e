"""Notice and consent: what is read, why and how long; the face is asked for separately."""

from dataclasses import replace

from kiosk.journey.events import Agree, Event
from kiosk.journey.moves import Move, Next, Stay
from kiosk.journey.state import Session, Surroundings
from kiosk.journey.timings import Timings

FACE = "-face"
"""Ending of the id of a consent text that is about the face."""


def enter(session: Session, _around: Surroundings, _timings: Timings) -> Move:
    return Stay(session.to("reading"))


def handle(session: Session, event: Event, _around: Surroundings, _timings: Timings) -> Move:
    match event:
        case Agree(face=face):
            given = tuple(text for text in session.item.consents if face or not text.endswith(FACE))
            return Next(replace(session, consents=given, face_allowed=face))
        case _:
            return Stay(session)
