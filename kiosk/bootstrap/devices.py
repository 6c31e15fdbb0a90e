"""Which device the settings mean: a real one at its port, or a simulated one wherever the cabinet has it now."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from drivers import registry
from drivers.errors import NotConnected
from kiosk.bus.connection import BusError, request
from kiosk.bus.messages import Simulate, SimulatedUnit, Simulation, SimulationRequest
from kiosk.settings import Settings

DEVICES: Final = tuple(registry.OPEN)
SIMULATED: Final = "simulated"


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
    return any(port_of(settings, name) == SIMULATED for name in DEVICES)


def port_of(settings: Settings, name: str) -> str:
    """As the settings say it; ``simulated`` for a simulated device."""
    if getattr(settings, name).driver == "simulated":
        return SIMULATED
    match name:
        case "id_card":
            return settings.id_card.port
        case "receipt_printer":
            return f"tcp://{settings.receipt_printer.host}:{settings.receipt_printer.port}"
        case "document_printer":
            return settings.document_printer.uri or str(settings.document_printer.folder)
        case _:
            return settings.camera.source


def opener(settings: Settings, name: str) -> Callable[[], Any]:
    """Makes the device each time it is called; a simulated one is looked up anew, since it may have moved."""
    make, options = registry.OPEN[name], _options(settings, name)
    port = port_of(settings, name)
    if port != SIMULATED:
        return lambda: make(port, **options)
    cabinet = CabinetClient(settings.terminal.run_dir)
    return lambda: make(cabinet.endpoint(name), **options)


def _options(settings: Settings, name: str) -> dict[str, int]:
    match name:
        case "id_card":
            return {"baud": settings.id_card.baud}
        case "receipt_printer":
            return {"columns": settings.receipt_printer.columns}
        case _:
            return {}
