"""The IPP printer over its simulated device, for the suite of all device classes."""

from collections.abc import Iterable, Mapping
from itertools import count
from pathlib import Path
from typing import Final

from drivers.contract import Cancel, Device, Outcome
from drivers.document_printer.device import IppDocumentPrinter
from drivers.document_printer.simulated import SimulatedDocumentPrinter
from drivers.simulation.contract import SimulatedDevice
from tests.drivers.rigs import RigMaker, running

PDF: Final = b"%PDF-1.7\n%%EOF\n"
_WIRE_BYTES: Final = 3600
"""Of one print, headers of HTTP and all."""
_ids = count()


class IppRig:
    def __init__(self, tray: Path) -> None:
        self.simulated: SimulatedDevice = SimulatedDocumentPrinter(tray)
        self.fault = ""

    def device(self) -> IppDocumentPrinter:
        return IppDocumentPrinter(self.simulated.endpoint, answer_timeout=0.7, patience=0.5)

    def prepare(self) -> None:
        """Nobody has to do anything first."""

    def operate(self, device: Device, *, timeout: float, cancel: Cancel) -> bool:
        assert isinstance(device, IppDocumentPrinter)
        result = device.print(f"rig-{next(_ids)}", PDF, "certificate", timeout=timeout, cancel=cancel)
        self.fault = result.fault
        return result.outcome is Outcome.PRINTED

    def offsets(self) -> Iterable[int]:
        """A sample: each one would take minutes."""
        return range(1, _WIRE_BYTES, 157)


RIGS: Mapping[str, RigMaker] = {"ipp": lambda folder: running(IppRig(folder))}
