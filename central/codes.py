"""One-time codes for the enrolment of a terminal: read out, typed in, good once. Only their hash is kept."""

import hashlib
import secrets
from typing import Final

GROUPS: Final = 8
_GROUP: Final = 2
_LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Unmistakable: without I, O, 0 and 1."""


def new_code() -> str:
    """80 random bits as ``AB-CD-EF-GH-JK-LM-NP-QR``: the hash of so many cannot be searched within a code's life."""
    letters = [secrets.choice(_LETTERS) for _ in range(GROUPS * _GROUP)]
    return "-".join("".join(letters[start : start + _GROUP]) for start in range(0, len(letters), _GROUP))


def code_hash(terminal: str, code: str) -> str:
    """However it was typed: small letters, spaces, without dashes."""
    plain = "".join(letter for letter in code.upper() if letter.isalnum())
    return hashlib.sha256(f"kiosk-enrolment-1\n{terminal}\n{plain}".encode()).hexdigest()
