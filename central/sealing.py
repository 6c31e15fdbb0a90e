"""What is personal lies sealed on the disk: AES-256-GCM, bound to the row it belongs to."""

import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES: Final = 12


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
