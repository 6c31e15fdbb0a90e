"""Texts by language: a folder a language, a TOML file a chapter, keys like ``screens.home.title``; and the faults."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, cast

from kiosk.catalogue.items import Language
from kiosk.text import chapters

_FOLDER = Path(__file__).parent


class Texts:
    """All texts of one language. A missing key is a programming error and raises ``KeyError``."""

    def __init__(self, language: Language, entries: Mapping[str, str]) -> None:
        self.language: Language = language
        self._entries = entries

    def __call__(self, key: str, **values: object) -> str:
        return self._entries[key].format(**values) if values else self._entries[key]

    def __contains__(self, key: str) -> bool:
        return key in self._entries

    def keys(self) -> frozenset[str]:
        return frozenset(self._entries)


@cache
def texts(language: Language) -> Texts:
    entries = chapters.texts_in(language)
    for file in sorted((_FOLDER / language).glob("*.toml")):
        chapter = tomllib.loads(file.read_text(encoding="utf-8"))
        entries.update(_flatten(file.stem, chapter))
    return Texts(language, entries)


def _flatten(prefix: str, table: Mapping[str, Any]) -> dict[str, str]:
    flat: dict[str, str] = {}
    for name, value in table.items():
        key = f"{prefix}.{name}"
        flat |= _flatten(key, cast("dict[str, Any]", value)) if isinstance(value, dict) else {key: str(value)}
    return flat
