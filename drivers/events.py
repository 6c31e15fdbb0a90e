"""What is worth telling about a device between two looks at it. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from drivers.contract import DeviceStatus, Media, State

THRESHOLDS: Final = frozenset({"low", "out", "empty", "full"})
"""Sub-states that somebody should hear of before, or when, a supply is used up."""


@dataclass(frozen=True)
class Event:
    """Something happened at ``device``."""

    device: str


@dataclass(frozen=True)
class StateChanged(Event):
    before: State
    now: DeviceStatus


@dataclass(frozen=True)
class ThresholdReached(Event):
    """``supply`` is the sub-state's name (``paper``), ``level`` one of :data:`THRESHOLDS`."""

    supply: str
    level: str


@dataclass(frozen=True)
class ItemMoved(Event):
    """A card, a page or a paper was put there, taken, or left behind."""

    item: str
    move: Literal["put", "taken", "left", "jammed"]


def events(device: str, before: DeviceStatus, now: DeviceStatus) -> Iterator[Event]:
    """In the order in which somebody would tell them. Detail that changes alone is no event."""
    if (before.state, before.fault) != (now.state, now.fault):
        yield StateChanged(device, before.state, now)
    old = before.substates()
    for name, word in now.substates().items():
        if word == old.get(name):
            continue
        if word in THRESHOLDS:
            yield ThresholdReached(device, name, word)
        elif move := _MOVES.get((old.get(name, ""), word)):
            yield ItemMoved(device, name, move)


_MOVES: Final[dict[tuple[str, str], Literal["put", "taken", "left", "jammed"]]] = {
    (Media.ABSENT, Media.PRESENT): "put",
    (Media.PRESENT, Media.ABSENT): "taken",
    (Media.PRESENT, Media.LEFT): "left",
    (Media.LEFT, Media.ABSENT): "taken",
    (Media.PRESENT, Media.JAMMED): "jammed",
    (Media.ABSENT, Media.JAMMED): "jammed",
}
"""Where it was and where it is -> what was done with it. Whatever begins or ends at ``unknown`` was seen by nobody."""
