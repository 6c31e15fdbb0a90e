"""The NUT client over its simulated UPS, for the suite of all device classes."""

from collections.abc import Iterable, Mapping
from typing import Final

from drivers.contract import Cancel, Device
from drivers.monitor import Unwatched
from drivers.power.device import NutPowerSupply
from drivers.power.driver import NUT, NutOptions
from drivers.power.simulated import PASSWORD, USERNAME, SimulatedPowerSupply
from drivers.simulation.contract import SimulatedDevice
from tests.drivers.rigs import RigMaker, running

_WIRE_BYTES: Final = 1500
"""Of one battery test with its questions after the result, up to the first of them."""


class NutRig:
    def __init__(self) -> None:
        self.simulated: SimulatedDevice = SimulatedPowerSupply()

    def device(self) -> NutPowerSupply:
        options = NutOptions(port=self.simulated.endpoint, username=USERNAME, password=PASSWORD, answer_timeout=0.7)
        made = NUT.open(options, Unwatched())
        assert isinstance(made, NutPowerSupply)
        return made

    def prepare(self) -> None:
        """Nobody has to do anything first."""

    def operate(self, device: Device, *, timeout: float, cancel: Cancel) -> bool:
        assert isinstance(device, NutPowerSupply)
        return device.test_battery(timeout=timeout, cancel=cancel).passed is True

    def offsets(self) -> Iterable[int]:
        """A sample: a battery test takes its time."""
        return range(1, _WIRE_BYTES, 167)


RIGS: Mapping[str, RigMaker] = {"nut": lambda _: running(NutRig())}
