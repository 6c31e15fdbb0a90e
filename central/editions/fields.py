"""The schema asked about itself: what a field is called, what it holds, and what a wrong word may have meant."""

import types
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from typing_extensions import is_typeddict

from central.editions.flaws import Path
from central.editions.model import Item


def field_meant(path: Path) -> str:
    """The known field nearest to the unknown one that ``path`` ends with; empty when none is near."""
    holder = _type_at(path[:-1])
    return nearest(str(path[-1]), list(fields_of(holder)))


def expected_at(path: Path) -> tuple[str, ...]:
    """The words that may stand there."""
    found = plain(_type_at(path))
    return get_args(found) if get_origin(found) is Literal else ()


def nearest(word: str, known: Sequence[str]) -> str:
    return next(iter(get_close_matches(word, known, n=1, cutoff=0.6)), "")


def fields_of(kind: Any) -> Iterator[str]:
    kind = plain(kind)
    if is_typeddict(kind):
        yield from kind.__annotations__
    elif isinstance(kind, type) and issubclass(kind, BaseModel):
        yield from kind.model_fields


def type_of_field(kind: Any, name: str) -> Any:
    """``None`` where there is no such field."""
    kind = plain(kind)
    if is_typeddict(kind):
        return kind.__annotations__.get(name)
    if isinstance(kind, type) and issubclass(kind, BaseModel) and name in kind.model_fields:
        return kind.model_fields[name].annotation
    return None


def title_of(kind: Any, name: str) -> str:
    """What the console calls a field; empty where there is no such field."""
    kind = plain(kind)
    if isinstance(kind, type) and issubclass(kind, BaseModel) and name in kind.model_fields:
        return kind.model_fields[name].title or ""
    return ""


def entry_of(kind: Any) -> Any:
    """Of what a list is; ``None`` when it is none."""
    kind = plain(kind)
    return get_args(kind)[0] if get_origin(kind) is tuple else None


def plain(kind: Any) -> Any:
    """Without what only limits it or lets it be absent."""
    while True:
        if get_origin(kind) is Annotated:
            kind = get_args(kind)[0]
        elif get_origin(kind) in (Union, types.UnionType):
            kind = next(one for one in get_args(kind) if one is not type(None))
        else:
            return kind


def _type_at(path: Path) -> Any:
    found: Any = Item
    for part in path:
        found = get_args(plain(found))[0] if isinstance(part, int) else type_of_field(found, part)
    return found
