"""Where terminals stand, as far as anybody knows."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from central.province.regions import regions
from central.storage.database import Transaction

_GOOD: Final = 60.0
"""Seconds."""
_LANGUAGE: Final = "zh-Hans"


@dataclass(frozen=True)
class Place:
    hall: str = ""
    """Its name; the terminal's own where it stands in none."""
    region: str = ""
    """Name of the city."""
    longitude: float | None = None
    latitude: float | None = None


NOWHERE: Final = Place()


class Places(Protocol):
    def all(self, transaction: Transaction) -> Mapping[str, Place]:
        """By terminal; without those of which nothing is known."""
        ...


def hall_of(places: Places, transaction: Transaction, terminal: str) -> str:
    """The terminal's own name where it stands in no hall."""
    return places.all(transaction).get(terminal, NOWHERE).hall or terminal


class FromProvince:
    """As the synthetic province has it; read anew now and then, since halls do not move."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._read_at: float | None = None
        self._places: Mapping[str, Place] = {}

    def all(self, transaction: Transaction) -> Mapping[str, Place]:
        if self._read_at is None or self._clock() - self._read_at > _GOOD:
            self._places = _read(transaction)
            self._read_at = self._clock()
        return self._places


def _read(transaction: Transaction) -> dict[str, Place]:
    told = {row.code: (row, json.loads(row.content)) for row in transaction.provinces.places()}
    return {
        code: _place(row.region, content, told[content["hall"]][1] if content.get("hall") in told else content)
        for code, (row, content) in told.items()
        if row.kind == "terminal"
    }


def _place(region: str, content: Mapping[str, Any], hall: Mapping[str, Any]) -> Place:
    known = regions().get(region)
    city = regions()[known.city].title[_LANGUAGE] if known else ""
    return Place(hall["title"][_LANGUAGE], city, content["longitude"], content["latitude"])
