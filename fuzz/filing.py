"""What terminals and the centre say to each other: envelopes, batches, signatures, sealed copies."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

from fuzz.promises import Target, expect
from offline_queue import batch, hashing, http_signature, sealed, suites
from offline_queue import envelope as wire
from offline_queue.batch import BadBatch
from offline_queue.crypto_errors import BadKey, BadSeal, BadSignature
from offline_queue.envelope import Attachment, BadEnvelope, Created, Envelope
from offline_queue.hashing import SUITES, Suite
from offline_queue.http_signature import BadForm, Request
from offline_queue.suites import SigningKey, VerifyKey

Load = Callable[[str, Suite], SigningKey | VerifyKey]

_KEYS: Final = {suite: suites.generate(suite) for suite in SUITES}
_LOADS: Final[tuple[tuple[Load, Suite], ...]] = tuple(
    (load, suite) for suite in SUITES for load in (suites.load_signing_key, suites.load_verify_key)
)
_CIPHERS: Final = {suite: suites.Cipher(bytes(suites.KEY_BYTES), suite) for suite in SUITES}
_PAIRS: Final = {suite: sealed.generate(suite) for suite in SUITES}
_OPENERS: Final = {suite: sealed.Opener(_PAIRS[suite][0], suite) for suite in SUITES}
_SEALERS: Final = {suite: sealed.Sealer(_PAIRS[suite][1], "T", suite) for suite in SUITES}
_CREATED: Final = Created(1_790_000_000.0, 12.5, "b0071d00", trusted=True)
_ENVELOPE: Final = Envelope(
    id="1",
    terminal="GD440100",
    epoch=1,
    seq=1,
    reference=wire.reference("GD440100", 1, 1),
    case="1",
    item="proof",
    item_version=1,
    created=_CREATED,
    payload={"name": "样本", "share": 0.5},
    previous="",
    consents=("notice-1",),
    attachments=(Attachment("page", hashing.digest(b""), 0, "image/jpeg"),),
)
_REQUEST: Final = Request("POST", "/v1/submissions", "", b"content")
_HEADERS: Final = http_signature.sign(_REQUEST, _KEYS["standard"], "key-1", _CREATED, bytes(16))


def envelopes(data: bytes) -> None:
    with suppress(BadEnvelope):
        expect(wire.encode(wire.decode(data)) == data, "two ways to write one envelope")


def batches(data: bytes) -> None:
    with suppress(BadBatch, BadSignature):
        decoded = batch.decode(data)
        expect(all((entry.envelope is None) == bool(entry.reason) for entry in decoded.entries), "no reason")
        batch.check_signature(decoded, _KEYS[decoded.suite].public())


def signed_requests(data: bytes) -> None:
    """Header lines; what is not among them is as it should be."""
    lines = (line.partition(": ") for line in data.decode("latin-1").split("\n"))
    headers = _HEADERS | {name: value for name, _, value in lines}
    with suppress(BadForm, BadSignature):
        signed = http_signature.read(headers)
        http_signature.verify(signed, _REQUEST, _KEYS["standard"].public())
        same = all(headers[name] == value for name, value in _HEADERS.items() if name != "Signature")
        expect(same, "a signature for other headers")


def signatures(data: bytes) -> None:
    for key in _KEYS.values():
        with suppress(BadSignature):
            key.public().verify(data, b"another message")
            expect(False, "a forged signature")  # noqa: FBT003 - cannot be reached but by a broken promise


def keys(data: bytes) -> None:
    """One of the four kinds of key, as the first byte says: SM2's take their time."""
    load, suite = _LOADS[data[0] % len(_LOADS)] if data else _LOADS[0]
    with suppress(BadKey):
        expect(load(data[1:].decode("latin-1"), suite).suite == suite, "another suite")


def sealed_content(data: bytes) -> None:
    for suite in SUITES:
        with suppress(BadSeal):
            expect(_CIPHERS[suite].open(data, b"place") == b"content", "forged content")
        with suppress(BadSeal):
            expect(_OPENERS[suite].open("T", "1", data) == b"content", "a forged copy")


_BATCHES: Final = tuple(batch.encode([_ENVELOPE, _ENVELOPE], key) for key in _KEYS.values())
_PEMS: Final = tuple(pem for key in _KEYS.values() for pem in (key.pem(), key.public().pem()))
_SEALED: Final = (
    *(cipher.seal(b"content", b"place") for cipher in _CIPHERS.values()),
    *(sealer.seal("1", b"content") for sealer in _SEALERS.values()),
)

TARGETS: Final[Mapping[str, Target]] = {
    "filing envelopes": Target(envelopes, (wire.encode(_ENVELOPE),)),
    "filing batches": Target(batches, (*_BATCHES, json.dumps({"suite": "gm", "signature": ""}).encode() + b"\n")),
    "filing signed requests": Target(signed_requests, tuple(f"{k}: {v}".encode() for k, v in _HEADERS.items())),
    "filing signatures": Target(signatures, tuple(key.sign(b"message") for key in _KEYS.values())),
    "filing keys": Target(keys, tuple(bytes([kind]) + pem.encode() for kind, pem in enumerate(_PEMS))),
    "filing sealed": Target(sealed_content, _SEALED),
}
