"""Numbers a person can read out and type: acceptance numbers, references, verification codes. Pure but for chance."""

import base64
import secrets
from collections.abc import Iterator
from datetime import date
from typing import Final

from offline_queue import envelope as wire

Place = tuple[int, int]
"""Epoch and sequence: where a matter stands among those of its terminal."""

_PROVINCE: Final = "44"
_UNMISTAKABLE: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Without 0, O, 1 and I."""
_FROM_BASE32: Final = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", _UNMISTAKABLE.encode())
_STEPS: Final = [[((product + digit) % 10 or 10) * 2 % 11 for digit in range(10)] for product in range(11)]
"""Of the check digit: from one product to the next, by the digit between."""
_LONGEST: Final = 32
_LONGEST_INTEGER: Final = 15
"""Digits; what has no more goes into any database."""


def acceptance_number(day: date, sequence: int) -> str:
    """``44-20261122-000001-7``: province, day of receipt, sequence of the day, check digit."""
    body = f"{_PROVINCE}-{day.isoformat().replace('-', '')}-{sequence:06d}"
    return f"{body}-{_check_digit(body)}"


def is_acceptance_number(text: str) -> bool:
    body, dash, check = text.rpartition("-")
    return bool(dash) and body.replace("-", "").isascii() and check == _check_digit(body)


def day_and_sequence(number: str) -> tuple[date, int] | None:
    """``None`` unless :func:`acceptance_number` wrote it."""
    parts = number.split("-")
    if len(number) > _LONGEST or not is_acceptance_number(number) or len(parts) != 4:
        return None
    try:
        day, sequence = date.fromisoformat(parts[1]), int(parts[2])
    except ValueError:
        return None
    return (day, sequence) if acceptance_number(day, sequence) == number else None


def places_of(reference: str) -> Iterator[tuple[str, Place]]:
    """Terminal and place that it may mean: the name of a terminal may end as an epoch is written."""
    terminal, _, seq = reference.rpartition("-")[0].rpartition("-")
    shorter, _, epoch = terminal.rpartition("-")
    for name, texts in ((terminal, ("1", seq)), (shorter, (epoch, seq))):
        if all(text.isascii() and text.isdigit() and len(text) <= _LONGEST_INTEGER for text in texts):
            place = int(texts[0]), int(texts[1])
            if wire.reference(name, *place) == reference:
                yield name, place


def verification_code() -> str:
    """80 random bits as ``XXXX-XXXX-XXXX-XXXX``: whoever knows it has held the paper."""
    characters = base64.b32encode(secrets.token_bytes(10)).translate(_FROM_BASE32).decode()
    return "-".join(characters[start : start + 4] for start in range(0, 16, 4))


def _check_digit(body: str) -> str:
    """ISO 7064 MOD 11,10: every single wrong digit and most swaps show. Empty when ``body`` is no number."""
    digits = body.replace("-", "")
    if not (digits.isascii() and digits.isdigit()):
        return ""
    product = 10
    for digit in map(int, digits):
        product = _STEPS[product][digit]
    return str((11 - product) % 10)
