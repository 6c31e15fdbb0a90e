"""Which device the settings mean: a real one at its port, or a simulated one wherever the cabinet has it now."""
# ruff: noqa: PLC0415 - each process imports only the drivers it uses

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from drivers.errors import NotConnected
from kiosk.bus.connection import BusError, request
from kiosk.bus.messages import Simulate, SimulatedUnit, Simulation, SimulationRequest
from kiosk.settings import Settings

DEVICES: Final = ("id_card", "receipt_printer", "document_printer", "camera")
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
    port = port_of(settings, name)
    if port != SIMULATED:
        return lambda: _open(settings, name, port)
    cabinet = CabinetClient(settings.terminal.run_dir)
    return lambda: _open(settings, name, cabinet.endpoint(name))


def _open(settings: Settings, name: str, port: str) -> Any:
    match name:
        case "id_card":
            return _id_card(port, settings.id_card.baud)
        case "receipt_printer":
            return _receipt_printer(port, settings.receipt_printer.columns)
        case "document_printer":
            return _document_printer(port)
        case _:
            return _camera(port)


def _id_card(port: str, baud: int) -> Any:
    from drivers.id_card.device import SamIdCardReader
    from drivers.serial_port import SerialPort

    return SamIdCardReader(SerialPort(port, baud))


def _receipt_printer(port: str, columns: int) -> Any:
    from drivers.receipt_printer.device import EscposReceiptPrinter
    from drivers.tcp_port import TcpPort

    address = urlsplit(port)
    return EscposReceiptPrinter(TcpPort(address.hostname or "", address.port or 9100), columns=columns)


def _document_printer(port: str) -> Any:
    from drivers.document_printer.device import IppDocumentPrinter
    from drivers.document_printer.folder import FolderDocumentPrinter

    return IppDocumentPrinter(port) if "://" in port else FolderDocumentPrinter(Path(port))


def _camera(source: str) -> Any:
    from drivers.camera.device import OpenCvCamera

    return OpenCvCamera(source)
