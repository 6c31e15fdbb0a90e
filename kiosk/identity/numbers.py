"""Numbers that prove themselves: identity numbers of persons and the unified social credit code of organisations.

Division codes are not looked up: abolished ones stay on cards for decades.
"""

import re
from datetime import date, datetime
from typing import Final

_ELEVEN_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ELEVEN_CHECKS: Final = "10X98765432"
_BIRTH: Final = slice(6, 14)

_CITIZEN: Final = re.compile(r"[1-8][0-9]{16}[0-9X]")
_PERMIT: Final = re.compile(r"8[123]0000[0-9]{11}[0-9X]")
_FOREIGNER_2023: Final = re.compile(r"9[0-9]{16}[0-9X]")
_FOREIGNER_2017: Final = re.compile(r"[A-Z]{3}[0-9]{12}")
_CREDIT_CODE: Final = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}")


def is_citizen_number(number: str) -> bool:
    """18 characters: division, birth date, sequence, check character (GB 11643). Also holds permit numbers."""
    return bool(_CITIZEN.fullmatch(number)) and _has_birth_and_check(number)


def is_permit_number(number: str) -> bool:
    """As a citizen's, with 810000, 820000 or 830000 (Hong Kong, Macau, Taiwan) for the division."""
    return bool(_PERMIT.fullmatch(number)) and _has_birth_and_check(number)


def is_foreigner_2023_number(number: str) -> bool:
    """18 characters: 9, province (2), country (3), birth date, sequence (3), check as in a citizen's number."""
    return bool(_FOREIGNER_2023.fullmatch(number)) and _has_birth_and_check(number)


def is_foreigner_2017_number(number: str) -> bool:
    """15 characters: nationality (3 letters), place (4), birth YYMMDD, sequence, check digit.

    The check digit has weights 7, 3, 1 repeating, letters count from A = 10, modulo 10.
    """
    if not _FOREIGNER_2017.fullmatch(number):
        return False
    values = (int(character, 36) for character in number[:-1])
    return sum(value * (7, 3, 1)[at % 3] for at, value in enumerate(values)) % 10 == int(number[-1])


def birth_in(number: str) -> date | None:
    """The birth date in an 18-character number, ``None`` when there is no calendar date."""
    try:
        return datetime.strptime(number[_BIRTH], "%Y%m%d").date()  # noqa: DTZ007 - a birth date has no time zone
    except ValueError:
        return None


def _has_birth_and_check(number: str) -> bool:
    total = sum(int(digit) * weight for digit, weight in zip(number[:-1], _ELEVEN_WEIGHTS, strict=True))
    return birth_in(number) is not None and number[-1] == _ELEVEN_CHECKS[total % 11]


_CREDIT_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def is_credit_code(code: str) -> bool:
    """18 characters: authority, category, division (6), organisation (9), check character (GB 32100)."""
    if not _CREDIT_CODE.fullmatch(code):
        return False
    values = [_CREDIT_ALPHABET.index(character) for character in code]
    total = sum(value * pow(3, at, 31) for at, value in enumerate(values[:-1]))
    return values[-1] == -total % 31
