"""Editions as the database has them: each item in the version it had, so that old ones come back unchanged."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from central.editions.edition import Edition, Head, in_order
from central.editions.errors import Overtaken, UnknownEdition
from central.editions.model import Item
from central.editions.scope import Override
from central.storage.editions import EditionRow, Editions, ItemRow, ItemVersion

NONE: Final = Edition(Head(0, "bundled", 0.0, ""), ())
"""Before the first."""


def newest(editions: Editions) -> Edition:
    number = editions.newest()
    return load(editions, number) if number else NONE


def load(editions: Editions, number: int) -> Edition:
    """Raises :class:`UnknownEdition`."""
    row = editions.edition(number)
    if row is None:
        raise UnknownEdition(str(number))
    versions = row.versions()
    found = editions.items(versions)
    items = {one.code: stored(one.content) for one in found.values()}
    return Edition(head_of(row), in_order(items), tuple(Override(*one) for one in json.loads(row.overrides)))


def withdrawn(editions: Editions, edition: Edition) -> dict[str, Item]:
    """What is in force no more, as it was last, by code: a terminal that was offline for long still files it."""
    last = {code: editions.history(code)[0] for code in editions.codes() - set(edition.by_code)}
    return {code: stored(row.content) for code, row in last.items()}


def stored(content: str) -> Item:
    """It was checked when it was proposed: rules that came later are for what comes later."""
    return Item.model_validate_json(content)


def head_of(row: EditionRow) -> Head:
    return Head(row.number, row.kind, row.made_at, row.made_by, row.note, row.source)


def keep(editions: Editions, head: Head, items: Iterable[Item], overrides: Iterable[Override]) -> None:
    """Raises :class:`Overtaken`."""
    versions = [_kept(editions, item) for item in items]
    listed = [[one.item, one.place, one.offer, one.reason] for one in overrides]
    row = EditionRow(**vars(head), items=json.dumps(versions), overrides=json.dumps(listed, ensure_ascii=False))
    if not editions.add_edition(row):
        raise Overtaken


def _kept(editions: Editions, item: Item) -> ItemVersion:
    """The version this content had before, or the next one."""
    content = content_of(item)
    digest = hashlib.sha256(_json(content).encode()).hexdigest()
    history = editions.history(item.code)
    for known in history:
        if known.digest == digest:
            return known.code, known.version
    version = max((known.version for known in history), default=item.version - 1) + 1
    editions.add_item(ItemRow(item.code, version, digest, _json({**content, "version": version})))
    return item.code, version


def content_of(item: Item) -> dict[str, Any]:
    """All but the version, which only counts."""
    return {name: value for name, value in item.as_data().items() if name != "version"}


def _json(data: Mapping[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, sort_keys=True)
