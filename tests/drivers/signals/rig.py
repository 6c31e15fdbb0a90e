"""The real driver above the simulated board, over both its lines, for the suite of all families."""

from collections.abc import Iterable, Mapping
from typing import cast

from drivers.contract import Cancel, Device
from drivers.signals.contract import Light
from drivers.signals.device import ModbusSignals
from drivers.signals.simulated import SimulatedBoard
from drivers.simulation.contract import SimulatedDevice
from tests.drivers.rigs import RigMaker, running
from tests.drivers.signals.helpers import board_at

EXCHANGES = 8
"""A new connection sets all outputs, of which the light is one."""


class BoardRig:
    def __init__(self, simulated: SimulatedBoard, exchange_bytes: int) -> None:
        self.simulated: SimulatedDevice = simulated
        self._bytes = exchange_bytes

    def device(self) -> Device:
        return board_at(self.simulated)

    def prepare(self) -> None:
        """Lights need nobody."""

    def operate(self, device: Device, *, timeout: float, cancel: Cancel) -> bool:
        cast(ModbusSignals, device).set_light("receipt", Light.ON, timeout=timeout, cancel=cancel)
        return "receipt" in self.simulated.state()["lights"]

    def offsets(self) -> Iterable[int]:
        return range(EXCHANGES * self._bytes)


RIGS: Mapping[str, RigMaker] = {
    "tcp": lambda _: running(BoardRig(SimulatedBoard(), exchange_bytes=24)),
    "serial": lambda folder: running(BoardRig(SimulatedBoard(folder / "board"), exchange_bytes=16)),
}
OTHER_LINES = {"serial"}
