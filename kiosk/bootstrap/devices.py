"""Which device the settings mean: a real one at its port, or a simulated one wherever the cabinet has it now."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from drivers.contract import DeviceStatus
from drivers.errors import NotConnected
from drivers.options import Options
from kiosk.bus.connection import BusError, request
from kiosk.bus.messages import Simulate, SimulatedUnit, Simulation, SimulationRequest
from kiosk.device_settings import SIMULATED, DeviceSection
from kiosk.hardware.host import Host
from kiosk.hardware.unit import Unit, absent
from kiosk.settings import Settings

OF_VISION: Final = frozenset({"camera", "document_camera"})
"""Device classes that live in the vision process, where native code can crash alone; the others are the window's."""


class CabinetClient:
    """Asks the simulated cabinet where its devices are; ``screens`` uses it as the dock's client."""

    def __init__(self, run_dir: Path) -> None:
        self._socket = run_dir / "sim.sock"

    def units(self) -> Sequence[SimulatedUnit]:
        answer = request(self._socket, SimulationRequest())
        return answer.units if isinstance(answer, Simulation) else []

    def simulate(self, kind: str, verb: str, argument: str) -> None:
        request(self._socket, Simulate(kind=kind, verb=verb, argument=argument))

    def endpoint(self, kind: str) -> str:
        """Raises ``NotConnected`` while the cabinet is not there: to a driver that is a device without power."""
        try:
            return next(unit.endpoint for unit in self.units() if unit.kind == kind)
        except (BusError, StopIteration):
            raise NotConnected(f"simulated {kind}") from None


def any_simulated(settings: Settings) -> bool:
    return any(section.driver == SIMULATED for section in settings.devices.values())


def units(settings: Settings) -> dict[str, Unit]:
    """One for every device class, in the order of the registry; nothing is opened."""
    return {kind: unit(settings, kind) for kind in settings.devices}


def unit(settings: Settings, kind: str) -> Unit:
    section = settings.devices[kind]
    if (driver := section.chosen) is None:
        return absent(kind)
    port = SIMULATED if section.driver == SIMULATED else section.options().port
    return Unit(kind, port, driver, _options(settings, kind, section), optional=section.optional)


def _options(settings: Settings, kind: str, section: DeviceSection) -> Callable[[], Options]:
    if section.driver != SIMULATED:
        return section.options
    cabinet = CabinetClient(settings.terminal.run_dir)
    return lambda: section.options(port=cabinet.endpoint(kind))


def host(
    settings: Settings,
    process: str,
    on_status: Callable[[str, DeviceStatus], None] = lambda _name, _status: None,
    occupied: Callable[[], bool] = lambda: False,
) -> Host:
    """The devices of the process ``ui`` or ``vision``."""
    mine = [each for kind, each in units(settings).items() if (kind in OF_VISION) == (process == "vision")]
    return Host(mine, on_status, occupied)


def with_port(settings: Settings, kind: str, port: str, driver: str = "") -> Settings:
    """The same settings with this device at another port, by ``driver`` or else by the one that is set or usual.

    Raises ``ValueError`` for a driver that does not exist.
    """
    section = settings.devices[kind]
    name = driver or (section.driver if section.driver in section.drivers else "") or _usual(section)
    if name not in section.drivers:
        raise ValueError(f"{kind} has no driver {name!r}; there are {', '.join(section.drivers)}")
    changed = section.model_copy(update={"driver": name, "port": port})
    return settings.model_copy(update={"devices": {**settings.devices, kind: changed}})


def _usual(section: DeviceSection) -> str:
    return section.chosen.name if section.chosen else next(iter(section.drivers))
