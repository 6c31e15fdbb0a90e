"""A simulated thermometer on a pseudo-terminal. The cable brings the faults that every device has."""

from collections.abc import Mapping
from pathlib import Path

from drivers.simulation.on_cable import DeviceOnCable
from drivers.simulation.pseudo_terminal import PseudoTerminal
from toy_thermometer.protocol import QUESTION, encode


class SimulatedThermometer(DeviceOnCable):
    kind = "thermometer"

    def __init__(self, link: Path) -> None:
        super().__init__(PseudoTerminal(link), self)
        self._asked = b""
        self._degrees = 23.5
        self._busy = False

    # --- what the cable asks ---

    def connected(self) -> None:
        self._asked = b""

    def answer(self, data: bytes) -> bytes:
        *questions, self._asked = (self._asked + data).split(b"\n")
        reply = b"T=busy\n" if self._busy else encode(self._degrees)
        return b"".join(reply for question in questions if question == QUESTION)

    def state(self) -> Mapping[str, str]:
        return {"degrees": str(self._degrees), "fault": self._faults({"busy": self._busy})}

    def simulate_warm(self, degrees: str = "") -> None:
        self._degrees = float(degrees or 35)

    def simulate_busy(self, _: str = "") -> None:
        self._busy = True

    def simulate_heal(self, _: str = "") -> None:
        self._busy = False
        super().simulate_heal()
