"""What the centre sets on this terminal: a file beside ``kiosk.ini`` that wins over it, checked before it is there."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from kiosk import config
from kiosk.config import ConfigError, centre_file
from kiosk.files import replace_file

MAY_SET: Final = frozenset(
    {
        "terminal.hall", "terminal.language",
        "journey.idle_seconds", "journey.warning_seconds", "journey.face_seconds", "journey.farewell_seconds",
        "journey.rating_seconds", "journey.interrupted_seconds", "journey.face_attempts",
        "central.timeout_seconds", "supervisor.longest_delay_seconds", "sync.interval_seconds",
        "queue.max_waiting", "queue.max_megabytes", "queue.max_days", "queue.keep_days", "log.level",
    }
)  # fmt: skip
"""Not how the centre is reached, who this terminal is and what is plugged in where: a wrong one would need a visit."""
_VERSION: Final = re.compile(r"# version (\d{1,15})\n")
_VALUE: Final = re.compile(r"[^\x00-\x1f\x7f]{1,200}")


class CentreSettings:
    """Implements :class:`kiosk.sync.reporting.Configuring`. ``file`` and ``overrides`` as the terminal was started."""

    def __init__(self, file: Path, overrides: Sequence[str]) -> None:
        self._file = file
        self._overrides = tuple(overrides)
        self.applied = _version(centre_file(file))

    def apply(self, version: int, settings: Mapping[str, str]) -> str:
        foreign = sorted(settings.keys() - MAY_SET)
        if foreign:
            return f"not for the centre to set: {', '.join(foreign)}"
        if bad := sorted(key for key, value in settings.items() if not _VALUE.fullmatch(value)):
            return f"no value: {', '.join(bad)}"
        lines = [f"{key}={value}" for key, value in sorted(settings.items())]
        try:
            config.load(self._file, [*lines, *self._overrides])
        except ConfigError as error:
            return "; ".join(f"[{each.section}] {each.key}: {each.message}" for each in error.problems)
        return self._write(version, lines)

    def _write(self, version: int, lines: Sequence[str]) -> str:
        text = "".join(f"{line}\n" for line in (f"# version {version}", *lines))
        try:
            replace_file(centre_file(self._file), text.encode(), 0o644)
        except OSError as error:
            return f"cannot be written: {error.strerror}"
        self.applied = version
        return ""


def _version(path: Path) -> int:
    try:
        found = _VERSION.match(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return 0
    return int(found[1]) if found else 0
