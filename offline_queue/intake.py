"""How new matters become envelopes, one after the other. Pure."""

import json
from dataclasses import dataclass, field
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
    """The lowest that a new matter may have."""
    suite: Suite = "standard"
    quota: Quota = field(default_factory=Quota)


@dataclass(frozen=True)
class Head:
    """After what the next envelope comes, and beside what. Sizes are in bytes."""

    epoch: int
    seq: int
    digest: str
    count: int
    """Of all matters there ever were."""
    size: int
    settled_count: int
    """Of those of which the centre has spoken."""
    settled_size: int
    oldest: float | None

    def room(self, free: int) -> Room:
        """``free``: bytes on the disk."""
        return Room(self.count - self.settled_count, self.size - self.settled_size, self.oldest, free)

    def in_epoch(self, at_least: int) -> "Head":
        """A new epoch begins its sequence and its chain anew."""
        if self.epoch >= at_least:
            return self
        return Head(at_least, 0, "", self.count, self.size, self.settled_count, self.settled_size, self.oldest)

    def beyond(self, envelope: Envelope, digest: str, size: int) -> "Head":
        return Head(
            self.epoch,
            envelope.seq,
            digest,
            self.count + 1,
            self.size + size,
            self.settled_count,
            self.settled_size,
            envelope.created.wall if self.oldest is None else self.oldest,
        )


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
    """The payload as canonical JSON."""
    size: int
    """Bytes of the envelope and its attachments."""
    head: Head
    """What the next one comes after."""


def prepare(matter: NewMatter) -> Prepared:
    """Raises ``ValueError`` or ``TypeError`` for a payload that JSON cannot say."""
    try:
        text = wire.canonical(dict(matter.payload))
        payload = json.loads(text)
        # again, if it is not the same: a key that was a number sorts as a text now
        text = text if payload == matter.payload else wire.canonical(payload)
        text.encode()  # half of a surrogate pair gets through JSON
        return Prepared(matter, payload, text)
    except RecursionError:
        raise ValueError("the payload is nested too deeply") from None


def take(book: Book, head: Head, prepared: Prepared, created: Created, *, free: int, now: float) -> Sealed:
    """The next envelope. Raises ``QueueFull``, and ``ValueError`` or ``TypeError`` when it could not be sent."""
    full = rules.judged(head.room(free), book.quota, now=now).full
    if full and (full == "disk" or not prepared.matter.at_once):
        raise QueueFull(
            f"Nothing more is taken, for {_FULL[full]}: what was taken is safe and goes to the centre first"
        )
    envelope = _envelope(book, head, prepared, created)
    wire.check(envelope)
    content = wire.encode_around(envelope, prepared.text)
    size = len(content) + sum(file.size for file in envelope.attachments)
    return Sealed(envelope, prepared.text, size, head.beyond(envelope, hashing.digest(content, book.suite), size))


def _envelope(book: Book, head: Head, prepared: Prepared, created: Created) -> Envelope:
    matter, seq = prepared.matter, head.seq + 1
    return Envelope(
        id=matter.id,
        terminal=book.terminal,
        epoch=head.epoch,
        seq=seq,
        reference=wire.reference(book.terminal, head.epoch, seq),
        case=matter.case or matter.id,
        item=matter.item,
        item_version=matter.item_version,
        created=created,
        payload=prepared.payload,
        previous=head.digest,
        consents=tuple(matter.consents),
        attachments=tuple(matter.attachments),
        suite=book.suite,
    )
