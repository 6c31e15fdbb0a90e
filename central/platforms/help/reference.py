"""Help from the file ``faq.toml``."""

import tomllib
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final

from central.platforms.faults import Line
from central.platforms.help.contract import Entry
from central.platforms.help.searching import search

_FILE: Final = Path(__file__).with_name("faq.toml")


class ReferenceHelp:
    def __init__(self, line: Line) -> None:
        self._line = line

    def search(self, query: str, limit: int) -> Sequence[Entry]:
        return self._line.ask(lambda: search(_entries(), query, limit), _speechless)

    def entries(self) -> Sequence[Entry]:
        return self._line.ask(_entries, _speechless)


@cache
def _entries() -> tuple[Entry, ...]:
    read = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return tuple(
        Entry(code, one["question"], one["answer"], tuple(one["keywords"]), tuple(one.get("services", ())))
        for code, one in read.items()
    )


def _speechless(entries: Sequence[Entry]) -> Sequence[Entry]:
    """A wrong answer: none, and in no language."""
    return tuple(replace(one, answer={}) for one in entries)
