"""What every driver must do, whatever its class: the same assertions, each over its simulated device."""

import threading
from collections.abc import Generator
from importlib import import_module
from pathlib import Path

import pytest

from drivers import errors
from drivers.contract import Cancel, Capabilities, Device, DeviceStatus, State
from drivers.errors import Cancelled, DriverError, Who
from drivers.registry import FAMILIES
from drivers.simulation.contract import COMMON_VERBS
from kiosk.diagnostics.faults import find
from tests.drivers.rigs import ENOUGH, PATIENCE, Rig, RigMaker, attempt

TIMEOUT = 1.0
"""What an operation is given while something is wrong."""


MODULES = {kind: import_module(f"tests.drivers.{kind}.rig") for kind in FAMILIES}
MAKERS: dict[str, RigMaker] = {
    f"{kind}-{name}": maker for kind, module in MODULES.items() for name, maker in module.RIGS.items()
}
OTHER_LINES = {f"{kind}-{name}" for kind, module in MODULES.items() for name in getattr(module, "OTHER_LINES", ())}
in_each_language = pytest.mark.parametrize("rig", sorted(MAKERS.keys() - OTHER_LINES), indirect=True)
"""Once for all rigs that differ by their line alone."""


@pytest.fixture(params=MAKERS)
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Rig]:
    with MAKERS[request.param](tmp_path) as made:
        yield made


@pytest.fixture
def device(rig: Rig) -> Generator[Device]:
    made = rig.device()
    yield made
    made.close()


def do(rig: Rig, verb: str, argument: str = "") -> None:
    rig.simulated.verbs()[verb](argument)


def assert_works(rig: Rig, device: Device) -> None:
    rig.prepare()
    assert attempt(rig, device, ENOUGH) is True
    assert device.status().works


def assert_told(rig: Rig, result: bool | DriverError, status: DeviceStatus) -> None:
    """What is wrong and who must act is told by the status or the operation, as the fault catalogue says it."""
    if getattr(rig, "one_way", False):
        return
    told = {status.fault: status.who}
    if isinstance(result, DriverError):
        told[f"{rig.simulated.kind}.{result.code}"] = result.who
    known = {fault: row.who for fault in told if (row := find(fault))}
    assert known, (status, result)
    assert known.items() <= told.items()


# --- all is well ----------------------------------------------------------------------------------------------------


def test_it_works(rig: Rig, device: Device) -> None:
    assert device.status().state in (State.ONLINE, State.DEGRADED)
    assert_works(rig, device)
    assert_works(rig, device)


def test_it_says_what_it_is(rig: Rig, device: Device) -> None:
    assert_works(rig, device)
    assert isinstance(device.capabilities(), Capabilities)


def test_its_status_can_be_told(device: Device) -> None:
    substates = device.status().substates()
    assert all(isinstance(word, str) for word in substates.values())


def test_closed_twice_and_used_again(rig: Rig, device: Device) -> None:
    device.close()
    device.close()
    assert_works(rig, device)
    device.close()


def test_the_simulated_device_knows_the_common_verbs(rig: Rig) -> None:
    assert rig.simulated.verbs().keys() >= COMMON_VERBS
    assert rig.simulated.endpoint
    assert all(isinstance(value, str) for value in rig.simulated.state().values())


# --- the cable ------------------------------------------------------------------------------------------------------


def test_the_constructor_does_no_io(rig: Rig) -> None:
    do(rig, "unplug")
    rig.device().close()


def test_unplugged_and_plugged_again(rig: Rig, device: Device) -> None:
    assert_works(rig, device)
    do(rig, "unplug")
    result = attempt(rig, device, TIMEOUT)
    assert result is False or isinstance(result, DriverError)
    status = device.status()
    assert not status.works
    assert_told(rig, result, status)
    assert status.who is Who.TECHNICIAN
    do(rig, "plug")
    assert_works(rig, device)


def test_not_there_from_the_beginning(rig: Rig, device: Device) -> None:
    do(rig, "unplug")
    status = device.status()
    assert status.state in (State.NO_DEVICE, State.OFFLINE)
    assert_told(rig, attempt(rig, device, TIMEOUT), status)
    do(rig, "plug")
    assert_works(rig, device)


def test_unplugged_at_every_byte(rig: Rig) -> None:
    """Whatever is cut off, the operation ends, the device is found again, and the next operation is whole."""
    for count in rig.offsets():
        device = rig.device()
        rig.prepare()
        do(rig, "unplug", str(count))
        attempt(rig, device, TIMEOUT)
        do(rig, "unplug")
        assert not device.status().works, count
        do(rig, "heal")
        rig.prepare()
        assert attempt(rig, device, ENOUGH) is True, count
        device.close()


# --- a device that misbehaves -----------------------------------------------------------------------------------------


@in_each_language
@pytest.mark.parametrize("verb", ["garbage", "mute", "wrong_model"])
def test_no_sense_comes_from_it(rig: Rig, device: Device, verb: str) -> None:
    """A typed error or an unsure result in time, no matter what was before; and the fault is told."""
    assert_works(rig, device)
    do(rig, verb)
    rig.prepare()
    result = attempt(rig, device, TIMEOUT)
    assert result is False or isinstance(result, DriverError)
    assert not isinstance(result, Cancelled)
    assert_told(rig, result, device.status())
    do(rig, "heal")
    assert_works(rig, device)


@in_each_language
@pytest.mark.parametrize("verb", ["garbage", "mute", "wrong_model"])
def test_no_sense_from_the_first_word(rig: Rig, device: Device, verb: str) -> None:
    do(rig, verb)
    rig.prepare()
    status = device.status()
    assert_told(rig, attempt(rig, device, TIMEOUT), status)
    do(rig, "heal")
    rig.prepare()
    attempt(rig, device, ENOUGH)  # a driver that reads on by itself may still have heard what was said before
    assert_works(rig, device)


@in_each_language
def test_it_is_busy(rig: Rig, device: Device) -> None:
    do(rig, "busy")
    rig.prepare()
    status = device.status()
    result = attempt(rig, device, TIMEOUT)
    assert result is False or isinstance(result, DriverError)
    assert status.state is State.BUSY or not status.works or isinstance(result, DriverError)
    do(rig, "heal")
    assert_works(rig, device)


@in_each_language
def test_it_is_slow(rig: Rig, device: Device) -> None:
    """Slow is not broken: it works, or says in time that it did not."""
    do(rig, "slow")
    rig.prepare()
    result = attempt(rig, device, ENOUGH)
    assert isinstance(result, bool | DriverError)
    do(rig, "heal")
    assert_works(rig, device)


@in_each_language
def test_it_is_too_slow(rig: Rig, device: Device) -> None:
    do(rig, "slow", "30")
    rig.prepare()
    result = attempt(rig, device, TIMEOUT)
    assert result is False or isinstance(result, errors.DriverError)
    do(rig, "heal")
    assert_works(rig, device)


# --- cancelling -------------------------------------------------------------------------------------------------------


@in_each_language
def test_cancelled_before_it_began(rig: Rig, device: Device) -> None:
    rig.prepare()
    cancel = Cancel()
    cancel.set()
    assert isinstance(attempt(rig, device, ENOUGH, cancel), Cancelled)
    assert_works(rig, device)


@in_each_language
def test_cancelled_while_it_is_mute(rig: Rig, device: Device) -> None:
    do(rig, "mute")
    cancel = Cancel()
    threading.Timer(0.1, cancel.set).start()
    result = attempt(rig, device, PATIENCE, cancel)
    assert result is False or isinstance(result, DriverError)
    do(rig, "heal")
    assert_works(rig, device)
