"""The service's questions, one a screen."""

from dataclasses import replace

from kiosk.catalogue.items import FormField
from kiosk.journey.events import AnswerField, Event, GoBack
from kiosk.journey.moves import Jump, Move, Next, Stay
from kiosk.journey.state import Session, Surroundings
from kiosk.journey.timings import Timings


def enter(session: Session, _around: Surroundings, _timings: Timings) -> Move:
    if not session.item.form:
        return Next(session)
    return _show(session)


def handle(session: Session, event: Event, _around: Surroundings, _timings: Timings) -> Move:
    match event:
        case AnswerField(name=name, value=value) if _fits(current(session), name, value):
            return _answered(session, name, value)
        case GoBack() if session.editing:
            return Jump(session, "confirm")
        case GoBack() if session.question > 0:
            return _show(replace(session, question=session.question - 1))
        case _:
            return Stay(session)


def asks(field: FormField) -> bool:
    """Whether this step can put the question."""
    simple = field.required and field.only_when is None and field.prefill is None
    return field.kind == "choice" and simple and not field.multiple


def current(session: Session) -> FormField:
    return session.item.form[session.question]


def _fits(field: FormField, name: str, value: str) -> bool:
    return field.name == name and value in {option.value for option in field.options}


def _answered(session: Session, name: str, value: str) -> Move:
    answered = replace(session, answers={**session.answers, name: value})
    if session.editing:
        return Jump(answered, "confirm")
    if session.question + 1 < len(session.item.form):
        return _show(replace(answered, question=session.question + 1))
    return Next(answered)


def _show(session: Session) -> Move:
    return Stay(session.to(current(session).name))
