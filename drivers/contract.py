"""What every device has in common: one state vocabulary, a status that never raises, an idempotent close."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from threading import Event
from typing import Final, Protocol

from drivers.errors import DeadlineExceeded, DriverError, NotConnected, ProtocolError, Who

Cancel = Event
"""Set it from any thread: the running operation ends with :class:`drivers.errors.Cancelled`."""


class State(StrEnum):
    NO_DEVICE = "no_device"
    OFFLINE = "offline"
    STARTING = "starting"
    ONLINE = "online"
    BUSY = "busy"
    USER_ERROR = "user_error"
    HARDWARE_ERROR = "hardware_error"
    DEGRADED = "degraded"


WORKING = frozenset({State.ONLINE, State.BUSY, State.DEGRADED})
"""States in which an operation may be asked for."""


_STATES: Final = (
    (NotConnected, State.NO_DEVICE),
    (DeadlineExceeded, State.OFFLINE),
    (ProtocolError, State.OFFLINE),
)


def state_of(error: DriverError, *own: tuple[type[DriverError], State]) -> State:
    """What an error tells of the device. ``own`` are the rows of a class that it sees otherwise."""
    rows = (*own, *_STATES)
    return next((state for kind, state in rows if isinstance(error, kind)), State.HARDWARE_ERROR)


class Media(StrEnum):
    """Where the thing is that a citizen lays down or takes away: a card, a page, a receipt in the presenter."""

    ABSENT = "absent"
    PRESENT = "present"
    LEFT = "left"
    """Present for longer than anybody needs to take it."""
    JAMMED = "jammed"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class DeviceStatus:
    """The state of one device; a device class adds its sub-states as fields of its own.

    ``fault`` is an id of the fault catalogue or empty; ``detail`` is evidence for a technician, never personal data.
    """

    state: State
    fault: str = ""
    who: Who = Who.NOBODY
    detail: str = ""

    @property
    def works(self) -> bool:
        return self.state in WORKING

    def substates(self) -> Mapping[str, str]:
        """What a device class adds (``{"paper": "low", "cover_open": "no"}``), in the words that people read."""
        names = {field.name for field in fields(self)} - {field.name for field in fields(DeviceStatus)}
        return {name: _word(getattr(self, name)) for name in sorted(names)}


def _word(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case None:
            return "unknown"
        case tuple():
            return ", ".join(map(str, value))  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        case _:
            return str(value)


@dataclass(frozen=True)
class Capabilities:
    """What the device says of itself; empty where it does not tell."""

    model: str = ""
    serial_number: str = ""
    firmware: str = ""


class Device(Protocol):
    """A device behind a port. The constructor does no I/O; operations raise :class:`drivers.errors.DriverError`."""

    def status(self) -> DeviceStatus:
        """Ask the device how it is. Never raises."""
        ...

    def capabilities(self) -> Capabilities: ...

    def close(self) -> None:
        """Release the port. Idempotent."""
        ...


class Outcome(StrEnum):
    """How a print ended. ``UNKNOWN`` is never reported as success and never silently reprinted."""

    PRINTED = "printed"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class PrintResult:
    """``fault`` is an id of the fault catalogue when the outcome is not ``PRINTED``."""

    outcome: Outcome
    fault: str = ""
    who: Who = Who.NOBODY
    detail: str = ""
