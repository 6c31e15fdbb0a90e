"""The real driver above the simulated reader, for the suite of all families."""

from collections.abc import Iterable, Mapping
from typing import cast

from drivers.contract import Cancel, Device
from drivers.simulation.contract import SimulatedDevice
from drivers.smart_card.device import SocialSecurityCardReader
from drivers.smart_card.simulated import SimulatedCardReader
from tests.drivers.rigs import RigMaker, running
from tests.drivers.smart_card.helpers import reader_at

WIRE_BYTES = 304
"""Both ways, of one look and one read of ``person``."""


class CardRig:
    def __init__(self) -> None:
        self.simulated: SimulatedDevice = SimulatedCardReader()

    def device(self) -> Device:
        return reader_at(self.simulated)

    def prepare(self) -> None:
        self.simulated.verbs()["put"]("person")

    def operate(self, device: Device, *, timeout: float, cancel: Cancel) -> bool:
        card = cast(SocialSecurityCardReader, device).read(timeout=timeout, cancel=cancel)
        return card.card_number == "A00000017"

    def offsets(self) -> Iterable[int]:
        """Each of the first exchanges, then a sample: what follows is more of the same."""
        return [*range(60), *range(60, WIRE_BYTES, 5)]


RIGS: Mapping[str, RigMaker] = {"vpcd": lambda _: running(CardRig())}
