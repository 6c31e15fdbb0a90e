"""Every row of the fault catalogue is produced: its verb is done to the simulated device, and the driver tells it."""

import threading
from collections.abc import Generator
from contextlib import closing
from importlib import import_module
from pathlib import Path

import pytest

from drivers.contract import Cancel, Device
from drivers.errors import DriverError, Who
from drivers.registry import FAMILIES
from kiosk.diagnostics.faults import Fault, Scenario, faults
from tests.drivers.rigs import ENOUGH, Rig, RigMaker, attempt

TIMEOUT = 2.0
ROWS = [fault for fault in faults().values() if fault.scenario and fault.device in FAMILIES]


def rigs(kind: str) -> dict[str, RigMaker]:
    return dict(import_module(f"tests.drivers.{kind}.rig").RIGS)


Told = tuple[str, Who | None]
"""A fault, and who must act where that was told with it."""


def told_by_operation(rig: Rig, device: Device, timeout: float, cancel: Cancel | None = None) -> Told:
    """The fault that an operation ends with; empty when it was done."""
    result = attempt(rig, device, timeout, cancel)
    if isinstance(result, DriverError):
        return f"{rig.simulated.kind}.{result.code}", result.who
    return "" if result else getattr(rig, "fault", ""), None


def told_by_status(device: Device) -> Told:
    status = device.status()
    return status.fault, status.who


def cancelled(rig: Rig, device: Device) -> Told:
    """Somebody gives up in the middle."""
    cancel = Cancel()
    threading.Timer(0.2, cancel.set).start()
    return told_by_operation(rig, device, ENOUGH, cancel)


def told(rig: Rig, scenario: Scenario) -> Generator[Told]:
    """What is told while it is so from the start, when it comes over a device that worked, and when one gives up."""
    verbs = rig.simulated.verbs()
    for was_there in (False, True):
        with closing(rig.device()) as device:
            rig.prepare()
            if was_there:
                told_by_operation(rig, device, ENOUGH)
                rig.prepare()
            verbs[scenario.verb](scenario.argument)
            if not was_there:
                yield told_by_status(device)
            yield told_by_operation(rig, device, TIMEOUT)
            yield told_by_status(device)
            verbs["heal"]("")
    with closing(rig.device()) as device:
        rig.prepare()
        verbs[scenario.verb](scenario.argument)
        yield cancelled(rig, device)
        verbs["heal"]("")


def seen(fault: Fault, folder: Path) -> Generator[Told]:
    """Over the rig that the simulated cabinet has, and then over the others of the class."""
    assert fault.scenario
    for number, make in enumerate(rigs(fault.device).values()):
        place = folder / str(number)
        place.mkdir()
        with make(place) as rig, closing(told(rig, fault.scenario)) as telling:
            yield from telling


@pytest.mark.parametrize("fault", ROWS, ids=lambda fault: fault.id)
def test_its_scenario_produces_it(fault: Fault, tmp_path: Path) -> None:
    others: dict[str, None] = {}
    with closing(seen(fault, tmp_path)) as telling:
        for each, who in telling:
            if each == fault.id:
                assert who in (None, fault.who)
                return
            others[each] = None
    pytest.fail(f"{fault.id} was not told, but {', '.join(filter(None, others)) or 'nothing'}")
