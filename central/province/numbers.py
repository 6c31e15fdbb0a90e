"""Numbers of the synthetic province: well formed, with the right check characters, and impossible for anybody real.

- Identity numbers and credit codes carry a division code that begins with 4499. GB/T 2260 gives the third and fourth
  digit as 01-20 and 51-70 for cities, 21-50 for prefectures and 90 for counties directly under the province: 99 stands
  for nothing, so no such code was ever given to anybody.
- Number plates begin with 粤I: I is not used as the letter of a city (GA 36), for it looks like 1.
- Telephone numbers have eleven digits and begin with 12: those are short service numbers, no mobile ones.
- Bank cards begin with 0: ISO/IEC 7812-1 keeps that digit for other things than cards of banks.
"""

from datetime import date
from typing import Final

DIVISION: Final = "4499"
NUMBERS: Final = 10_000_000
"""Persons there are numbers for; the last thousands are for the cast."""
MOST_PERSONS: Final = NUMBERS - 10_000
STEP: Final = 200
"""Days: who shares region digits and sequence with somebody has a birthday of another remainder by it."""

_PLACES: Final = 50_000
"""One hundred endings of the division code, by the five hundred sequences of one sex."""
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS: Final = "10X98765432"
_CREDIT_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORGANISATION_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)
_PLATE_LETTERS: Final = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def birthday(index: int, about: date) -> date:
    """The first from ``about`` on that makes the number of person ``index`` the only one of its kind."""
    block, place = divmod(index, _PLACES)
    wanted = (block + place * 7919) % STEP  # the factor spreads neighbours over the year; any prime does
    return date.fromordinal(about.toordinal() + (wanted - about.toordinal()) % STEP)


def citizen_number(index: int, birth: date, sex: int) -> str:
    """18 characters (GB 11643). ``birth`` is one that :func:`birthday` gave; ``sex`` is 1 or 2."""
    place = index % _PLACES
    sequence = place // 100 * 2 + (1 if sex == 1 else 0)
    return with_check(f"{DIVISION}{place % 100:02d}{birth:%Y%m%d}{sequence:03d}")


def with_check(body: str) -> str:
    """17 digits and the check character (GB 11643)."""
    total = sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True))
    return body + _CHECKS[total % 11]


def is_synthetic(number: str) -> bool:
    """Whether an identity number or a credit code can be nobody's."""
    return number.startswith(DIVISION) or number[2:].startswith(DIVISION)


def credit_code(index: int) -> str:
    """18 characters (GB 32100) around an organisation code of eight digits (GB 11714)."""
    body = f"91{DIVISION}00{_organisation(f'{index:08d}')}"
    total = sum(_CREDIT_ALPHABET.index(one) * pow(3, at, 31) for at, one in enumerate(body))
    return body + _CREDIT_ALPHABET[-total % 31]


def _organisation(digits: str) -> str:
    total = sum(int(digit) * weight for digit, weight in zip(digits, _ORGANISATION_WEIGHTS, strict=True))
    return digits + "0123456789X"[-total % 11]


def plate(index: int, which: int) -> str:
    """``粤I`` and five characters, never I or O among them."""
    number, rest = index * 2 + which, list[str]()
    for _ in range(5):
        number, digit = divmod(number, len(_PLATE_LETTERS))
        rest.append(_PLATE_LETTERS[digit])
    return "粤I" + "".join(reversed(rest))


def phone(index: int) -> str:
    return f"129{index:08d}"


def bank_card(index: int) -> str:
    """16 digits with the check digit of Luhn (ISO/IEC 7812-1)."""
    body = f"0044{index:011d}"
    digits = [int(digit) for digit in reversed(body)]
    total = sum(sum(divmod(digit * 2, 10)) if at % 2 == 0 else digit for at, digit in enumerate(digits))
    return f"{body}{-total % 10}"


def payment_number(index: int, which: int) -> str:
    """20 digits of a payment notice; the last is the check digit of ISO 7064 MOD 11,10."""
    body = f"{DIVISION}00{index:011d}{which:02d}"
    return f"{body}{_last_digit(body)}"


def is_payment_number(number: str) -> bool:
    """Of whichever issuer: twenty digits, the last of which checks the others."""
    if not (number.isascii() and number.isdigit() and len(number) == 20):
        return False
    return int(number[-1]) == _last_digit(number[:-1])


def _last_digit(body: str) -> int:
    product = 10
    for digit in map(int, body):
        product = ((product + digit) % 10 or 10) * 2 % 11
    return (11 - product) % 10
