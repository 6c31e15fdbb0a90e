"""How new matters become envelopes, one after the other. Pure."""

import json
from dataclasses import dataclass, field, replace
from typing import Any, Final

from offline_queue import envelope as wire
from offline_queue import hashing, rules
from offline_queue.contract import NewMatter, QueueFull, Quota, Room
from offline_queue.envelope import Created, Envelope
from offline_queue.hashing import Suite

_FULL: Final = {
    "count": "too many matters wait",
    "size": "the matters that wait are too large",
    "age": "a matter has waited too long",
    "disk": "the disk is nearly full",
}


@dataclass(frozen=True)
class Book:
    """What all envelopes of one queue have in common, and how much it takes."""

    terminal: str
    epoch: int = 1
    suite: Suite = "standard"
    quota: Quota = field(default_factory=Quota)


@dataclass(frozen=True)
class Head:
    """After what the next envelope comes, and into how much room."""

    seq: int
    digest: str
    room: Room


@dataclass(frozen=True, repr=False)
class Prepared:
    matter: NewMatter
    payload: dict[str, Any]
    """As the centre will read it."""
    text: str
    """The same as canonical JSON."""


@dataclass(frozen=True, repr=False)
class Sealed:
    envelope: Envelope
    text: str
    digest: str
    size: int
    """Bytes of the envelope and its attachments."""


def prepare(matter: NewMatter) -> Prepared:
    """Raises ``ValueError`` or ``TypeError`` for a payload that JSON cannot say."""
    try:
        payload = json.loads(wire.canonical(dict(matter.payload)))
        return Prepared(matter, payload, wire.canonical(payload))  # again: a key that was a number sorts as a text now
    except RecursionError:
        raise ValueError("the payload is nested too deeply") from None


def take(book: Book, head: Head, prepared: Prepared, created: Created, *, now: float) -> tuple[Head, Sealed]:
    """The next envelope, and what comes after it. Raises ``QueueFull``, ``ValueError``, ``TypeError``."""
    if full := rules.judged(head.room, book.quota, now=now).full:
        raise QueueFull(
            f"Nothing more is taken, for {_FULL[full]}: what was taken is safe and goes to the centre first"
        )
    sealed = seal(book, prepared, created, seq=head.seq + 1, previous=head.digest)
    room = replace(
        head.room,
        waiting=head.room.waiting + 1,
        size=head.room.size + sealed.size,
        oldest=created.wall if head.room.oldest is None else head.room.oldest,
    )
    return Head(head.seq + 1, sealed.digest, room), sealed


def seal(book: Book, prepared: Prepared, created: Created, *, seq: int, previous: str) -> Sealed:
    """Raises ``ValueError`` or ``TypeError`` when it could not be sent."""
    matter = prepared.matter
    envelope = Envelope(
        id=matter.id,
        terminal=book.terminal,
        epoch=book.epoch,
        seq=seq,
        reference=wire.reference(book.terminal, book.epoch, seq),
        case=matter.case or matter.id,
        item=matter.item,
        item_version=matter.item_version,
        created=created,
        payload=prepared.payload,
        previous=previous,
        consents=tuple(matter.consents),
        attachments=tuple(matter.attachments),
        suite=book.suite,
    )
    content = wire.encode_around(envelope, prepared.text)
    wire.check(envelope)
    attached = sum(file.size for file in envelope.attachments)
    return Sealed(envelope, prepared.text, hashing.digest(content, book.suite), len(content) + attached)
