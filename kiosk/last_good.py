"""The settings that worked last, kept beside the settings file: what the terminal starts with when somebody broke it.

A copy in the same folder, so that relative paths in it mean the same.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kiosk import config
from kiosk.bus.connection import BusError, request
from kiosk.bus.messages import Children, ChildrenRequest
from kiosk.config import OVERRIDE, ConfigError, Problem
from kiosk.files import replace_file
from kiosk.settings import Settings

SUFFIX: Final = ".last-good"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Chosen:
    """Which file the terminal runs with. ``problems`` are those of the file that was meant, when it is another."""

    file: Path
    settings: Settings
    problems: tuple[Problem, ...] = ()


def copy_of(file: Path) -> Path:
    return file.with_name(file.name + SUFFIX)


def choose(file: Path, overrides: Sequence[str] = ()) -> Chosen:
    """``file`` or, when that is wrong, the copy that worked last.

    Raises ``ConfigError`` with all that is wrong with ``file`` when there is no such copy. An override that is wrong
    was mistyped a moment ago, by somebody who reads the answer: nothing is guessed for it.
    """
    try:
        return Chosen(file, config.load(file, overrides))
    except ConfigError as error:
        if any(problem.origin == OVERRIDE for problem in error.problems):
            raise
        try:
            return Chosen(copy_of(file), config.load(copy_of(file), overrides), error.problems)
        except ConfigError:
            raise error from None


def tell(chosen: Chosen) -> None:
    """Log what is wrong with the file that was meant, when the terminal starts with the copy."""
    for problem in chosen.problems:
        log.error("%s", problem)
    if chosen.problems:
        log.error("the settings are wrong; starting with the last that worked, %s", chosen.file)


class Keeper:
    """Knows what was in ``file`` when the terminal started with it, and keeps that once it has proved good."""

    def __init__(self, file: Path) -> None:
        self._copy = copy_of(file)
        self._data = file.read_bytes()

    def keep(self) -> None:
        """A copy that cannot be written is told in the log: the terminal works all the same."""
        try:
            if not self._copy.exists() or self._copy.read_bytes() != self._data:
                replace_file(self._copy, self._data)
                log.info("these settings work: kept as %s", self._copy.name)
        except OSError as error:
            log.warning("the settings that work cannot be kept as %s: %s", self._copy, error.strerror)


def file_in_use(run_dir: Path) -> str:
    """The settings file of the terminal that runs there; empty when none does."""
    try:
        answer = request(run_dir / "supervisor.sock", ChildrenRequest(), timeout=2.0)
    except BusError:
        return ""
    return answer.settings_file if isinstance(answer, Children) else ""
