"""Is the person the holder of the card? By face, or by staff: never the face alone."""

from dataclasses import replace

from kiosk.journey.effects import CallStaff, CheckPin, ForgetFace, VerifyFace
from kiosk.journey.events import (
    Event,
    FaceCompared,
    FaceGuidance,
    OtherWay,
    PinChecked,
    PinKey,
    TryAgain,
    VisionBack,
    VisionLost,
)
from kiosk.journey.moves import Move, Next, Stay
from kiosk.journey.state import Session, Surroundings
from kiosk.journey.timings import Timings

GUARDIAN_AGE = 14
"""Below it a face may be processed only with the guardian's consent, so staff check both."""
MAX_PIN = 12

COUNTS_AS_FAILURE = frozenset({"no_match", "uncertain"})
NO_WAY_BY_FACE = frozenset({"no_reference"})


def enter(session: Session, around: Surroundings, timings: Timings) -> Move:
    if session.age is not None and session.age < GUARDIAN_AGE:
        return _ask_staff(session, "guardian")
    if not session.face_allowed:
        return _ask_staff(session, "no_face_consent")
    if not around.vision:
        return Stay(session.to("camera_lost", problem="vision_lost"))
    return _compare(session, timings)


def handle(session: Session, event: Event, _around: Surroundings, timings: Timings) -> Move:
    match event:
        case FaceGuidance(code=code) if session.phase == "face":
            return Stay(replace(session, guidance=code))
        case FaceCompared(outcome=outcome) if session.phase == "face":
            return _compared(session, outcome, timings)
        case VisionLost() if session.phase == "face":
            return Stay(session.to("camera_lost", problem="vision_lost"))
        case VisionBack() if session.phase == "camera_lost":
            return _compare(session, timings)
        case TryAgain() if session.phase in ("retry", "camera_lost"):
            return _compare(session, timings)
        case OtherWay():
            return _ask_staff(session, "asked")
        case PinKey(key=key) if session.phase == "staff":
            return _key(session, key)
        case PinChecked():
            return _pin_checked(session, event)
        case _:
            return Stay(session)


def _compare(session: Session, timings: Timings) -> Move:
    return Stay(session.to("face", guidance=""), (VerifyFace(session.id, session.photo, timings.face),))


def _compared(session: Session, outcome: str, timings: Timings) -> Move:
    if outcome == "match":
        return _verified(session, "face")
    if outcome in NO_WAY_BY_FACE:
        return _ask_staff(session, outcome)
    failures = session.face_failures + (outcome in COUNTS_AS_FAILURE)
    counted = replace(session, face_failures=failures)
    if failures >= timings.face_attempts:
        return _ask_staff(counted, "face_failed")
    return Stay(counted.to("retry", problem=outcome))


def _ask_staff(session: Session, reason: str) -> Move:
    effects = (ForgetFace(), CallStaff(session.id, reason))
    return Stay(session.to("staff", problem=reason, pin="", photo=b""), effects)


def _key(session: Session, key: str) -> Move:
    if key == "clear":
        return Stay(replace(session, pin=""))
    if key == "enter":
        return _check(session) if session.pin else Stay(session)
    return Stay(replace(session, pin=(session.pin + key)[:MAX_PIN], problem=""))


def _check(session: Session) -> Move:
    return Stay(replace(session, pin=""), (CheckPin(session.id, session.pin),))


def _pin_checked(session: Session, event: PinChecked) -> Move:
    if event.staff:
        return _verified(session, f"staff:{event.staff}")
    problem = "locked" if event.locked_seconds else "wrong_pin"
    return Stay(session.to("staff", problem=problem, locked_seconds=event.locked_seconds))


def _verified(session: Session, way: str) -> Move:
    """The face has done its work: nothing of it is kept a moment longer."""
    return Next(replace(session, verified_by=way, photo=b"", pin="", problem=""))
