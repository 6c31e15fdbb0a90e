from threading import Event

from drivers.contract import Capabilities, DeviceStatus, State
from drivers.errors import Who
from drivers.selftest import Check, status_only
from tests.drivers.lamp import Lamp


def test_a_device_that_works_and_tells_what_it_is() -> None:
    lamp = Lamp()
    lamp.says = Capabilities("Lamp 1", "SN 7")
    assert list(status_only(lamp, Event())) == [
        Check("answers and works", ok=True, evidence="online"),
        Check("says what it is", ok=True, evidence="Lamp 1, SN 7"),
    ]


def test_one_that_does_not() -> None:
    lamp = Lamp()
    lamp.lasting = DeviceStatus(State.HARDWARE_ERROR, "lamp.burnt", Who.TECHNICIAN, "filament")
    lamp.says = Capabilities()
    broken, silent = status_only(lamp, Event())
    assert (broken.ok, broken.who, broken.evidence) == (False, Who.TECHNICIAN, "hardware_error lamp.burnt filament")
    assert silent.evidence == "it does not tell"
