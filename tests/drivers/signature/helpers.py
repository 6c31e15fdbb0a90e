"""The real driver above a simulated pad."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from drivers.monitor import Watch
from drivers.serial_port import SerialPort
from drivers.signature.contract import Signature
from drivers.signature.device import Timings, TouchSignaturePad
from drivers.signature.simulated import SimulatedSignaturePad
from drivers.signature.surfaces import LineSurface

QUICK = Timings(command=0.4, slice=0.01)
PATIENCE = 20.0
"""Seconds that no wait of a test takes unless something is broken."""


class Bench:
    def __init__(self, folder: Path, *, speed: float = 15.0) -> None:
        self.simulated = SimulatedSignaturePad(folder / "pad", speed=speed)

    def pad(self, watch: Watch | None = None) -> TouchSignaturePad:
        return TouchSignaturePad(LineSurface(SerialPort(self.simulated.endpoint), watch), QUICK)


@contextmanager
def bench(folder: Path, *, speed: float = 15.0) -> Generator[Bench]:
    made = Bench(folder, speed=speed)
    made.simulated.start()
    try:
        yield made
    finally:
        made.simulated.close()


def capture(pad: TouchSignaturePad, timeout: float = PATIENCE) -> Signature:
    return pad.capture(timeout=timeout, cancel=threading.Event())
