"""The program was restarted under a citizen: say what is true, and go on only for the holder of the same card."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from kiosk.identity.person import Person, from_card
from kiosk.journey.effects import ReadCard, WatchCard
from kiosk.journey.events import CardNotRead, CardRead, CardTaken, DeviceChanged, Event, Proceed
from kiosk.journey.moves import Close, Jump, Leave, Move, Stay
from kiosk.journey.state import Session, Surroundings
from kiosk.journey.timings import Timings

RETRY_AT_ONCE = frozenset({"no_card", "card_unreadable", "card_rejected"})


def enter(session: Session, _around: Surroundings, timings: Timings) -> Move:
    """The card may still lie there: reading it shows whether it must be taken, and by whom."""
    phase = "saved" if session.filing.reference else "not_filed"
    return Stay(session.to(phase), (ReadCard(session.id, timings.interrupted),))


def handle(session: Session, event: Event, _around: Surroundings, timings: Timings) -> Move:
    match event:
        case CardRead(card=card, age=age):
            seen = replace(session, card_there=True)
            if session.person and session.person.number == card.number:
                known = replace(seen, person=from_card(card), age=age)
                return Jump(known, "submit", (WatchCard(session.id),))
            problem = "other_card" if session.filing.reference else ""
            return Stay(seen.to(session.phase, problem=problem), (WatchCard(session.id),))
        case CardNotRead(code=code) if code in RETRY_AT_ONCE:
            return Stay(session, (ReadCard(session.id, timings.interrupted),))
        case CardTaken():
            return Stay(replace(session, card_there=False, problem=""), (ReadCard(session.id, timings.interrupted),))
        case DeviceChanged(name="id_card", status=status) if status.works and not session.card_there:
            return Stay(session, (ReadCard(session.id, timings.interrupted),))
        case Proceed():
            return Close(session, "done" if session.filing.reference else "cancelled")
        case _:
            return Stay(session)


def time_out(session: Session) -> Move:
    return Close(session, "timed_out") if session.card_there else Leave(session)


def owner(payload: Mapping[str, Any]) -> Person | None:
    """The person a saved matter belongs to, to be compared with a card; ``None`` when the payload was wiped."""
    person = payload.get("person")
    return Person(**person) if person else None
