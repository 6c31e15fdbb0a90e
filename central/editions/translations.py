"""Texts that stand in a language without being written in it. A missing one is an error and found by the check."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from central.editions.flaws import Flaw, Path
from central.editions.model import Item
from central.editions.vocabulary import LANGUAGES

_HAN: Final = re.compile(r"[\u3400-\u9fff]")


def untranslated(item: Item) -> Iterator[Flaw]:
    """English that is Chinese, traditional characters among simplified ones and the other way round."""
    for path, texts in texts_of(item.model_dump(mode="json", exclude_defaults=True)):
        yield from _doubts(path, texts)


def texts_of(data: object, path: Path = ()) -> Iterator[tuple[Path, Mapping[str, str]]]:
    """Every text of an item, in all its languages."""
    if isinstance(data, dict):
        fields = cast("dict[str, Any]", data)
        if fields.keys() == set(LANGUAGES):
            yield path, fields
            return
        for name, value in fields.items():
            yield from texts_of(value, (*path, name))
    elif isinstance(data, list):
        for at, value in enumerate(cast("list[Any]", data)):
            yield from texts_of(value, (*path, at))


def _doubts(path: Path, texts: Mapping[str, str]) -> Iterator[Flaw]:
    if _HAN.search(texts["en"]):
        yield Flaw((*path, "en"), "is Chinese", "英文里还是中文")
    # each writing has a character set of its own, GB 2312 and Big5, without most characters of the other
    if odd := _foreign(texts["zh-Hant"], "big5", "gb2312"):
        yield Flaw((*path, "zh-Hant"), f"has simplified characters: {odd}", f"繁体里有简体字：{odd}")
    if odd := _foreign(texts["zh-Hans"], "gb2312", "big5"):
        yield Flaw((*path, "zh-Hans"), f"has traditional characters: {odd}", f"简体里有繁体字：{odd}")


def _foreign(text: str, own: str, other: str) -> str:
    """Characters of the other writing; those of neither set are rare, not wrong."""
    odd = (one for one in _HAN.findall(text) if not one.encode(own, "ignore") and one.encode(other, "ignore"))
    return "".join(dict.fromkeys(odd))
