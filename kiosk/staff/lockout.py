"""A lock that grows with every wrong PIN, and survives a restart."""

import json
import logging
import math
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final, cast

from kiosk.files import replace_file

log = logging.getLogger(__name__)

FREE_FAILURES: Final = 5
"""The failure of this number locks for the first time."""
FIRST_LOCK: Final = 15.0
LONGEST_LOCK: Final = 900.0
"""Seconds. Every further failure doubles the lock up to the longest."""


@dataclass(frozen=True)
class Lockout:
    """``failures`` in a row, the last one at ``failed_at`` (seconds since 1970)."""

    failures: int = 0
    failed_at: float = 0.0


FRESH: Final = Lockout()


def lock_length(failures: int) -> float:
    """Seconds of lock that this many failures in a row cost."""
    if failures < FREE_FAILURES:
        return 0.0
    return min(LONGEST_LOCK, FIRST_LOCK * 2.0 ** min(failures - FREE_FAILURES, 32))


def locked_seconds(state: Lockout, now: float) -> int:
    """Whole seconds still locked, 0 when not."""
    return math.ceil(max(0.0, state.failed_at + lock_length(state.failures) - now))


def not_in_future(state: Lockout, now: float) -> Lockout:
    """A clock that was set back starts the lock anew; else it would last until the clock has caught up."""
    return state if state.failed_at <= now else replace(state, failed_at=now)


def after_failure(state: Lockout, now: float) -> Lockout:
    return Lockout(state.failures + 1, now)


class LockoutFile:
    """Keeps the state in a small file; a disk that cannot be written does not open the lock of the running program."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._state: Lockout | None = None

    def load(self, now: float) -> Lockout:
        self._state = not_in_future(self._state or self._read(now), now)
        return self._state

    def save(self, state: Lockout) -> None:
        self._state = state
        try:
            replace_file(self._path, json.dumps(asdict(state)).encode())
        except OSError as error:
            log.error("lockout cannot be kept: %s", error.strerror)

    def _read(self, now: float) -> Lockout:
        try:
            fields = cast("dict[str, Any]", json.loads(self._path.read_bytes()))
            return _checked(Lockout(int(fields["failures"]), float(fields["failed_at"])))
        except FileNotFoundError:
            return FRESH
        except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
            # Whoever damages the file gains nothing: it counts as locked just now.
            log.warning("lockout file is damaged: %s", type(error).__name__)
            return Lockout(FREE_FAILURES, now)


def _checked(state: Lockout) -> Lockout:
    if state.failures < 0 or not math.isfinite(state.failed_at):
        raise ValueError("no such state")
    return state
