"""What every device has in common: one state vocabulary, a status that never raises, an idempotent close."""

from dataclasses import dataclass
from enum import StrEnum
from threading import Event
from typing import Protocol

from drivers.errors import Who

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


@dataclass(frozen=True)
class DeviceStatus:
    """The state of one device.

    ``fault`` is an id of the fault catalogue or empty; ``detail`` is evidence for a technician, never personal data.
    """

    state: State
    fault: str = ""
    who: Who = Who.NOBODY
    detail: str = ""

    @property
    def works(self) -> bool:
        return self.state in WORKING


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
