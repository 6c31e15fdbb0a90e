"""The power supply as the terminal sees it: an uninterruptible one (UPS), which says when it runs on its battery."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from drivers.contract import Cancel, Capabilities, DeviceStatus


class Supply(StrEnum):
    """Where the terminal's power comes from."""

    MAINS = "mains"
    BATTERY = "battery"
    BYPASS = "bypass"
    """From the mains past the battery: a power cut would be felt."""
    OFF = "off"
    UNKNOWN = "unknown"


class Battery(StrEnum):
    OK = "ok"
    LOW = "low"
    REPLACE = "replace"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class PowerStatus(DeviceStatus):
    """``charge`` and ``load`` in per cent, ``runtime`` on battery in seconds; ``None`` where the device does not tell.

    Load is rounded to tens and runtime to minutes, so that a status is news only when something happened.
    """

    supply: Supply = Supply.UNKNOWN
    battery: Battery = Battery.UNKNOWN
    charge: int | None = None
    runtime: int | None = None
    load: int | None = None


@dataclass(frozen=True)
class BatteryTest:
    """``passed`` is ``None`` when the device does not say how it ended; ``text`` is what it said."""

    passed: bool | None
    text: str = ""


class PowerSupply(Protocol):
    """Read only: who shuts the terminal down is the operating system's own service (``upsmon``), not this program."""

    def status(self) -> PowerStatus: ...

    def capabilities(self) -> Capabilities:
        """As told at the last ``status``."""
        ...

    def test_battery(self, *, timeout: float, cancel: Cancel) -> BatteryTest:
        """The device's own quick test: it runs on its battery for some seconds, the terminal stays on.

        Raises ``DriverError``; ``Refused`` without credentials, and when the device will not test now.
        """
        ...

    def close(self) -> None: ...
