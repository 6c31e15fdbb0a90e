"""Digests of the two suites: SHA-256, and SM3 (GM/T 0004) where the state's own algorithms are demanded. Pure."""

import hashlib
import re
from typing import Final, Literal, get_args

from cryptography.hazmat.primitives.hashes import SHA256, SM3, Hash

Suite = Literal["standard", "gm"]
SUITES: Final[tuple[Suite, ...]] = get_args(Suite)
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
"""Both have 32 bytes."""


def digest(data: bytes, suite: Suite = "standard") -> str:
    """In hexadecimal."""
    if suite == "standard":
        return hashlib.sha256(data).hexdigest()
    sm3 = hasher(suite)
    sm3.update(data)
    return sm3.finalize().hex()


def hasher(suite: Suite = "standard") -> Hash:
    """For content that comes in pieces: ``update`` with each, then ``finalize``."""
    return Hash(SM3() if suite == "gm" else SHA256())


def is_digest(text: object) -> bool:
    return isinstance(text, str) and _DIGEST.fullmatch(text) is not None
