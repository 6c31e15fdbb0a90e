"""Whether a card that was read may be used today. Pure; the sentences for citizens are in ``text/*/cards.toml``."""

from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from typing import Final, Literal

from drivers.id_card.contract import CardType, IdCard
from kiosk.identity import numbers
from kiosk.identity.person import age

_UNREADABLE: Final = "\N{REPLACEMENT CHARACTER}"


class CardProblem(StrEnum):
    """What is wrong with a card."""

    UNKNOWN_TYPE = "unknown_type"
    NAME_MISSING = "name_missing"
    DATES_MISSING = "dates_missing"
    NUMBER_WRONG = "number_wrong"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"


_NUMBER_RULES: Final[Mapping[CardType, Callable[[str], bool]]] = {
    CardType.RESIDENT: numbers.is_citizen_number,
    CardType.HMT_PERMIT: numbers.is_permit_number,
    CardType.FOREIGNER_2017: numbers.is_foreigner_2017_number,
    CardType.FOREIGNER_2023: numbers.is_foreigner_2023_number,
}


def check(card: IdCard, today: date) -> CardProblem | Literal[""]:
    """The first problem found, empty when the card may be used; who cannot read the card does not judge its number."""
    problems: Mapping[CardProblem, Callable[[], bool]] = {
        CardProblem.UNKNOWN_TYPE: lambda: card.type not in _NUMBER_RULES,
        CardProblem.NAME_MISSING: lambda: not _has_name(card),
        CardProblem.DATES_MISSING: lambda: not _has_dates(card),
        CardProblem.NUMBER_WRONG: lambda: not _number_holds(card, today),
        CardProblem.NOT_YET_VALID: lambda: card.valid_from is not None and today < card.valid_from,
        CardProblem.EXPIRED: lambda: card.valid_until is not None and today > card.valid_until,
    }
    for problem, applies in problems.items():
        if applies():
            return problem
    return ""


def under_age(card: IdCard, today: date, years: int) -> bool:
    """Whether the holder has not yet had that birthday; a card without a birth date does not prove any age."""
    return card.birth is None or age(card.birth, today) < years


def _has_name(card: IdCard) -> bool:
    name = card.name or card.latin_name
    return bool(name.strip()) and _UNREADABLE not in name


def _has_dates(card: IdCard) -> bool:
    return None not in (card.birth, card.valid_from) and (card.long_term or card.valid_until is not None)


def _number_holds(card: IdCard, today: date) -> bool:
    """The 2017 foreigner number holds only two digits of the birth year: nothing to compare safely."""
    if not _NUMBER_RULES[card.type](card.number):
        return False
    if card.type is CardType.FOREIGNER_2017:
        return True
    return card.birth == numbers.birth_in(card.number) and card.birth is not None and card.birth <= today
