"""The one-time code a person's phone shows as a QR code: ``KIC1.PAYLOAD.SIGNATURE``, both in base64url without padding.

The payload is JSON: ``id`` (random), ``until`` (seconds since 1970), ``name`` (masked, to greet with) and ``sealed``,
the person's number for the authority alone. The signature is Ed25519 over ``KIC1.PAYLOAD``, so that a terminal can
check code and expiry without a network; whether it was used before only the authority knows.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

VALID_SECONDS: Final = 60.0
_MARK: Final = "KIC1"
_LONGEST: Final = 1024


class BadCode(Exception):
    """The code is none, or was not signed by this authority."""


@dataclass(frozen=True, repr=False)
class Code:
    id: str
    until: float
    name: str
    sealed: bytes


def encode(code: Code, key: Ed25519PrivateKey) -> str:
    fields = {"id": code.id, "until": code.until, "name": code.name, "sealed": _written(code.sealed)}
    signed = f"{_MARK}.{_written(json.dumps(fields, ensure_ascii=False).encode())}"
    return f"{signed}.{_written(key.sign(signed.encode()))}"


def decode(text: str, key: Ed25519PublicKey) -> Code:
    """Whether it has expired is for the caller to judge. Raises :class:`BadCode`."""
    signed, _, signature = text.rpartition(".")
    mark, _, payload = signed.partition(".")
    if mark != _MARK or len(text) > _LONGEST or not text.isascii():
        raise BadCode
    try:
        key.verify(_read(signature), signed.encode())
        fields = json.loads(_read(payload))
        return Code(str(fields["id"]), float(fields["until"]), str(fields["name"]), _read(fields["sealed"]))
    except (InvalidSignature, binascii.Error, ValueError, KeyError, TypeError, AttributeError):
        raise BadCode from None


def _written(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _read(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
