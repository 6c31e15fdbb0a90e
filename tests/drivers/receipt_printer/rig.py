"""The receipt printer for the suite that runs over all device classes."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from drivers.contract import Cancel, Device, Outcome
from drivers.receipt_printer.device import EscposReceiptPrinter
from drivers.receipt_printer.models import MODELS
from drivers.simulation.contract import SimulatedDevice
from tests.drivers.receipt_printer.helpers import BAUD, LINES, SHORT, Bench, bench, port_of
from tests.drivers.rigs import Rig, RigMaker

_ANSWER_TIMEOUT = 0.4
_BYTES = 140
"""Of one print: questions, job, report, questions."""


class ReceiptPrinterRig:
    def __init__(self, machine: Bench, line: str, model: str) -> None:
        self.simulated: SimulatedDevice = machine.simulated
        self.fault = ""
        """Of the last operation."""
        self._machine = machine
        self._byte_time = 10 / BAUD if line == "serial" else 0.0
        self._model = MODELS[model]

    def device(self) -> Device:
        return EscposReceiptPrinter(
            port_of(self._machine.simulated),
            model=self._model,
            answer_timeout=_ANSWER_TIMEOUT,
            byte_time=self._byte_time,
            left_after=0.0,
        )

    def prepare(self) -> None: ...

    def operate(self, device: Device, *, timeout: float, cancel: Cancel) -> bool:
        assert isinstance(device, EscposReceiptPrinter)
        machine = Bench(self._machine.simulated, device)
        result = machine.print(SHORT, timeout=timeout, cancel=cancel)
        self.fault = result.fault
        return result.outcome is Outcome.PRINTED

    def offsets(self) -> range:
        return range(1, _BYTES, 6)


@contextmanager
def _rig(folder: Path, line: str, model: str) -> Generator[Rig]:
    with bench(folder / "paper", line=line, model=model) as machine:
        yield ReceiptPrinterRig(machine, line, model)


RIGS: Mapping[str, RigMaker] = {
    **{line: partial(_rig, line=line, model="generic") for line in LINES},
    "presenter": partial(_rig, line="tcp", model="custom"),
    "status_back": partial(_rig, line="tcp", model="epson"),
}
OTHER_LINES = set(LINES) - {"tcp"}
