"""What the casework wants to know of a service: who decides, and by when. Read from the catalogue's item."""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from central.rules import AT_ONCE

Texts = Mapping[str, str]

LEGAL_DAYS: Final = 20
"""Working days where the item names none: article 42 of the Administrative Licensing Law."""
_PLAIN: Final = re.compile(r"[a-z0-9-]{1,40}")


@dataclass(frozen=True)
class Handling:
    code: str
    title: Texts
    department: str
    """Its id: small letters, digits and dashes."""
    department_name: Texts
    by_department: bool
    """Whether somebody decides; else the rules of the centre did when it was filed."""
    legal_days: int = LEGAL_DAYS
    promised_days: int = LEGAL_DAYS
    materials: Mapping[str, Texts] = field(default_factory=dict[str, Texts])
    """What may be missing, by code."""
    labels: Mapping[str, Texts] = field(default_factory=dict[str, Texts])
    """What the fields of its form are called, by name; ``field.value`` what a choice is called."""

    @property
    def called(self) -> str:
        """For staff."""
        return self.title.get("zh-Hans", self.code)

    @property
    def department_called(self) -> str:
        return self.department_name.get("zh-Hans", self.department)


Items = Mapping[str, Mapping[str, Any]]
"""Of the catalogue, by code."""


class Services:
    """As the catalogue has them now. Safe from several threads."""

    def __init__(self, items: Callable[[], Items]) -> None:
        """``items`` gives the same mapping until the catalogue changes."""
        self._items = items
        self._read: tuple[Items, Mapping[str, Handling]] = ({}, {})

    def __call__(self, code: str) -> Handling | None:
        return self._handlings().get(code)

    def named(self, code: str) -> Handling:
        """Of one that the catalogue no longer has, too: without its names then."""
        return self(code) or Handling(code, {}, "", {}, by_department=True)

    def all(self) -> list[Handling]:
        return list(self._handlings().values())

    def departments(self) -> dict[str, Texts]:
        """Names by id."""
        return {one.department: one.department_name for one in self._handlings().values()}

    def department(self, told: str) -> str:
        """The id of what an account calls by its id or by its name."""
        known = self.departments()
        return next((one for one, names in known.items() if told in (one, *names.values())), told)

    def _handlings(self) -> Mapping[str, Handling]:
        items, read = self._read
        if items is not (now := self._items()):
            read = {code: handling(item) for code, item in now.items()}
            self._read = now, read
        return read


def handling(item: Mapping[str, Any]) -> Handling:
    """Of an item of the catalogue. ``decision`` (``at_once``, ``department``, ``none``) says who decides; an item that
    does not say is the department's unless the centre has a rule for it."""
    code, names = str(item["code"]), _texts(item.get("department"))
    legal = _days(item.get("legal_limit_days")) or LEGAL_DAYS
    decision = item.get("decision", "at_once" if code in AT_ONCE else "department")
    return Handling(
        code=code,
        title=_texts(item.get("title")),
        department=department_id(str(item.get("department_id", "")), names),
        department_name=names,
        by_department=decision == "department",
        legal_days=legal,
        promised_days=min(legal, _days(item.get("promised_days")) or legal),
        materials=dict(_coded(item.get("materials"), "code", "title")),
        labels=_labels(item.get("form")),
    )


def department_id(given: str, names: Texts) -> str:
    """As subjects and accounts write it; made of its name where the catalogue gives none."""
    if _PLAIN.fullmatch(given):
        return given
    return "d-" + hashlib.sha256(names.get("zh-Hans", "").encode()).hexdigest()[:8]


def _days(value: object) -> int:
    return value if isinstance(value, int) and 0 < value <= 250 else 0


def _texts(value: object) -> dict[str, str]:
    """An item that was published says them in every language; ``{}`` of anything else."""
    if not isinstance(value, Mapping):
        return {}
    return {str(language): str(text) for language, text in cast("Mapping[Any, Any]", value).items()}


def _labels(form: object) -> dict[str, Texts]:
    found = dict(_coded(form, "name", "label"))
    for one in _parts(form):
        choices = _coded(one.get("options"), "value", "label")
        found |= {f"{one.get('name')}.{value}": label for value, label in choices}
    return found


def _coded(listed: object, key: str, text: str) -> list[tuple[str, Texts]]:
    return [(str(one[key]), _texts(one.get(text))) for one in _parts(listed) if key in one]


def _parts(listed: object) -> list[dict[str, Any]]:
    parts = cast("list[Any]", listed) if isinstance(listed, list | tuple) else []
    return [cast("dict[str, Any]", one) for one in parts if isinstance(one, dict)]
