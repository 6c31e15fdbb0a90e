"""What a device's own test found: a list of checks, each with its evidence."""

from collections.abc import Iterator
from dataclasses import dataclass

from drivers.contract import Cancel, Capabilities, Device, DeviceStatus
from drivers.errors import DriverError, Who


@dataclass(frozen=True)
class Check:
    """``name``: a few words for a technician; ``evidence``: what was seen; ``who`` must act unless ``ok``."""

    name: str
    ok: bool
    evidence: str = ""
    who: Who = Who.NOBODY


def status_only(device: Device, cancel: Cancel) -> Iterator[Check]:
    """What can be asked of any device: is it there, does it work, what does it say it is?"""
    del cancel
    yield answers(device.status())
    yield identity(device.capabilities())


def answers(status: DeviceStatus) -> Check:
    evidence = " ".join(filter(None, (status.state, status.fault, status.detail)))
    return Check("answers and works", status.works, evidence, status.who)


def identity(told: Capabilities) -> Check:
    words = ", ".join(filter(None, (told.model, told.serial_number, told.firmware)))
    return Check("says what it is", ok=True, evidence=words or "it does not tell")


def failed(name: str, error: DriverError) -> Check:
    """The check of an operation that ended with ``error``."""
    return Check(name, ok=False, evidence=str(error), who=error.who)
