"""One edition of the catalogue, and what a terminal is sent of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Literal

from central.editions.model import Item
from central.editions.scope import Override, Place, offered

EditionKind = Literal["bundled", "published", "rolled_back"]


@dataclass(frozen=True)
class Head:
    """How an edition came about. It never changes: another one follows it."""

    number: int
    kind: EditionKind
    made_at: float
    """Seconds since 1970."""
    made_by: str
    """Id of an employee; empty for the centre itself."""
    note: str = ""
    source: int | None = None
    """Of a roll-back: the edition whose content came back."""


@dataclass(frozen=True)
class Edition:
    head: Head
    items: tuple[Item, ...]
    """In the order of the tiles."""
    overrides: tuple[Override, ...] = ()

    @property
    def number(self) -> int:
        return self.head.number

    @cached_property
    def by_code(self) -> Mapping[str, Item]:
        return {item.code: item for item in self.items}


def in_order(items: Mapping[str, Item]) -> tuple[Item, ...]:
    return tuple(sorted(items.values(), key=lambda item: (item.position, item.code)))


def payload(edition: Edition, place: Place) -> bytes:
    """JSON with one item a line, so that two editions differ by lines. It does not depend on the time: items say
    themselves from when until when they are offered."""
    made_at = datetime.fromtimestamp(edition.head.made_at, UTC).isoformat(timespec="seconds")
    head = f'{{"version": {edition.number}, "made_at": "{made_at}", "region": {_json(place.region)}, "items": [\n'
    lines = [_json(item.as_data()) for item in offered(edition.items, edition.overrides, place)]
    return "".join((head, ",\n".join(lines), "\n]}")).encode()


def is_open(item: Item, now: float) -> bool:
    """Whether it is offered at this time, in seconds since 1970."""
    moment = datetime.fromtimestamp(now, UTC)
    return not (item.starts_at and moment < item.starts_at) and not (item.ends_at and moment >= item.ends_at)


def _json(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, sort_keys=True)
