"""Short ways to use a board."""

import threading
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from drivers.monitor import Watch
from drivers.signals.contract import Light, Signals
from drivers.signals.device import ModbusSignals, Timings
from drivers.signals.driver import ModbusOptions, wiring_of
from drivers.signals.protocol import Framing
from drivers.simulation.contract import SimulatedDevice
from drivers.transports import open_port

PATIENCE: Final = 10.0
QUICK: Final = Timings(command=0.3, gap=0.1, busy=0.02, verify=0.0, pulse=0.02, presence_hold=0.0, slice=0.01)
NEVER: Final = threading.Event()


def board_at(
    simulated: SimulatedDevice,
    timings: Timings = QUICK,
    watch: Watch | None = None,
    options: Mapping[str, int] = MappingProxyType({}),
) -> ModbusSignals:
    """The driver with the settings' defaults, but for ``options``."""
    port = simulated.endpoint
    settings = ModbusOptions.model_validate({"port": port, **options})
    framing = Framing.RTU if port.startswith("/") else Framing.TCP
    return ModbusSignals(open_port(port), framing, settings.device_id, wiring_of(settings), timings, watch)


def light(board: Signals, name: str, how: Light = Light.ON, timeout: float = PATIENCE) -> None:
    board.set_light(name, how, timeout=timeout, cancel=NEVER)


def open_door(board: Signals, action_id: str = "door 1", timeout: float = PATIENCE) -> None:
    board.open_door(action_id, timeout=timeout, cancel=NEVER)


def pulsing(seconds: float) -> Timings:
    return replace(QUICK, pulse=seconds)
