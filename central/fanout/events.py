"""What departments are told: ids and states, never who it is about. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, Self

PREFIX: Final = "matters"
MESSAGE_ID: Final = "Nats-Msg-Id"

Kind = Literal["filed", "moved", "alarm", "rated", "ticket"]


@dataclass(frozen=True)
class Event:
    kind: Kind
    department: str
    item: str
    reference: str
    state: str
    """Of the case or the ticket; ``filed`` where the centre's own rules decided."""
    at: float
    """Seconds since 1970, by the centre's clock."""
    version: int = 0
    """Of the case or the ticket, counting up; 0 where there is none."""
    detail: str = ""
    """The move, the alarm's name, the stars."""

    @classmethod
    def read(cls, fields: Mapping[str, Any]) -> Self:
        return cls(**fields)


@dataclass(frozen=True)
class Message:
    """As it goes to the broker."""

    id: str
    """Of the effect: a consumer keeps it and does nothing the second time."""
    subject: str
    body: bytes
    case: str
    """Messages of one case follow one another."""


def message(event: Event, message_id: str) -> Message:
    """``matters.<department>.<item>.<kind>``: who may read what is decided by the broker on the subject."""
    subject = ".".join((PREFIX, *map(_token, (event.department, event.item, event.kind))))
    body = json.dumps({"id": message_id, **vars(event)}, ensure_ascii=False, sort_keys=True)
    return Message(message_id, subject, body.encode(), event.reference)


def _token(text: str) -> str:
    """Dots and stars mean something in a subject, and spaces end it."""
    return "".join(one if one.isascii() and (one.isalnum() or one in "-_") else "_" for one in text) or "_"
