"""Everything that is wrong with an item, at once: where it is, what it is, and what may have been meant."""

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from central.editions import fields
from central.editions.consistency import inconsistencies
from central.editions.flaws import Flaw, Path
from central.editions.model import Item

LARGEST: Final = 1 << 18
"""Bytes of one item's file."""
_ENDLESS: Final = re.compile(rb"(?:[\w\"'-]+[ \t]*\.[ \t]*){40}")
"""Keys that tomllib would take minutes for."""
_KINDS: Final[Mapping[str, tuple[str, str]]] = {
    "missing": ("is missing", "没有填"),
    "extra_forbidden": ("is not known", "不认识这个字段"),
    "literal_error": ("must be one of {expected}", "只能是 {expected}"),
    "string_type": ("must be text", "要填文字"),
    "string_too_short": ("must not be empty", "不能为空"),
    "string_too_long": ("is longer than {max_length} characters", "超过 {max_length} 个字"),
    "string_pattern_mismatch": ("does not have the form {pattern}", "格式不对，应为 {pattern}"),
    "int_type": ("must be a whole number", "要填整数"),
    "int_from_float": ("must be a whole number", "要填整数"),
    "float_type": ("must be a number", "要填数字"),
    "finite_number": ("must be a number", "要填数字"),
    "bool_type": ("must be true or false", "只能是 true 或 false"),
    "greater_than": ("must be more than {gt}", "要大于 {gt}"),
    "greater_than_equal": ("must be at least {ge}", "不能小于 {ge}"),
    "less_than_equal": ("must be at most {le}", "不能大于 {le}"),
    "tuple_type": ("must be a list", "要填成列表"),
    "too_short": ("needs at least {min_length}", "至少要有 {min_length} 项"),
    "model_type": ("must be a table", "要填成一组字段"),
    "dict_type": ("must be a table with the languages", "要按语言分别填写"),
    "datetime_type": ("must be a date with time", "要填日期和时间"),
    "datetime_from_date_parsing": ("must be a date with time", "要填日期和时间"),
    "datetime_parsing": ("must be a date with time", "要填日期和时间"),
    "timezone_aware": ("must say its time zone, such as +08:00", "要写明时区，例如 +08:00"),
}
"""By kind of pydantic's errors; what is not here is told in its own words."""


class BadItem(Exception):
    """An item cannot be used; :attr:`flaws` tells all that is wrong with it."""

    def __init__(self, flaws: Iterable[Flaw]) -> None:
        self.flaws = tuple(flaws)
        super().__init__("; ".join(map(str, self.flaws)))


@dataclass(frozen=True)
class Checked:
    """``item`` is there when nothing is wrong with it; ``flaws`` are in the order of the file's fields."""

    item: Item | None
    flaws: tuple[Flaw, ...] = ()

    def require(self) -> Item:
        """Raises :class:`BadItem`."""
        if self.item is None:
            raise BadItem(self.flaws)
        return self.item


def check_file(content: bytes, file: str) -> Checked:
    """Of TOML, encoded as UTF-8. Any bytes will do: what cannot be read is a flaw like others."""
    if len(content) > LARGEST:
        return _unreadable(f"is larger than {LARGEST} bytes", f"超过 {LARGEST} 字节", file)
    if _ENDLESS.search(content):
        return _unreadable("has a key of too many parts", "字段名的层数太多", file)
    try:
        data = tomllib.loads(content.decode())
    except UnicodeDecodeError as error:
        return _unreadable(f"is not UTF-8 (byte {error.start})", f"不是 UTF-8 编码（第 {error.start} 字节）", file)
    except (ValueError, RecursionError) as error:
        reason = str(error) if isinstance(error, tomllib.TOMLDecodeError) else type(error).__name__
        return _unreadable(f"is not TOML: {reason}", f"不是 TOML：{reason}", file)
    checked = check_data(data)
    return replace(checked, flaws=tuple(replace(flaw, file=file) for flaw in checked.flaws))


def check_data(data: Mapping[str, Any]) -> Checked:
    """Of what stands in a file, a form or a row of the database."""
    try:
        # as JSON: a list is a tuple there, and nothing else is let pass for what it is not
        item = Item.model_validate_json(json.dumps(data, default=_moment))
    except ValidationError as error:
        return Checked(None, tuple(_flaws(error.errors(include_url=False))))
    except (ValueError, RecursionError, TypeError):
        return _unreadable("holds what no item can hold", "含有事项里不能有的内容", "")
    wrong = tuple(inconsistencies(item))
    return Checked(None if wrong else item, wrong)


def _moment(value: object) -> str:
    if isinstance(value, date | time):
        return value.isoformat()
    raise TypeError


def _unreadable(english: str, chinese: str, file: str) -> Checked:
    return Checked(None, (Flaw((), english, chinese, file=file),))


def _flaws(details: Sequence[ErrorDetails]) -> Iterator[Flaw]:
    for detail in details:
        path = detail["loc"]
        inside = any(len(other["loc"]) > len(path) and other["loc"][: len(path)] == path for other in details)
        if detail["type"] != "too_short" or not inside:  # pydantic counts what is wrong inside as not there
            yield _flaw(detail)


def _flaw(detail: ErrorDetails) -> Flaw:
    path: Path = detail["loc"]
    told = detail.get("ctx", {})
    meant = ""
    match detail["type"]:
        case "literal_error":
            expected = fields.expected_at(path)
            told = {"expected": ", ".join(expected)}
            meant = fields.nearest(str(detail["input"])[:64], expected)
        case "extra_forbidden":
            meant = fields.field_meant(path)
        case _:
            pass
    english, chinese = _KINDS.get(detail["type"], (detail["msg"], detail["msg"]))
    return Flaw(path, _filled(english, told), _filled(chinese, told), meant=meant)


def _filled(text: str, told: Mapping[str, Any]) -> str:
    for name, value in told.items():
        text = text.replace(f"{{{name}}}", str(value))
    return text
