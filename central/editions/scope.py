"""What of an edition a place is offered: where items may be done, and what regions and terminals have otherwise."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from central.editions.model import Item

_NAMED: Final = re.compile(r"[A-Z]*([0-9]{6})")
_PROVINCE: Final = 2
"""Digits of a province's number that count."""
Offer = Literal["offered", "withheld"]


@dataclass(frozen=True)
class Override:
    """What a region or one terminal is offered whatever the item says."""

    item: str
    place: str
    """A region, or the name of a terminal."""
    offer: Offer
    reason: str = ""
    """For people; it is not sent."""


@dataclass(frozen=True)
class Place:
    terminal: str
    region: str


def region_of(terminal: str) -> str:
    """The six digits that follow the letters of its name, by which terminals are numbered: GD4401001 stands in 440100.
    Empty for another name, which tells nothing."""
    named = _NAMED.match(terminal)
    return named[1] if named else ""


def place_of(terminal: str) -> Place:
    return Place(terminal, region_of(terminal))


def covers(region: str, other: str) -> bool:
    """Whether ``other`` lies in it: 440000 covers 440106, and 440106 covers 440106001. A place nobody knows has what
    holds for a whole province."""
    counting = _significant(region)
    return other.startswith(counting) if other else len(counting) <= _PROVINCE


def _significant(region: str) -> str:
    """Without the zeros that stand for all of it: two digits each for province, city and district, three beyond."""
    beyond = re.sub(r"(000)+$", "", region[6:])
    return region[:6] + beyond if beyond else re.sub(r"(00){1,3}$", "", region[:6])


def offered(items: Iterable[Item], overrides: Iterable[Override], place: Place) -> list[Item]:
    """In their order. The override of the terminal itself counts most, then that of the smallest region."""
    decided: dict[str, Override] = {}
    for override in sorted(overrides, key=_weight):
        if override.place == place.terminal or (override.place.isdigit() and covers(override.place, place.region)):
            decided[override.item] = override
    return [item for item in items if _is_offered(item, decided.get(item.code), place)]


def _is_offered(item: Item, override: Override | None, place: Place) -> bool:
    if override:
        return override.offer == "offered"
    return any(covers(region, place.region) for region in item.where)


def _weight(override: Override) -> tuple[bool, int]:
    return not override.place.isdigit(), len(_significant(override.place))
