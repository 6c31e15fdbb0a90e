"""The board with lights, door lock and contacts as the terminal sees it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from drivers.contract import Cancel, Capabilities, DeviceStatus
from drivers.errors import Refused, Who


class Light(StrEnum):
    OFF = "off"
    ON = "on"
    BLINK = "blink"


class Door(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    UNKNOWN = "unknown"
    """No contact is fitted, or the board does not answer."""


@dataclass(frozen=True)
class Inputs:
    """What the contacts say; one that is not fitted says no."""

    door: Door = Door.UNKNOWN
    tamper: bool = False
    presence: bool = False
    """Somebody stands before the terminal, or did so until a moment ago."""
    call_button: bool = False
    """It is pressed or, where the board counts presses, was pressed since the last look."""


@dataclass(frozen=True)
class SignalsStatus(DeviceStatus):
    door: Door = Door.UNKNOWN
    tamper: bool = False
    presence: bool = False
    call_button: bool = False


class WrongUnit(Refused):
    """A gateway answers, but no board behind it has the configured device id."""

    code = "wrong_unit"


class IllegalAddress(Refused):
    """The board has no coil or input of a configured number."""

    code = "illegal_address"


class BoardBusy(Refused):
    """The board has something else to do."""

    code = "busy"
    who = Who.NOBODY


class Signals(Protocol):
    def status(self) -> SignalsStatus:
        """Looks at the contacts, too, lets lights blink, and sets again what a board that restarted forgot: to be
        asked twice a second."""
        ...

    def capabilities(self) -> Capabilities: ...

    def lights(self) -> tuple[str, ...]:
        """Names of the lights that are fitted."""
        ...

    def set_light(self, name: str, light: Light, *, timeout: float, cancel: Cancel) -> None:
        """Returns when the board has confirmed it; raises ``DriverError``. A light that is not fitted is no error.

        What was asked for is remembered, also after an error, and set when the board is back.
        """
        ...

    def inputs(self) -> Inputs:
        """Raises ``DriverError``."""
        ...

    def open_door(self, action_id: str, *, timeout: float, cancel: Cancel) -> None:
        """Give the lock one pulse. A repeated ``action_id`` gives none and ends as the first one did.

        Raises ``Refused`` where no lock is fitted, and ``DriverError`` whenever it is not sure that the pulse was
        given. The lock is released in any case, if need be when the board is back.
        """
        ...

    def close(self) -> None: ...
