"""The wire format of one filed matter, shared with the centre. Pure: no I/O, no clock.

An envelope is made once, on the terminal, and never changes: its ``id`` is the idempotency key, its digest proves that
a repeated id carries the same content, and as each names the digest of the one before it, none can be taken out,
changed or put in later without all that follow showing it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from json.encoder import encode_basestring as quoted
from typing import Any, Final, cast

from pydantic_core import from_json

from offline_queue import hashing
from offline_queue.hashing import SUITES, Suite

VERSION: Final = 2
CHECK_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

LARGEST: Final = 2**53 - 1
"""What every JSON reader keeps exactly."""
LAST_EPOCH: Final = 1 << 20
"""Far more than a terminal ever begins: places stay within the 63 bits a database has for them."""
LONGEST: Final = 200
"""Characters of every text outside the payload."""
LATEST: Final = 253402300799.0
"""The last second of the year 9999."""


class BadEnvelope(ValueError):
    """The bytes are no envelope of a version this program knows."""


@dataclass(frozen=True)
class Created:
    """When the matter was filed, as far as the terminal's clocks can be trusted."""

    wall: float
    """Seconds since 1970, by a clock that may be wrong."""
    monotonic: float
    """Seconds since boot."""
    boot_id: str
    trusted: bool
    """Whether the wall clock was synchronised."""


@dataclass(frozen=True)
class Attachment:
    """A file that belongs to a matter and travels by itself: a scanned page, a signature."""

    name: str
    """Which of the matter's files it is, as the service item calls it; unique within the matter."""
    digest: str
    """Of the content, in hexadecimal, by the envelope's suite: the file's address."""
    size: int
    """Bytes."""
    media_type: str


@dataclass(frozen=True, repr=False)
class Envelope:
    """One filed matter. ``payload`` holds personal data; everything else must not."""

    id: str
    terminal: str
    epoch: int
    """From 1; the next one begins when a terminal's queue was lost, restored or cloned: no number is used twice."""
    seq: int
    """Per terminal and epoch, without gaps; order is told by it, never by a clock."""
    reference: str
    """What the receipt says; see :func:`reference`."""
    case: str
    """Matters of one case reach the centre in their order; those of different cases do not wait for each other."""
    item: str
    item_version: int
    created: Created
    payload: Mapping[str, Any]
    previous: str
    """Digest of the envelope before it in this epoch; empty for the first."""
    consents: tuple[str, ...] = ()
    """Ids of the consent texts the citizen agreed to."""
    attachments: tuple[Attachment, ...] = ()
    suite: Suite = "standard"
    version: int = VERSION

    def __repr__(self) -> str:
        return f"<Envelope {self.reference} {self.item}>"


canonical: Final = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, sort_keys=True, separators=(",", ":"), allow_nan=False
).encode
"""JSON with one way only to write a value. Raises ``ValueError``, ``TypeError``, ``RecursionError``."""


def encode(envelope: Envelope) -> bytes:
    """Canonical JSON, one line: the same envelope gives the same bytes everywhere.

    Raises ``ValueError`` on what JSON cannot say.
    """
    fields = {
        **vars(envelope),
        "created": vars(envelope.created),
        "attachments": [vars(attachment) for attachment in envelope.attachments],
    }
    return canonical(fields).encode()


def encode_around(envelope: Envelope, payload: str) -> bytes:
    """:func:`encode`, written out, for whoever has the payload as canonical JSON and has checked the rest."""
    created = envelope.created
    return (
        f'{{"attachments":{_encode_files(envelope.attachments)},"case":{quoted(envelope.case)},'
        f'"consents":{canonical(envelope.consents)},'
        f'"created":{{"boot_id":{quoted(created.boot_id)},"monotonic":{created.monotonic!r},'
        f'"trusted":{"true" if created.trusted else "false"},"wall":{created.wall!r}}},'
        f'"epoch":{envelope.epoch},"id":{quoted(envelope.id)},"item":{quoted(envelope.item)},'
        f'"item_version":{envelope.item_version},"payload":{payload},"previous":"{envelope.previous}",'
        f'"reference":{quoted(envelope.reference)},"seq":{envelope.seq},"suite":"{envelope.suite}",'
        f'"terminal":{quoted(envelope.terminal)},"version":{envelope.version}}}'
    ).encode()


def _encode_files(attachments: tuple[Attachment, ...]) -> str:
    return canonical([vars(attachment) for attachment in attachments]) if attachments else "[]"


def decode(data: bytes) -> Envelope:
    """Raise :class:`BadEnvelope` unless ``data`` is a whole envelope of a known version, in canonical form."""
    try:
        fields = dict(cast("dict[str, Any]", from_json(data)))
        if fields["version"] != VERSION:
            raise BadEnvelope("unknown version")
        created = Created(**fields.pop("created"))
        attachments = tuple(Attachment(**fields) for fields in fields.pop("attachments"))
        consents = tuple(fields.pop("consents"))
        envelope = Envelope(created=created, attachments=attachments, consents=consents, **fields)
        again = encode(envelope)  # infinite numbers get through from_json
    except BadEnvelope:
        raise
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BadEnvelope(type(error).__name__) from None
    check(envelope)
    if again != data:  # the digest is that of the bytes, and there must be one way only to write them
        raise BadEnvelope("not in canonical form")
    return envelope


def digest(envelope: Envelope) -> str:
    """Over the canonical bytes, in hexadecimal, by the envelope's suite."""
    return hashing.digest(encode(envelope), envelope.suite)


def place(epoch: int, seq: int) -> int:
    """Orders the envelopes of all epochs of a terminal; in the first it is the sequence itself."""
    return (epoch - 1 << 40) + seq


def reference(terminal: str, epoch: int, seq: int) -> str:
    """The number a citizen reads out: terminal, sequence, check character, as in ``GD440100-000042-K``; after a lost
    queue with the epoch, as in ``GD440100-2-000042-5``."""
    middle = f"{epoch}-" if epoch > 1 else ""
    body = f"{terminal}-{middle}{seq:06d}"
    return f"{body}-{_check_character(body)}"


def reference_is_valid(text: str) -> bool:
    body, dash, check = text.strip().upper().rpartition("-")
    return bool(dash) and check == _check_character(body)


def _check_character(body: str) -> str:
    """ISO 7064 MOD 37,36: every single wrong character and nearly every swap of two neighbours shows."""
    product = 36
    for character in body.upper().replace("-", ""):
        total = (product + CHECK_ALPHABET.find(character)) % 36 or 36
        product = total * 2 % 37
    return CHECK_ALPHABET[(37 - product) % 36]


def check(envelope: Envelope) -> None:
    """Raise :class:`BadEnvelope` when a field holds what no envelope may hold."""
    created = envelope.created
    texts = (envelope.id, envelope.terminal, envelope.reference, envelope.case, envelope.item, created.boot_id)
    if not all(map(_is_text, (*texts, *envelope.consents))):
        raise BadEnvelope("a text field is empty, too long or no text")
    if not all(map(_is_number, (envelope.version, envelope.epoch, envelope.seq, envelope.item_version))):
        raise BadEnvelope("a number is negative, too large or no number")
    if not (_is_time(created.wall) and _is_time(created.monotonic)):
        raise BadEnvelope("a time is negative, too late or no number")
    if type(created.trusted) is not bool or not isinstance(envelope.payload, dict):
        raise BadEnvelope("trusted is no truth value, or payload is no object")
    if envelope.suite not in SUITES:
        raise BadEnvelope("unknown suite")
    if not (envelope.previous == "" or hashing.is_digest(envelope.previous)):
        raise BadEnvelope("a digest is none")
    if envelope.attachments:
        _check_attachments(envelope.attachments)


def _is_text(value: object) -> bool:
    """What any database can keep and find again: no control characters, and short enough for an index."""
    return isinstance(value, str) and 0 < len(value) <= LONGEST and value.isprintable()


def _is_number(value: object) -> bool:
    return type(value) is int and 0 <= value <= LARGEST


def _is_time(value: object) -> bool:
    return (type(value) is float or type(value) is int) and 0 <= value <= LATEST


def _check_attachments(files: Sequence[Attachment]) -> None:
    if not all(_is_number(file.size) for file in files):
        raise BadEnvelope("a number is negative, too large or no number")
    if not all(hashing.is_digest(file.digest) for file in files):
        raise BadEnvelope("a digest is none")
    names = [file.name for file in files]
    texts = (*names, *(file.media_type for file in files))
    if not all(map(_is_text, texts)) or len(set(names)) < len(names):
        raise BadEnvelope("an attachment has no name, no type or the name of another")
