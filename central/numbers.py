"""Numbers a person can read out and type: acceptance numbers and verification codes."""

import secrets
from datetime import date
from typing import Final

_PROVINCE: Final = "44"
_UNMISTAKABLE: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Without 0, O, 1 and I."""


def acceptance_number(day: date, sequence: int) -> str:
    """``44-20261122-000001-7``: province, day of receipt, sequence of the day, check digit."""
    body = f"{_PROVINCE}-{day:%Y%m%d}-{sequence:06d}"
    return f"{body}-{_check_digit(body)}"


def is_acceptance_number(text: str) -> bool:
    body, dash, check = text.rpartition("-")
    return bool(dash) and body.replace("-", "").isascii() and check == _check_digit(body)


def verification_code() -> str:
    """80 random bits as ``XXXX-XXXX-XXXX-XXXX``: whoever knows it has held the paper."""
    characters = "".join(secrets.choice(_UNMISTAKABLE) for _ in range(16))
    return "-".join(characters[start : start + 4] for start in range(0, 16, 4))


def _check_digit(body: str) -> str:
    """ISO 7064 MOD 11,10: every single wrong digit and most swaps show. Empty when ``body`` is no number."""
    digits = body.replace("-", "")
    if not (digits.isascii() and digits.isdigit()):
        return ""
    product = 10
    for digit in digits:
        product = ((product + int(digit)) % 10 or 10) * 2 % 11
    return str((11 - product) % 10)
