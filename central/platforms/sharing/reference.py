"""Data sharing over the synthetic province."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter

from central.platforms.errors import NotFound
from central.platforms.faults import Line
from central.platforms.sharing.contract import Item, Shared
from central.province.households import AS_OF
from central.province.records import Dossier, Firm
from central.province.register import Register

_FILE: Final = Path(__file__).with_name("items.toml")
_DOSSIER: Final = TypeAdapter(Dossier)
_FIRMS: Final = TypeAdapter(list[Firm])
_FIRM_ITEM: Final = "firms"


class ReferenceSharing:
    def __init__(self, line: Line, register: Register) -> None:
        self._line = line
        self._register = register

    def items(self) -> Sequence[Item]:
        return self._line.ask(lambda: tuple(item for item, _ in _items().values()), lambda items: items[:0])

    def fetch(self, number: str, items: Sequence[str]) -> Sequence[Shared]:
        return self._line.ask(lambda: self._fetch(number, items), _mixed_up)

    def _fetch(self, number: str, items: Sequence[str]) -> Sequence[Shared]:
        found = self._register.person(number)
        if found is None or not set(items) <= set(_items()):
            raise NotFound
        known = _DOSSIER.dump_python(found, mode="json")
        if _FIRM_ITEM in items:
            known[_FIRM_ITEM] = _FIRMS.dump_python(self._register.firms_of(number), mode="json")
        return tuple(_shared(code, known) for code in items)


def _shared(code: str, known: Mapping[str, Any]) -> Shared:
    item, place = _items()[code]
    return Shared(code, item.source, AS_OF.isoformat(), known[place])


@cache
def _items() -> Mapping[str, tuple[Item, str]]:
    """And where it stands in a record."""
    read = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return {code: (Item(code, fields["title"], fields["source"]), fields["of"]) for code, fields in read.items()}


def _mixed_up(answers: Sequence[Shared]) -> Sequence[Shared]:
    """A wrong answer: something else than was asked for."""
    return tuple(replace(one, item="") for one in answers)
