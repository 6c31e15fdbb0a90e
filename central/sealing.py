"""What is personal lies sealed on the disk: AES-256-GCM, bound to the row it belongs to."""

import json
import secrets
from collections.abc import Mapping
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES: Final = 12


class BadSeal(Exception):
    """The sealed content does not fit this key or this row."""


class Sealer:
    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, content: Mapping[str, Any], row: str) -> bytes:
        """``row`` names the place: sealed content moved to another row does not open."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        plain = json.dumps(content, ensure_ascii=False).encode()
        return nonce + self._cipher.encrypt(nonce, plain, row.encode())

    def open(self, sealed: bytes, row: str) -> dict[str, Any]:
        """Raise :class:`BadSeal`."""
        nonce, rest = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            return json.loads(self._cipher.decrypt(nonce, rest, row.encode()))
        except (InvalidTag, ValueError):
            raise BadSeal(row) from None
