"""The real scanner driver above a simulated module, one pair a dialect."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from drivers.code_scanner.contract import Code
from drivers.code_scanner.device import Ending, LineCodeScanner, Timings
from drivers.code_scanner.input_port import InputPort
from drivers.code_scanner.simulated import VOICES, SimulatedCodeScanner
from drivers.ports import Port
from drivers.serial_port import SerialPort
from tests.drivers.notes import Notes

QUICK = Timings(command=0.4, window=0.6, gap=0.03, silence=0.15, settle=0.1, hold_off=0, slice=0.01)
PATIENCE = 10.0
"""Seconds that no wait of a test takes unless something is broken."""


class Bench:
    """A started simulated scanner, and new drivers above it."""

    def __init__(self, folder: Path, voice: str) -> None:
        self.voice = voice
        self.simulated = SimulatedCodeScanner(folder / voice, voice=voice)
        self.notes = Notes()

    def port(self) -> Port:
        path = self.simulated.endpoint
        return InputPort(path, grab=False) if self.voice == "wedge" else SerialPort(path)

    def scanner(self, timings: Timings = QUICK, ending: Ending = Ending.LINE) -> LineCodeScanner:
        dialect = VOICES[self.voice].dialect
        return LineCodeScanner(self.port(), dialect, ending=ending, timings=timings, watch=self.notes)


@contextmanager
def bench(folder: Path, voice: str) -> Generator[Bench]:
    made = Bench(folder, voice)
    made.simulated.start()
    try:
        yield made
    finally:
        made.simulated.close()


def scan(scanner: LineCodeScanner, timeout: float = PATIENCE) -> Code:
    return scanner.scan(timeout=timeout, cancel=threading.Event())
