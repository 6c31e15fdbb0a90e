"""What people call the actions of the audit."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

_FILE: Final = Path(__file__).with_name("actions.toml")


@cache
def titles() -> Mapping[str, str]:
    """By ``area.verb``."""
    areas = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return {f"{area}.{verb}": title for area, verbs in areas.items() for verb, title in verbs.items()}


def title(action: str) -> str:
    """The action itself when it has none: the audit holds rows of every version there was."""
    return titles().get(action, action)
