"""The signature pad for the suite that runs over all device families."""

from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from pathlib import Path

from drivers.contract import Cancel, Device
from drivers.signature.contract import Plausibility
from drivers.signature.device import TouchSignaturePad
from drivers.signature.protocol import judge
from drivers.simulation.contract import SimulatedDevice
from tests.drivers.rigs import Rig, RigMaker
from tests.drivers.signature.helpers import Bench, bench


class SignatureRig:
    def __init__(self, made: Bench) -> None:
        self._bench = made
        self.simulated: SimulatedDevice = made.simulated

    def device(self) -> Device:
        return self._bench.pad()

    def prepare(self) -> None:
        self._bench.simulated.simulate_sign()

    def operate(self, device: Device, *, timeout: float, cancel: Cancel) -> bool:
        assert isinstance(device, TouchSignaturePad)
        return judge(device.capture(timeout=timeout, cancel=cancel)) is Plausibility.PLAUSIBLE

    def offsets(self) -> Iterable[int]:
        """Each byte of the question and its answer, then some of the 9000 of the strokes."""
        return (*range(0, 40, 3), 100, 1000, 5000)


@contextmanager
def _rig(folder: Path) -> Generator[Rig]:
    with bench(folder) as made:
        yield SignatureRig(made)


RIGS: Mapping[str, RigMaker] = {"line": _rig}
