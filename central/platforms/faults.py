"""Faults on the line to a reference platform, set while the centre runs: for trying what happens then.

They lie in ``faults.json`` of the centre's folder, where ``central platforms fault`` reaches every worker of a machine.
"""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

from central.files import write_durably
from central.platforms.errors import Unavailable

FILE: Final = "faults.json"
FaultKind = Literal["slow", "down", "wrong"]
T = TypeVar("T")


class BadFault(ValueError):
    """A fault is written slow=SECONDS, down or wrong."""


@dataclass(frozen=True)
class Fault:
    kind: FaultKind
    seconds: float = 0.0
    """By which a slow one is late."""
    until: float | None = None
    """Seconds since 1970; ``None``: until it is cleared."""

    @property
    def written(self) -> str:
        return f"slow={self.seconds:g}" if self.kind == "slow" else self.kind


def parse(text: str, until: float | None = None) -> Fault:
    """``slow=3``, ``down`` or ``wrong``. Raises :class:`BadFault`."""
    kind, _, seconds = text.partition("=")
    if kind == "slow":
        try:
            return Fault("slow", _seconds(seconds), until)
        except ValueError:
            raise BadFault from None
    if seconds or kind not in ("down", "wrong"):
        raise BadFault
    return Fault("down" if kind == "down" else "wrong", until=until)


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds <= 3600:
        raise ValueError
    return seconds


class Faults:
    """Of all platforms. Raises ``OSError`` when the folder cannot be written to."""

    def __init__(self, folder: Path, now: Callable[[], float]) -> None:
        self._path = folder / FILE
        self._now = now
        self._lock = threading.Lock()
        self._read: tuple[int, Mapping[str, Fault]] = (0, {})

    def of(self, name: str) -> Fault | None:
        """What the platform of that name has now."""
        fault = self._all().get(name)
        return None if fault is None or (fault.until is not None and fault.until <= self._now()) else fault

    def all(self) -> dict[str, Fault]:
        return {name: fault for name in self._all() if (fault := self.of(name))}

    def set(self, name: str, fault: Fault) -> None:
        self._write({**self.all(), name: fault})

    def clear(self, name: str) -> None:
        self._write({other: fault for other, fault in self.all().items() if other != name})

    def _write(self, faults: Mapping[str, Fault]) -> None:
        content = json.dumps({name: asdict(fault) for name, fault in faults.items()})
        write_durably(self._path, content.encode(), 0o600)

    def _all(self) -> Mapping[str, Fault]:
        try:
            changed = self._path.stat().st_mtime_ns
        except OSError:
            return {}
        with self._lock:
            if changed != self._read[0]:
                self._read = changed, _faults(self._path)
            return self._read[1]


def _faults(path: Path) -> dict[str, Fault]:
    """None when the file is damaged: a rehearsal must not bring a centre down."""
    try:
        read: dict[str, dict[str, Any]] = json.loads(path.read_bytes())
        return {name: Fault(**fields) for name, fields in read.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


class Line:
    """Between a reference connector and the platform it plays."""

    def __init__(self, name: str, faults: Faults, closing: threading.Event) -> None:
        self._name = name
        self._faults = faults
        self._closing = closing

    def ask(self, answer: Callable[[], T], spoil: Callable[[T], T]) -> T:
        """``answer``, unless a fault is set. ``spoil`` makes of it what a platform gone wrong would say.

        Raises :class:`Unavailable`.
        """
        fault = self._faults.of(self._name)
        if fault and fault.kind == "down":
            raise Unavailable("fault set: down")
        if fault and fault.kind == "slow":
            self._closing.wait(fault.seconds)
        given = answer()
        return spoil(given) if fault and fault.kind == "wrong" else given
