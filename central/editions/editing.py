"""An item as form fields: drawn from the schema, so that a new field of it is a field of the form."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, cast, get_args, get_origin

from pydantic import BaseModel
from typing_extensions import is_typeddict

from central.editions import fields as schema
from central.editions.flaws import Flaw
from central.editions.model import Item
from central.editions.vocabulary import NAMES

Widget = Literal["line", "area", "lines", "tick", "choice", "checks", "moment"]
_LANGUAGES: Final = {"zh-Hans": "简体中文", "zh-Hant": "繁體中文", "en": "English"}
_SHORT: Final = frozenset({"title", "short_title", "label", "unit"})
_CHINA: Final = "+08:00"
_MINUTES: Final = len("2026-12-01T09:00")
LARGEST_LIST: Final = 100


@dataclass(frozen=True)
class Input:
    """One control. ``name`` is its place in the item, with dots."""

    name: str
    label: str
    widget: Widget
    value: str = ""
    values: tuple[str, ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    """Value and title."""
    hint: str = ""
    error: str = ""
    required: bool = False


@dataclass(frozen=True)
class Group:
    """A part of the item; ``entries`` of a list, each a group that can be moved and taken out."""

    name: str
    label: str
    children: tuple["Input | Group", ...] = ()
    is_list: bool = False
    error: str = ""
    is_texts: bool = False
    """The same in several languages."""
    at: int | None = None
    """Its place, where it is an entry of a list."""


@dataclass
class _Told:
    """What is said of each place, in Chinese; those that are shown are taken."""

    by_place: dict[str, str] = field(default_factory=dict[str, str])

    @classmethod
    def of(cls, flaws: Iterable[Flaw]) -> "_Told":
        told = cls()
        for flaw in flaws:
            before = told.by_place.get(flaw.place)
            told.by_place[flaw.place] = f"{before}；{flaw.in_chinese()}" if before else flaw.in_chinese()
        return told

    def take(self, name: str) -> str:
        return self.by_place.pop(name, "")


def form(data: Mapping[str, Any], flaws: Sequence[Flaw] = ()) -> tuple[tuple[Input | Group, ...], list[str]]:
    """The fields of an item that may be wrong, and what is wrong at no field of the form."""
    told = _Told.of(flaws)
    made = tuple(_fields(Item, "", data, told, skipped={"version"}))
    return made, [f"{place}：{said}" if place else said for place, said in told.by_place.items()]


def read(sent: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """What a form like that was filled with: whatever it is, for the check to judge."""
    return _read_fields(Item, "", sent)


def changed(data: dict[str, Any], action: str) -> dict[str, Any]:
    """After a button beside a list: ``add:form``, ``remove:form.2``, ``up:form.2``; others change nothing."""
    verb, _, place = action.partition(":")
    *parts, last = place.split(".")
    if verb == "add" and (found := _list_at(data, [*parts, last], make=True)) is not None:
        if len(found) < LARGEST_LIST:
            found.append({})
    elif (found := _list_at(data, parts)) is not None and last.isascii() and last.isdigit() and int(last) < len(found):
        at = int(last)
        if verb == "remove":
            del found[at]
        elif verb == "up" and at > 0:
            found[at - 1], found[at] = found[at], found[at - 1]
    return data


# --- from the schema to fields -------------------------------------------------------------------------------------


def _fields(
    kind: type[BaseModel], name: str, data: Mapping[str, Any], told: _Told, skipped: Iterable[str] = ()
) -> Iterator[Input | Group]:
    for key, info in kind.model_fields.items():
        if key not in skipped:
            label = info.title or key
            usual = None if info.is_required() else info.default
            made = _node(info.annotation, _join(name, key), label, data.get(key, usual), told, info.is_required())
            yield _hinted(made, info.description or "") if isinstance(made, Input) else made


def _node(annotation: Any, name: str, label: str, value: Any, told: _Told, required: bool) -> Input | Group:
    kind = schema.plain(annotation)
    if is_typeddict(kind):
        return _texts(name, label, value, told, required)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        children = tuple(_fields(kind, name, _mapping(value), told))
        return Group(name, label, children, error=told.take(name))
    if get_origin(kind) is tuple:
        return _many(get_args(kind)[0], name, label, value, told, required)
    return _input(kind, name, label, value, told, required)


def _many(entry: Any, name: str, label: str, value: Any, told: _Told, required: bool) -> Input | Group:
    entries = cast("list[Any]", value) if isinstance(value, list) else []
    kind = schema.plain(entry)
    if is_typeddict(kind) or (isinstance(kind, type) and issubclass(kind, BaseModel)):
        children = tuple(_entry(kind, f"{name}.{at}", label, one, told, at) for at, one in enumerate(entries))
        return Group(name, label, children, is_list=True, error=told.take(name))
    values = tuple(str(one) for one in entries)
    error = "；".join(filter(None, (told.take(name), *(told.take(f"{name}.{at}") for at in range(len(values))))))
    if get_origin(kind) is Literal and name != "steps":
        return Input(name, label, "checks", values=values, options=_options(kind), error=error, required=required)
    hint = "一行一个" + (f"，按次序：{'、'.join(get_args(kind))}" if get_origin(kind) is Literal else "")
    return Input(name, label, "lines", "\n".join(values), hint=hint, error=error, required=required)


def _entry(kind: Any, name: str, label: str, value: Any, told: _Told, at: int) -> Group:
    title = f"{label} {at + 1}"
    if is_typeddict(kind):
        made = _texts(name, title, value, told, required=True)
        return Group(name, title, made.children, is_texts=True, error=made.error, at=at)
    children = tuple(_fields(kind, name, _mapping(value), told))
    return Group(name, title, children, error=told.take(name), at=at)


def _texts(name: str, label: str, value: Any, told: _Told, required: bool) -> Group:
    said = _mapping(value)
    widget: Widget = "line" if name.rpartition(".")[2] in _SHORT else "area"
    children = tuple(
        Input(
            f"{name}.{one}", title, widget, str(said.get(one, "")), error=told.take(f"{name}.{one}"), required=required
        )
        for one, title in _LANGUAGES.items()
    )
    return Group(name, label, children, is_texts=True, error=told.take(name))


def _input(kind: Any, name: str, label: str, value: Any, told: _Told, required: bool) -> Input:
    error = told.take(name)
    text = "" if value is None else str(value)
    if kind is bool:
        return Input(name, label, "tick", "yes" if value is True else "", error=error)
    if get_origin(kind) is Literal:
        options = (*(() if required else (("", "—"),)), *_options(kind))
        return Input(name, label, "choice", text, options=options, error=error, required=required)
    if name in ("starts_at", "ends_at"):
        return Input(name, label, "moment", text[:_MINUTES], error=error, hint="北京时间")
    return Input(name, label, "line", text, error=error, required=required)


def _hinted(made: Input, hint: str) -> Input:
    return replace(made, hint=hint) if hint else made


def _options(kind: Any) -> tuple[tuple[str, str], ...]:
    return tuple((one, f"{NAMES.get(one, one)}（{one}）") for one in get_args(kind))


# --- from fields to data -------------------------------------------------------------------------------------------


def _read_fields(kind: type[BaseModel], name: str, sent: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    found = {key: _read(info.annotation, _join(name, key), sent) for key, info in kind.model_fields.items()}
    return {key: value for key, value in found.items() if value not in (None, {}, [])}


def _read(annotation: Any, name: str, sent: Mapping[str, Sequence[str]]) -> Any:
    kind = schema.plain(annotation)
    if is_typeddict(kind):
        said = {one: _one(sent, f"{name}.{one}") for one in _LANGUAGES}
        return {one: text for one, text in said.items() if text}
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return _read_fields(kind, name, sent)
    if get_origin(kind) is tuple:
        return _read_many(get_args(kind)[0], name, sent)
    return _value(kind, _one(sent, name), name)


def _read_many(entry: Any, name: str, sent: Mapping[str, Sequence[str]]) -> list[Any]:
    kind = schema.plain(entry)
    if is_typeddict(kind) or (isinstance(kind, type) and issubclass(kind, BaseModel)):
        return [_read(entry, f"{name}.{at}", sent) for at in _places(name, sent)]
    if get_origin(kind) is Literal and name != "steps":
        return list(sent.get(name, ()))
    return [line.strip() for line in _one(sent, name).splitlines() if line.strip()]


def _value(kind: Any, text: str, name: str) -> Any:
    """What is no number is left as it is: the check says so beside the field."""
    if kind is bool:
        return bool(text)
    if not text:
        return None
    if kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            return text
    if name in ("starts_at", "ends_at") and len(text) == _MINUTES:
        return f"{text}:00{_CHINA}"
    return text


def _places(name: str, sent: Mapping[str, Sequence[str]]) -> list[int]:
    start = f"{name}."
    heads = {key[len(start) :].partition(".")[0] for key in sent if key.startswith(start)}
    return sorted(int(one) for one in heads if one.isascii() and one.isdigit() and int(one) < LARGEST_LIST)


def _one(sent: Mapping[str, Sequence[str]], name: str) -> str:
    return next(iter(sent.get(name, ())), "").strip().replace("\r\n", "\n")


def _list_at(data: Any, parts: Sequence[str], *, make: bool = False) -> list[Any] | None:
    """``None`` where there is none; an empty one is made at a field of a table that is there."""
    for place, part in enumerate(parts):
        is_last = place == len(parts) - 1
        if isinstance(data, list) and part.isascii() and part.isdigit() and int(part) < len(cast("list[Any]", data)):
            data = cast("list[Any]", data)[int(part)]
        elif isinstance(data, dict):
            table = cast("dict[str, Any]", data)
            data = table.setdefault(part, [] if is_last else {}) if make else table.get(part)
        else:
            return None
    return cast("list[Any]", data) if isinstance(data, list) else None


def _join(name: str, key: str) -> str:
    return f"{name}.{key}" if name else key


def _mapping(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}
