"""The rows of the fault catalogue: the terminal's own and those that each device class brings along."""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from drivers.chapters import Chapter
from drivers.chapters import chapters as of_drivers
from kiosk.catalogue.items import Language

READERS: Final = ("citizen", "staff", "technician")
_OWN: Final = Path(__file__).with_name("faults.toml")


@cache
def chapters() -> Mapping[str, Chapter]:
    """Where a fault is (``id_card``, ``network``) -> cause -> row."""
    return MappingProxyType({**of_drivers(), **tomllib.loads(_OWN.read_text(encoding="utf-8"))})


def rows() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Fault id and row, one after another."""
    for place, chapter in chapters().items():
        for cause, row in chapter.items():
            yield f"{place}.{cause}", row


def texts_in(language: Language) -> dict[str, str]:
    """``faults.id_card.refused.citizen`` -> text. A driver of somebody else may lack a language: then it is English."""
    return {
        f"faults.{fault}.{reader}": str(_words(row, language)[reader]) for fault, row in rows() for reader in READERS
    }


def _words(row: Mapping[str, Any], language: Language) -> Mapping[str, str]:
    return row.get(language) or row["en"]
