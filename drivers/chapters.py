"""The fault catalogue's chapters: each device class brings its own in ``faults.toml`` beside its code.

A row holds who must act, the verb of the simulated device that produces the fault (empty: none does), and what citizen,
staff and technician are told in each language::

    [paper_out]
    who = "staff"
    scenario = "paper_out"
    zh-Hans.citizen = "..."
    zh-Hans.staff = "..."
    zh-Hans.technician = "..."
"""

import logging
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

FILE: Final = "faults.toml"
_GROUP: Final = "kiosk.drivers"

Chapter = Mapping[str, Mapping[str, Any]]
"""Cause -> row."""

log = logging.getLogger(__name__)


@cache
def chapters() -> Mapping[str, Chapter]:
    """Device class -> its chapter. Imports no driver, only looks into the folders they are in."""
    found: dict[str, Chapter] = {}
    for point in entry_points(group=_GROUP):
        kind, package = point.name.partition(".")[0], point.module.rpartition(".")[0]
        ours, theirs = found.get(kind, {}), _chapter(package)
        found[kind] = {**ours, **theirs} if package.startswith("drivers.") else {**theirs, **ours}
    return MappingProxyType({kind: {**common(), **chapter} for kind, chapter in found.items()})


def common() -> Chapter:
    """Rows of every class that does not bring its own."""
    return _chapter("drivers")


@cache
def _chapter(package: str) -> Chapter:
    try:
        return tomllib.loads(files(package).joinpath(FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError, ModuleNotFoundError) as error:
        log.error("no fault chapter in %s: %s", package, error)
        return {}
