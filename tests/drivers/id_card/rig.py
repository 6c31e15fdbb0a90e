"""The reader for the suite that runs over all device classes: over a serial line and over each kind of USB."""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from drivers.contract import Cancel, Device
from drivers.id_card.device import Reading, SamIdCardReader
from drivers.id_card.specimens import SPECIMENS
from drivers.id_card.usb_framing import UsbFraming
from drivers.simulation.contract import SimulatedDevice
from tests.drivers.id_card import helpers
from tests.drivers.rigs import RigMaker

OPERATION_BYTES = 10 + 15 + 10 + 19 + 10 + 1295 + 10 + 11
"""Find, select, read and newest address with their replies, unwrapped."""


class IdCardRig:
    def __init__(self, line: helpers.Rig) -> None:
        self._line = line
        self.simulated: SimulatedDevice = line.simulated

    def device(self) -> SamIdCardReader:
        return SamIdCardReader(self._line.port(), helpers.QUICK, reading=Reading(newest_address=True))

    def prepare(self) -> None:
        self._line.simulated.simulate_place("resident2")

    def operate(self, device: Device, *, timeout: float, cancel: Cancel) -> bool:
        card = cast(SamIdCardReader, device).read(timeout=timeout, cancel=cancel)
        return card.number == SPECIMENS["resident2"].fields["number"]

    def offsets(self) -> Iterable[int]:
        """Every byte of the short replies' borders, then a sample of the long one."""
        return sorted({*range(1, 66, 3), *range(66, OPERATION_BYTES, 131), OPERATION_BYTES - 11, OPERATION_BYTES - 1})


def over(line: helpers.RigMaker) -> RigMaker:
    @contextmanager
    def made(folder: Path) -> Generator[IdCardRig]:
        with line(folder) as rig:
            yield IdCardRig(rig)

    return made


RIGS: dict[str, RigMaker] = {
    "serial": over(helpers.pseudo_terminal),
    "rate_detected": over(helpers.detecting),
    **{f"usb_{kind}": over(helpers.usb(kind)) for kind in UsbFraming if kind is not UsbFraming.AUTO},
}
OTHER_LINES = {f"usb_{kind}" for kind in UsbFraming if kind not in (UsbFraming.AUTO, UsbFraming.SPLIT)}
