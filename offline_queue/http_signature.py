"""A terminal's requests, signed: the one form of RFC 9421 that docs/sync-protocol.md allows. Pure.

Always the same components in the same order, always with a digest of the content (RFC 9530), so that there is nothing
to negotiate and little to parse.
"""

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from offline_queue.crypto_errors import BadSignature
from offline_queue.envelope import LATEST, Created
from offline_queue.suites import SigningKey, VerifyKey

NONCE_BYTES: Final = 16
KEY_ID: Final = r"[A-Za-z0-9._:-]{1,64}"
_COMPONENTS: Final = '("@method" "@path" "@query" "content-digest" "kiosk-clock")'
_PARAMETERS: Final = re.compile(
    re.escape(_COMPONENTS) + rf';created=[0-9]{{1,12}};keyid="({KEY_ID})";nonce="([A-Za-z0-9_-]{{22}})"'
)
_SIGNATURE: Final = re.compile(r"kiosk=:([A-Za-z0-9+/]{1,200}={0,2}):")
_DIGEST: Final = re.compile(r"sha-256=:[A-Za-z0-9+/]{43}=:")
_SECONDS: Final = r"([0-9]{1,12}\.[0-9]{3})"
_CLOCK: Final = re.compile(rf"wall={_SECONDS}, monotonic={_SECONDS}, boot=([A-Za-z0-9._-]{{1,64}}), trusted=([01])")


class BadForm(ValueError):
    """The request is not signed in the form of docs/sync-protocol.md."""


@dataclass(frozen=True, repr=False)
class Request:
    """What of a request is signed."""

    method: str
    path: str
    """As on the wire: percent-encoded."""
    query: str
    """As on the wire, without the question mark."""
    content: bytes
    """As on the wire: compressed."""


@dataclass(frozen=True, repr=False)
class Signed:
    """What a request says of its signature; nothing of it is true before :func:`verify`."""

    key_id: str
    nonce: str
    clock: Created
    clock_text: str
    parameters: str
    digest: str
    signature: bytes


def sign(request: Request, key: SigningKey, key_id: str, clock: Created, nonce: bytes) -> dict[str, str]:
    """The headers to send along; ``nonce`` has :data:`NONCE_BYTES` random ones."""
    text = base64.urlsafe_b64encode(nonce).rstrip(b"=").decode()
    parameters = f'{_COMPONENTS};created={int(_bounded(clock.wall))};keyid="{key_id}";nonce="{text}"'
    digest, told = content_digest(request.content), write_clock(clock)
    signature = base64.b64encode(key.sign(_base(request, digest, told, parameters))).decode()
    return {
        "Content-Digest": digest,
        "Kiosk-Clock": told,
        "Signature-Input": f"kiosk={parameters}",
        "Signature": f"kiosk=:{signature}:",
    }


def read(headers: Mapping[str, str]) -> Signed:
    """Raises :class:`BadForm`. Names of headers must be found in any case, as HTTP libraries do."""
    name, equals, parameters = headers.get("Signature-Input", "").partition("=")
    _, key_id, nonce = _matched(_PARAMETERS, parameters if name + equals == "kiosk=" else "", "Signature-Input")
    _, signature = _matched(_SIGNATURE, headers.get("Signature", ""), "Signature")
    digest, *_ = _matched(_DIGEST, headers.get("Content-Digest", ""), "Content-Digest")
    clock = headers.get("Kiosk-Clock", "")
    return Signed(key_id, nonce, read_clock(clock), clock, parameters, digest, _decoded(signature))


def verify(signed: Signed, request: Request, key: VerifyKey) -> None:
    """Raises ``BadSignature``, also when the content is not the one the digest is of."""
    if signed.digest != content_digest(request.content):
        raise BadSignature("content")
    key.verify(signed.signature, _base(request, signed.digest, signed.clock_text, signed.parameters))


def content_digest(content: bytes) -> str:
    """The header of RFC 9530."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(content).digest()).decode()}:"


def write_clock(clock: Created) -> str:
    """The header ``Kiosk-Clock``; a wall clock before 1970 says 0."""
    wall, monotonic = _bounded(clock.wall), _bounded(clock.monotonic)
    return f"wall={wall:.3f}, monotonic={monotonic:.3f}, boot={clock.boot_id}, trusted={int(clock.trusted)}"


def read_clock(text: str) -> Created:
    """Raises :class:`BadForm`."""
    _, wall, monotonic, boot_id, trusted = _matched(_CLOCK, text, "Kiosk-Clock")
    return Created(float(wall), float(monotonic), boot_id, trusted == "1")


def _bounded(seconds: float) -> float:
    return min(max(seconds, 0.0), LATEST)


def _matched(form: re.Pattern[str], text: str, header: str) -> tuple[str, ...]:
    """The whole and its parts."""
    if (match := form.fullmatch(text)) is None:
        raise BadForm(header)
    return text, *match.groups()


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise BadForm("Signature") from None


def _base(request: Request, digest: str, clock: str, parameters: str) -> bytes:
    """What is signed (RFC 9421, 2.5)."""
    return (
        f'"@method": {request.method}\n"@path": {request.path}\n"@query": ?{request.query}\n'
        f'"content-digest": {digest}\n"kiosk-clock": {clock}\n"@signature-params": {parameters}'
    ).encode()
