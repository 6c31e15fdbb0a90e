"""What changed between two editions, in words for people who do not read data."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, cast

from central.editions import fields
from central.editions.edition import Edition
from central.editions.flaws import Path
from central.editions.model import Item
from central.editions.scope import Override
from central.editions.vocabulary import NAMES

Kind = Literal["added", "removed", "changed", "moved"]
_VERBS: Final[Mapping[Kind, tuple[str, str]]] = {
    "added": ("added", "新增"),
    "removed": ("removed", "删除"),
    "changed": ("changed", "改为"),
    "moved": ("put in another order", "调整了次序"),
}
_LANGUAGES: Final = {"zh-Hans": "简体", "zh-Hant": "繁体", "en": "英文"}
_MARKS: Final = ("name", "value", "code", "kind")
"""By which entries of a list are told apart, the first that they have."""


@dataclass(frozen=True)
class Difference:
    """``before`` and ``after`` as JSON has them; ``None`` where there was nothing."""

    item: str
    path: Path
    """Names of fields; entries of a list by what tells them apart."""
    kind: Kind
    before: Any = None
    after: Any = None

    def __str__(self) -> str:
        where = ".".join(map(str, (self.item, *self.path)))
        match self.kind:
            case "changed":
                return f"{where}: {_shown(self.before)} -> {_shown(self.after)}"
            case _:
                return f"{where}: {_VERBS[self.kind][0]}"

    def in_chinese(self) -> str:
        where = label(self.path)
        match self.kind:
            case "changed":
                return f"{where}：“{_named(self.before)}”改为“{_named(self.after)}”"
            case _ if not self.path:
                return {"added": "新增事项", "removed": "取消事项"}.get(self.kind, where)
            case _:
                value = self.after if self.kind == "added" else self.before
                where = label(self.path[:-1]) if value == self.path[-1] else where
                what = _named(value)
                return f"{where}：{_VERBS[self.kind][1]}{f'“{what}”' if what else ''}"


def between(old: Edition | None, new: Edition) -> list[Difference]:
    """By item, in the order of the new edition; what is gone comes last."""
    before: Mapping[str, Item] = old.by_code if old else {}
    found: list[Difference] = []
    for code in {**new.by_code, **before}:
        found += of_item(before.get(code), new.by_code.get(code))
    return found + list(_of_overrides(old.overrides if old else (), new.overrides))


def of_item(old: Item | None, new: Item | None) -> list[Difference]:
    """The version is left out: it only counts the changes."""
    if old is None:
        return [Difference(new.code, (), "added")] if new else []
    if new is None:
        return [Difference(old.code, (), "removed")]
    return [one for one in _walk(new.code, (), old.as_data(), new.as_data()) if one.path != ("version",)]


def label(path: Path) -> str:
    """Of a place in an item, as the console calls it; entries of a list by their mark or by their place from 0."""
    found: list[str] = []
    kind: Any = Item
    for part in path:
        name = str(part)
        if isinstance(part, int):
            found.append(f"第 {part + 1} 项")
            kind = fields.entry_of(kind)
            continue
        title = fields.title_of(kind, name)
        found.append(title or _LANGUAGES.get(name) or f"“{name}”")
        kind = fields.type_of_field(kind, name) if title else fields.entry_of(kind)
    return " › ".join(found)


def _walk(item: str, path: Path, old: Any, new: Any) -> Iterator[Difference]:
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        yield from _fields(item, path, cast("dict[str, Any]", old), cast("dict[str, Any]", new))
    elif isinstance(old, list) and isinstance(new, list):
        yield from _entries(item, path, cast("list[Any]", old), cast("list[Any]", new))
    elif old is None or new is None:
        yield Difference(item, path, "added" if old is None else "removed", old, new)
    else:
        yield Difference(item, path, "changed", old, new)


def _fields(item: str, path: Path, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    for name in {**old, **new}:
        yield from _walk(item, (*path, name), old.get(name), new.get(name))


def _entries(item: str, path: Path, old: list[Any], new: list[Any]) -> Iterator[Difference]:
    before, after = _marked(old), _marked(new)
    for mark in {**after, **before}:
        yield from _walk(item, (*path, mark), before.get(mark), after.get(mark))
    stayed = [mark for mark in before if mark in after]
    if stayed != [mark for mark in after if mark in before]:
        yield Difference(item, path, "moved", old, new)


def _marked(entries: list[Any]) -> dict[str, Any]:
    """Entries that nothing tells apart are told apart by their place."""
    marks = [_mark(entry) for entry in entries]
    unique = len(set(marks)) == len(marks) and all(marks)
    return {
        mark if unique else str(place): entry for place, (mark, entry) in enumerate(zip(marks, entries, strict=True), 1)
    }


def _mark(entry: Any) -> str:
    if isinstance(entry, dict):
        fields = cast("dict[str, Any]", entry)
        return next((str(fields[name]) for name in _MARKS if name in fields), "")
    return str(entry)


def _of_overrides(old: tuple[Override, ...], new: tuple[Override, ...]) -> Iterator[Difference]:
    before = {(one.item, one.place): one.offer for one in old}
    after = {(one.item, one.place): one.offer for one in new}
    for item, place in {**after, **before}:
        yield from _walk(item, ("places", place), before.get((item, place)), after.get((item, place)))


def _shown(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def _named(value: Any) -> str:
    """In a few words; empty where there are none for it."""
    match value:
        case bool():
            return "是" if value else "否"
        case str():
            return NAMES.get(value, value)
        case int() | float():
            return str(value)
        case {"zh-Hans": str(text)} | {"label": {"zh-Hans": str(text)}} | {"title": {"zh-Hans": str(text)}}:
            return text
        case _:
            return ""
