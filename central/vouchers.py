"""What the authority says of a terminal's key, for itself alone to read: with it a terminal comes back to a centre that
was restored from a backup made before the key was enrolled.

A voucher is two parts in base64url with a dot between: the JSON of :class:`Voucher`, and the authority's Ed25519
signature over ``kiosk-voucher-1\\n`` and that JSON. No X.509: one form for both suites, and it holds the epoch.
"""

import base64
import binascii
from typing import Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from central.storage.terminals import TerminalKey

_PURPOSE: Final = b"kiosk-voucher-1\n"


class BadVoucher(Exception):
    """The voucher is none of this centre's authority."""


class Voucher(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    terminal: str
    key_id: str
    epoch: int = Field(ge=1)
    origin: str

    @classmethod
    def of(cls, key: TerminalKey) -> Self:
        return cls(terminal=key.terminal, key_id=key.key_id, epoch=key.epoch, origin=key.origin)


def sign(voucher: Voucher, authority: Ed25519PrivateKey) -> str:
    """The same voucher has the same text: Ed25519 is deterministic."""
    content = voucher.model_dump_json().encode()
    return f"{_encoded(content)}.{_encoded(authority.sign(_PURPOSE + content))}"


def read(text: str, authority: Ed25519PrivateKey) -> Voucher:
    """Raises :class:`BadVoucher`."""
    try:
        content, signature = (base64.urlsafe_b64decode(part.encode("ascii")) for part in text.split("."))
        authority.public_key().verify(signature, _PURPOSE + content)
        return Voucher.model_validate_json(content)
    except (binascii.Error, ValueError, InvalidSignature, ValidationError):
        raise BadVoucher from None


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode()
