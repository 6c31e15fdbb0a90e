"""The wire format of one filed matter, shared with the centre. Pure: no I/O, no clock.

An envelope is made once, on the terminal, and never changes: its ``id`` is the idempotency key, its ``digest`` proves
that a repeated id carries the same content.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

VERSION: Final = 1
CHECK_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

LARGEST: Final = 2**53 - 1
"""What every JSON reader keeps exactly."""
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


@dataclass(frozen=True, repr=False)
class Envelope:
    """One filed matter. ``payload`` holds personal data; everything else must not."""

    id: str
    terminal: str
    seq: int
    """Per terminal, without gaps; order is told by it, never by a clock."""
    reference: str
    """What the receipt says; see :func:`reference`."""
    item: str
    item_version: int
    created: Created
    payload: Mapping[str, Any]
    consents: tuple[str, ...] = ()
    """Ids of the consent texts the citizen agreed to."""
    version: int = VERSION

    def __repr__(self) -> str:
        return f"<Envelope {self.reference} {self.item}>"


def encode(envelope: Envelope) -> bytes:
    """Canonical JSON: the same envelope gives the same bytes everywhere.

    Raises ``ValueError`` on what JSON cannot say.
    """
    fields = {**vars(envelope), "created": vars(envelope.created)}
    return json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def decode(data: bytes) -> Envelope:
    """Raise :class:`BadEnvelope` unless ``data`` is a whole envelope of a known version."""
    try:
        fields = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BadEnvelope(type(error).__name__) from None
    return from_fields(fields)


def from_fields(value: object) -> Envelope:
    """The same from JSON that was read already."""
    try:
        fields = dict(cast("dict[str, Any]", value))
        if fields["version"] != VERSION:
            raise BadEnvelope("unknown version")
        created = Created(**fields.pop("created"))
        envelope = Envelope(created=created, consents=tuple(fields.pop("consents")), **fields)
        encode(envelope)  # lone surrogates and infinite numbers get through json.loads
    except BadEnvelope:
        raise
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BadEnvelope(type(error).__name__) from None
    _check(envelope)
    return envelope


def digest(envelope: Envelope) -> str:
    """SHA-256 over the canonical bytes, in hexadecimal."""
    return hashlib.sha256(encode(envelope)).hexdigest()


def reference(terminal: str, seq: int) -> str:
    """The number a citizen reads out: terminal, sequence, check character, as in ``GD440100-000042-K``."""
    body = f"{terminal}-{seq:06d}"
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


_TEXTS = ("id", "terminal", "reference", "item")


def _check(envelope: Envelope) -> None:
    texts = [getattr(envelope, name) for name in _TEXTS]
    texts += [envelope.created.boot_id, *envelope.consents]
    numbers = (envelope.seq, envelope.item_version)
    if not all(isinstance(text, str) and text for text in texts):
        raise BadEnvelope("a text field is empty or no text")
    if not all(type(number) is int and 0 <= number <= LARGEST for number in numbers):
        raise BadEnvelope("a number is negative, too large or no number")
    times = (envelope.created.wall, envelope.created.monotonic)
    if not all(type(time) in (int, float) and 0 <= time <= LATEST for time in times):
        raise BadEnvelope("a time is negative, too late or no number")
    if not isinstance(envelope.payload, dict):
        raise BadEnvelope("payload is no object")
