"""The code scanners for the suite that runs over all device families."""

from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from drivers.code_scanner.device import LineCodeScanner
from drivers.code_scanner.simulated import VOICES
from drivers.contract import Cancel, Device
from drivers.simulation.contract import SimulatedDevice
from tests.drivers.code_scanner.helpers import Bench, bench
from tests.drivers.rigs import Rig, RigMaker

_TEXT = "0001"


class ScannerRig:
    def __init__(self, made: Bench) -> None:
        self._bench = made
        self.simulated: SimulatedDevice = made.simulated

    def device(self) -> Device:
        return self._bench.scanner()

    def prepare(self) -> None:
        self._bench.simulated.simulate_show(_TEXT)

    def operate(self, device: Device, *, timeout: float, cancel: Cancel) -> bool:
        assert isinstance(device, LineCodeScanner)
        return device.scan(timeout=timeout, cancel=cancel).text == _TEXT

    def offsets(self) -> Iterable[int]:
        """Some of the greeting, each byte of the command, its acknowledgement and the code; a keyboard's code alone is
        long."""
        voice = VOICES[self._bench.voice]
        if not voice.dialect.start:
            return (1, 23, 24, 100, 300)
        greeting = len(voice.dialect.who + voice.identity)
        acknowledgement = 7 if voice.dialect.answers else 0
        whole = greeting + len(voice.dialect.start) + acknowledgement + len(voice.code(_TEXT))
        return (*range(0, greeting, 5), *range(greeting, whole))


@contextmanager
def _rig(voice: str, folder: Path) -> Generator[Rig]:
    with bench(folder, voice) as made:
        yield ScannerRig(made)


RIGS: Mapping[str, RigMaker] = {voice: partial(_rig, voice) for voice in VOICES}
