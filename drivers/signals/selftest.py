"""What a technician would try with the board. The lock is left alone: its door opens only for whoever is asked to."""

from collections.abc import Iterator
from typing import Final

from drivers.contract import Cancel
from drivers.errors import DriverError
from drivers.selftest import Check, failed, status_only
from drivers.signals.contract import Light, Signals

_LIT: Final = 0.5
"""Seconds each light is on, for an eye to see."""
_TIMEOUT: Final = 3.0


def selftest(device: Signals, cancel: Cancel) -> Iterator[Check]:
    yield from status_only(device, cancel)
    yield _contacts(device)
    for name in device.lights():
        yield _light(device, name, cancel)
        if cancel.is_set():
            return


def _contacts(device: Signals) -> Check:
    try:
        told = device.inputs()
    except DriverError as error:
        return failed("contacts are read", error)
    return Check("contacts are read", ok=True, evidence=str(told).removeprefix("Inputs"))


def _light(device: Signals, name: str, cancel: Cancel) -> Check:
    what = f"light {name} goes on and off"
    try:
        for light in (Light.ON, Light.OFF):
            device.set_light(name, light, timeout=_TIMEOUT, cancel=cancel)
            cancel.wait(_LIT if light is Light.ON else 0)
    except DriverError as error:
        return failed(what, error)
    return Check(what, ok=True, evidence=f"the board confirmed it, lit for {_LIT:g} s")
