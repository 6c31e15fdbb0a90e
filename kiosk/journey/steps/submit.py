"""File the matter: first durable on this machine, then the centre's answer while the citizen waits."""

from dataclasses import replace

from kiosk.journey.effects import AwaitAnswer, SaveMatter
from kiosk.journey.events import Event, MatterNotSaved, MatterSaved, MatterSettled, TryAgain
from kiosk.journey.moves import Move, Next, Stay
from kiosk.journey.state import Filing, Session, Surroundings
from kiosk.journey.timings import Timings


def enter(session: Session, _around: Surroundings, _timings: Timings) -> Move:
    if session.filing.reference:  # resumed after a restart: it is saved already
        return _await(session)
    return Stay(session.to("saving"), (_save(session),))


def handle(session: Session, event: Event, around: Surroundings, timings: Timings) -> Move:
    match event:
        case MatterSaved(reference=reference, saved_at=saved_at):
            return _await(replace(session, filing=Filing(reference, saved_at)))
        case MatterNotSaved():
            return Stay(session.to("not_saved", problem="not_saved"))
        case MatterSettled() if session.phase == "waiting":
            return Next(replace(session, filing=settle(session.filing, event)))
        case TryAgain() if session.phase == "not_saved":
            return enter(session, around, timings)
        case _:
            return Stay(session)


def settle(filing: Filing, event: MatterSettled) -> Filing:
    return replace(
        filing,
        outcome=event.outcome,
        number=event.number,
        rule=event.rule,
        remedy=event.remedy,
        result=event.result,
    )


def _await(session: Session) -> Move:
    return Stay(session.to("waiting"), (AwaitAnswer(session.id, session.item.answer_seconds),))


def _save(session: Session) -> SaveMatter:
    payload = {
        "person": dict(session.person.as_payload()) if session.person else {},
        "verified_by": session.verified_by,
        "answers": dict(session.answers),
    }
    item = session.item
    at_once = item.network == "online_only"
    return SaveMatter(session.id, item.code, item.version, payload, session.consents, at_once=at_once)
