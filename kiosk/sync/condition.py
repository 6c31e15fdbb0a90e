"""How this terminal is, for the centre: devices, supplies, queue, disk, clock. Nothing about a person.

Of a device only its states are told, never its ``detail``: what a driver writes there is for somebody who stands before
the machine.
"""

import re
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from kiosk.bus.connection import BusError, request
from kiosk.bus.device_messages import DeviceRow, DeviceStatuses, DeviceStatusesRequest
from kiosk.bus.messages import DescribeScreen, Screen
from offline_queue.clock import is_synchronised

NEEDED: Final = frozenset({"id_card", "receipt_printer", "app"})
"""Without one of these the terminal is out of order; the others are missed by some services."""
OWNERS: Final = ("ui", "vision")
"""Processes that own devices."""
ASKED: Final = 1.0
"""Seconds: matters wait meanwhile."""
_HOME: Final = frozenset({"home", "out_of_order", ""})
"""Steps without a session."""
_PARTS: Final = {"low": 0.1, "out": 0.0}
"""What a sensor with a few steps says is left; of enough it says nothing."""
_LEVEL: Final = re.compile(r"(.{1,40}) (\d{1,3}) %")
_WORD: Final = re.compile(r"[^a-z0-9_]+")
_FAULT: Final = re.compile(r"[^a-z0-9_.]+")
Session = Literal["idle", "running", "unknown"]


@dataclass(frozen=True)
class Figures:
    """Of the queue."""

    waiting: int
    parked: int
    oldest: float | None
    """When the oldest of them was filed, in seconds since 1970."""


class Condition:
    """``catalogue`` gives the version in use, ``clock`` never goes back."""

    def __init__(
        self,
        run_dir: Path,
        state_dir: Path,
        program: str,
        catalogue: Callable[[], int],
        *,
        wall: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._run_dir = run_dir
        self._state_dir = state_dir
        self._program = program
        self._catalogue = catalogue
        self._wall = wall
        self._clock = clock
        self._since: dict[str, tuple[str, float]] = {}
        """Of each device: its state and fault, and since when."""
        self._answered = False

    def session(self) -> Session:
        """``unknown``: the window does not answer, so that nobody can say whether a citizen is there."""
        try:
            screen = request(self._run_dir / "ui.sock", DescribeScreen(), ASKED)
        except BusError:
            return "unknown"
        if not isinstance(screen, Screen):
            return "unknown"
        return "idle" if screen.step in _HOME else "running"

    def heartbeat(self, figures: Figures) -> dict[str, Any]:
        """As ``POST /v1/heartbeats`` has it, but for configuration and results."""
        rows = list(self._rows())
        session = self.session()
        return {
            "program": self._program,
            "catalogue": self._catalogue(),
            "uptime": time.clock_gettime(time.CLOCK_BOOTTIME),
            "session": "running" if session == "running" else "idle",
            "devices": [self._device(row) for row in rows] + self._app(session),
            "supplies": [supply for row in rows for supply in supplies(row)],
            "queue": {
                "waiting": figures.waiting,
                "parked": figures.parked,
                "oldest": None if figures.oldest is None else max(0.0, self._wall() - figures.oldest),
            },
            "disk": self._disk(),
            "clock_trusted": is_synchronised(),
        }

    def _rows(self) -> Iterator[DeviceRow]:
        """Of all owners that answer."""
        for owner in OWNERS:
            try:
                told = request(self._run_dir / f"{owner}.sock", DeviceStatusesRequest(), ASKED)
            except BusError:
                continue
            if isinstance(told, DeviceStatuses):
                yield from told.rows

    def _app(self, session: Session) -> list[dict[str, Any]]:
        """The window itself, as a device: what does not answer must not look as if all were well."""
        self._answered = self._answered or session != "unknown"
        lost = session == "unknown" and self._answered
        state = "offline" if lost else "starting" if session == "unknown" else "online"
        fault, who = ("app.silent", "technician") if lost else ("", "nobody")
        return [self._told("app", state, fault, who, {})]

    def _device(self, row: DeviceRow) -> dict[str, Any]:
        substates = {name: _printable(value) for name, value in row.substates.items() if name in TOLD}
        return self._told(_name(row.name), row.state, _FAULT.sub("_", row.fault.lower())[:64], row.who, substates)

    def _told(self, name: str, state: str, fault: str, who: str, substates: Mapping[str, str]) -> dict[str, Any]:
        standing, now = f"{state} {fault}", self._clock()
        before, since = self._since.get(name, ("", now))
        if before != standing:
            since = now
        self._since[name] = (standing, since)
        return {
            "name": name,
            "state": state,
            "fault": fault,
            "who": who,
            "since": max(0.0, now - since),
            "substates": dict(substates),
            "needed": name in NEEDED,
        }

    def _disk(self) -> dict[str, int] | None:
        try:
            usage = shutil.disk_usage(self._state_dir)
        except OSError:
            return None
        return {"free": usage.free, "size": usage.total}


TOLD: Final = frozenset(
    {"paper", "toner", "output", "cover_open", "presenter", "card", "supply", "battery", "charge", "door", "tamper"}
)
"""Sub-states that go to the centre: words of the device layer."""


def supplies(row: DeviceRow) -> Iterator[dict[str, Any]]:
    """What runs out of one device: counted levels as they are, else what the sensor's step says."""
    exact = [one for one in map(_LEVEL.fullmatch, row.substates.get("supplies", "").split(", ")) if one]
    for one in exact:
        left = min(1.0, int(one[2]) / 100)
        yield {"device": _name(row.name), "name": _name(one[1]), "left": left, "exact": True}
    names: Iterable[str] = ("paper",) if exact else ("paper", "toner")
    for name in names:
        if (word := row.substates.get(name, "")) in _PARTS:
            yield {"device": _name(row.name), "name": name, "left": _PARTS[word], "exact": False}


def _printable(text: str) -> str:
    return "".join(one if one.isprintable() else " " for one in text)[:64]


def _name(text: str) -> str:
    """As the centre takes it: one it cannot read would cost the whole heartbeat."""
    word = _WORD.sub("_", text.lower()).strip("_")[:32]
    return word if word[:1].isalpha() else "supply"
