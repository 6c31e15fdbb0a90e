"""What is personal lies sealed on the disk, AES-256-GCM bound to its row, and is found again by a keyed hash."""

import hmac
import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES: Final = 12
_BLIND_DIGITS: Final = 32
"""128 bits: no two of a province's numbers meet."""


class BadSeal(Exception):
    """The sealed content does not fit this key or this row."""


class Sealer:
    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, content: bytes, row: str) -> bytes:
        """``row`` names the place: sealed content moved to another row does not open."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, content, row.encode())

    def open(self, sealed: bytes, row: str) -> bytes:
        """Raise :class:`BadSeal`."""
        nonce, rest = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            return self._cipher.decrypt(nonce, rest, row.encode())
        except (InvalidTag, ValueError):
            raise BadSeal(row) from None


class Blinder:
    """Names what is personal without saying it: whoever has not the key cannot try numbers until one fits."""

    def __init__(self, key: bytes) -> None:
        # a key of its own, for what lies under the centre's key is sealed with that one
        self._key = hmac.digest(key, b"lookup-1", "sha256")

    def of(self, kind: str, value: str) -> str:
        """32 hexadecimal digits, the same every time. ``kind`` keeps equal values of different kinds apart."""
        return hmac.digest(self._key, f"{kind}\n{value}".encode(), "sha256").hex()[:_BLIND_DIGITS]
