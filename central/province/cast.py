"""The holders of the cards of simulated readers and the published specimen cards, each with a family of the province.

Their numbers are those on the cards, which have always been of specimens; all else about them is made up here.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Final, Literal

from central.province import numbers
from central.province.dossiers import dossier, dossiers
from central.province.firms import firm
from central.province.households import SIZE, Role, family
from central.province.records import Dossier, Firm

_SEED: Final = "cast"
_FIRST_BLOCK: Final = numbers.MOST_PERSONS // SIZE
_FIRST_DONOR: Final = _FIRST_BLOCK + 500
_DONORS: Final = 100
"""Households for each card, to find there what the holder lacks."""
_FIELDS: Final = ("spells", "fund", "permit", "properties", "driver", "degree", "progress", "exams", "disability")
_FIRST_FIRM: Final = 90_000_000


@dataclass(frozen=True)
class Card:
    name: str
    number: str
    sex: Literal[1, 2]
    birth: date
    role: Role
    rich: bool = False
    """Whether there is something on file of every kind, so that every service can be tried with this card."""


CARDS: Final = (
    Card("证件样本", "11010519491231002X", 2, date(1949, 12, 31), "elder", rich=True),
    Card("样本乙", "440606198506150014", 1, date(1985, 6, 15), "head", rich=True),
    Card("样本迁", "440606198703120025", 2, date(1987, 3, 12), "partner", rich=True),
    Card("样本童", "110105201808150022", 2, date(2018, 8, 15), "child"),
    Card("证件样本", "810000199408230021", 2, date(1994, 8, 23), "partner", rich=True),
    Card("证件样本", "PAK310080010103", 2, date(1980, 1, 1), "partner"),
    Card("证件样本", "931586198001010028", 2, date(1980, 1, 1), "partner"),
)


@cache
def cast() -> tuple[Dossier, ...]:
    """The holders of the cards and their families."""
    return tuple(_cast())


def _cast() -> Iterator[Dossier]:
    block = _FIRST_BLOCK
    for at, card in enumerate(CARDS):
        while card.role not in family(_SEED, block).roles:
            block += 1
        yield from _household(card, block, at)
        block += 1


def cast_firms() -> Iterator[Firm]:
    """One for each grown holder of a resident card, who acts for it."""
    for at, card in enumerate(one for one in CARDS if one.rich):
        index = _FIRST_FIRM + at
        made = firm(_SEED, at)
        yield replace(
            made, code=numbers.credit_code(index), representative=card.name, representative_number=card.number,
            food_permit_until=made.food_permit_until or date(2030, 6, 30),
        )  # fmt: skip


def _household(card: Card, block: int, at: int) -> Iterator[Dossier]:
    home = family(_SEED, block)
    theirs = home.roles.index(card.role)
    holder = replace(
        home.persons[theirs], name=card.name, number=card.number, sex=card.sex, birth=card.birth, card_until=None
    )
    home = replace(home, persons=(*home.persons[:theirs], holder, *home.persons[theirs + 1 :]))
    for place in range(SIZE):
        found = dossier(_SEED, home, block * SIZE + place, place)
        if place == theirs:
            found = replace(found, person=replace(found.person, card_lost=False))
            found = _filled(found, at) if card.rich else found
        yield found


def _filled(found: Dossier, at: int) -> Dossier:
    """With what people of other households have, who are on file nowhere themselves."""
    first = _FIRST_DONOR + at * _DONORS
    for donor in (one for block in range(first, first + _DONORS) for one in dossiers(_SEED, block)):
        missing = {name: getattr(donor, name) for name in _FIELDS if not getattr(found, name)}
        found = replace(found, **missing)
        if donor.fines and not found.fines:
            bills = found.bills + donor.bills
            found = replace(found, vehicles=donor.vehicles, fines=donor.fines, bills=bills)
        if found.fines and all(getattr(found, name) for name in _FIELDS):
            break
    return found
