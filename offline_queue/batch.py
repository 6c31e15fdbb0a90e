"""What a terminal hands in at once: the body of ``POST /v1/submissions``, one line a piece (NDJSON). Pure.

One signature covers the whole batch by the digests of its envelopes: what the centre keeps (digests and signature)
proves what the terminal handed in, envelope by envelope, at the price of one signature.
"""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from offline_queue import envelope as wire
from offline_queue import hashing
from offline_queue.envelope import BadEnvelope, Envelope
from offline_queue.hashing import SUITES, Suite
from offline_queue.suites import SigningKey, VerifyKey

MOST: Final = 100
"""Envelopes of one batch."""
LARGEST: Final = 1 << 20
"""Bytes of one batch, unpacked."""
_CONTEXT: Final = "kiosk-batch-1"
"""A signature made for anything else must not pass for one of a batch."""


class BadBatch(ValueError):
    """The body is no batch: its first line says no suite and signature, or its last line has no end."""


class BatchTooLarge(BadBatch):
    """More envelopes or bytes than the centre takes at once."""


@dataclass(frozen=True, repr=False)
class Entry:
    """One line: an envelope, or the reason it cannot be read."""

    position: int
    """From 0."""
    raw: bytes
    digest: str
    """Of ``raw``: by the envelope's suite, or by the batch's if there is no envelope."""
    envelope: Envelope | None
    reason: str = ""


@dataclass(frozen=True, repr=False)
class Batch:
    suite: Suite
    signature: bytes
    digests: tuple[str, ...]
    """Of each line by the batch's suite: what is signed."""
    entries: tuple[Entry, ...]


def encode(envelopes: Sequence[Envelope], key: SigningKey) -> bytes:
    lines = [wire.encode(envelope) for envelope in envelopes]
    signature = key.sign(_signed([hashing.digest(line, key.suite) for line in lines]))
    first = {"suite": key.suite, "signature": base64.b64encode(signature).decode()}
    return b"".join(line + b"\n" for line in (json.dumps(first).encode(), *lines))


def decode(body: bytes) -> Batch:
    """Raises :class:`BadBatch`, :class:`BatchTooLarge`; what is wrong with an envelope is said in its entry."""
    if len(body) > LARGEST:
        raise BatchTooLarge(f"{len(body)} bytes")
    first, *lines, rest = body.split(b"\n") if b"\n" in body else (b"", body)
    if len(lines) > MOST:
        raise BatchTooLarge(f"{len(lines)} envelopes")
    suite, signature = _first(first)
    if rest:
        raise BadBatch("the last line has no end")
    digests = tuple(hashing.digest(line, suite) for line in lines)
    entries = tuple(_entry(at, line, digests[at], suite) for at, line in enumerate(lines))
    return Batch(suite, signature, digests, entries)


def check_signature(batch: Batch, key: VerifyKey) -> None:
    """Raises ``BadSignature``."""
    key.verify(batch.signature, _signed(batch.digests))


def _signed(digests: Sequence[str]) -> bytes:
    return "".join(f"{line}\n" for line in (_CONTEXT, *digests)).encode()


def _first(line: bytes) -> tuple[Suite, bytes]:
    try:
        fields: dict[str, Any] = json.loads(line)
        suite, signature = fields["suite"], base64.b64decode(fields["signature"], validate=True)
    except (ValueError, TypeError, KeyError, RecursionError):
        raise BadBatch("first line") from None
    if suite not in SUITES:
        raise BadBatch("unknown suite")
    return suite, signature


def _entry(position: int, raw: bytes, digest: str, suite: Suite) -> Entry:
    try:
        envelope = wire.decode(raw)
    except BadEnvelope as error:
        return Entry(position, raw, digest, None, str(error))
    if envelope.suite != suite:  # filed before the terminal changed its suite
        digest = hashing.digest(raw, envelope.suite)
    return Entry(position, raw, digest, envelope)
