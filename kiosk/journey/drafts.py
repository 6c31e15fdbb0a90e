"""What is written down of a journey in progress, and what a restart makes of it. Nothing personal is written: the
saved matter itself knows whose it is."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from kiosk.catalogue.items import LANGUAGES, Language, ServiceItem
from kiosk.journey.events import Interrupted
from kiosk.journey.state import Filing, Session, State
from kiosk.journey.steps.interrupted import owner


def content(session: Session, state: State) -> Mapping[str, Any]:
    return {
        "session": session.id,
        "item": session.item.code,
        "step": session.step,
        "language": state.language,
        "elder": state.elder,
    }


def restore(event: Interrupted, item: ServiceItem | None) -> Session | None:
    """The session to go on with; ``None`` when the draft is unknown here or was over but for the good-bye."""
    identity = event.draft.get("session")
    if item is None or not isinstance(identity, str) or event.draft.get("step") == "rate":
        return None
    session = Session(identity, item)
    if event.matter is None:
        return session
    envelope = event.matter.envelope
    filing = Filing(envelope.reference, envelope.created.wall)
    return replace(session, filing=filing, person=owner(envelope.payload))


def manner(event: Interrupted, state: State) -> tuple[Language, bool]:
    languages: dict[object, Language] = {language: language for language in LANGUAGES}
    language = languages.get(event.draft.get("language"), state.default_language)
    return language, event.draft.get("elder") is True
