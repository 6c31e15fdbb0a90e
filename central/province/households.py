"""Families of four: who they are and how they are related. Household ``b`` holds the persons ``4 b`` to ``4 b + 3``."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Literal

from central.province import numbers, words
from central.province.chance import Chance
from central.province.records import Household, Member, Person, Relation
from central.province.regions import homes, written

SIZE: Final = 4
AS_OF: Final = date(2026, 10, 1)
"""The day the province is described on: what it holds must not depend on the day it is made."""

Role = Literal["head", "partner", "child", "elder"]
_KINDS: Final[tuple[tuple[Role, ...], ...]] = (
    ("head", "partner", "child", "elder"),
    ("head", "partner", "child", "child"),
    ("head", "partner", "elder", "elder"),
)
_AGES: Final[dict[Role, tuple[int, int]]] = {"head": (26, 46), "partner": (26, 46), "child": (1, 19), "elder": (61, 92)}
_RELATIONS: Final[dict[tuple[Role, Role], Relation]] = {
    ("head", "partner"): "spouse",
    ("head", "child"): "child",
    ("head", "elder"): "parent",
    ("partner", "head"): "spouse",
    ("partner", "child"): "child",
    ("partner", "elder"): "parent",
    ("child", "head"): "parent",
    ("child", "partner"): "parent",
    ("child", "child"): "sibling",
    ("child", "elder"): "grandparent",
    ("elder", "head"): "child",
    ("elder", "partner"): "child",
    ("elder", "child"): "grandchild",
    ("elder", "elder"): "spouse",
}
"""What the second is to the first."""


@dataclass(frozen=True, repr=False)
class Family:
    roles: tuple[Role, ...]
    persons: tuple[Person, ...]
    number: str

    def seen_by(self, place: int) -> Household:
        """That person first."""
        order = [place, *(one for one in range(SIZE) if one != place)]
        return Household(self.number, self.persons[0].address, tuple(self._member(place, one) for one in order))

    def spouse_of(self, place: int) -> Person | None:
        return next((self.persons[at] for at in range(SIZE) if self._relation(place, at) == "spouse"), None)

    def _member(self, place: int, other: int) -> Member:
        person = self.persons[other]
        return Member(self._relation(place, other), person.name, person.number)

    def _relation(self, place: int, other: int) -> Relation:
        return "self" if place == other else _RELATIONS[self.roles[place], self.roles[other]]


def family(seed: str, block: int) -> Family:
    chance = Chance(seed, "household", block)
    roles = chance.pick(_KINDS)
    region = chance.pick(homes()).code
    address = f"{written(region)}{chance.pick(words.STREETS)}{chance.whole(1, 300)}号{chance.pick(words.ESTATES)}"
    address += f"{chance.whole(1, 30)}栋{chance.whole(1, 30)}0{chance.whole(1, 6)}房"
    surname = chance.pick(words.SURNAMES)
    persons: list[Person] = []
    for place, role in enumerate(roles):
        person = _person(chance, block * SIZE + place, role, surname, first=roles.index(role) == place)
        persons.append(replace(person, region=region, address=address))
    return Family(roles, tuple(persons), f"{numbers.DIVISION}{block:08d}")


def _person(chance: Chance, index: int, role: Role, surname: str, *, first: bool) -> Person:
    sex = _sex(chance, role, first=first)
    own = surname if role in ("head", "child") or (role == "elder" and sex == 1) else chance.pick(words.SURNAMES)
    given = words.MALE if sex == 1 else words.FEMALE
    name = own + "".join(chance.pick(given) for _ in range(chance.whole(1, 2)))
    youngest, oldest = _AGES[role]
    birth = numbers.birthday(index, _years_ago(chance.whole(youngest, oldest)))
    number = numbers.citizen_number(index, birth, sex)
    end = None if role == "elder" else chance.day(AS_OF, _years_ago(-18))
    return Person(number, name, sex, birth, "", "", numbers.phone(index), numbers.bank_card(index), end)


def _sex(chance: Chance, role: Role, *, first: bool) -> Literal[1, 2]:
    if role == "child":
        return 1 if chance.happens(0.52) else 2
    return 1 if role == "head" or (role == "elder" and first) else 2


def _years_ago(years: int) -> date:
    """A first of January, so many years before; ahead of it when negative."""
    return date(AS_OF.year - years - 1, 1, 1)
