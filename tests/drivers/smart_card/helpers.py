"""Short ways to use a reader, and a chip without a reader."""

import threading
from typing import Final, TypeVar

from drivers.simulation.contract import SimulatedDevice
from drivers.smart_card.apdu import Response
from drivers.smart_card.contract import SmartCard
from drivers.smart_card.device import SocialSecurityCardReader, Timings
from drivers.smart_card.protocol import Dialogue, ReadStyle, read_card
from drivers.smart_card.simulated_chip import SimulatedChip
from drivers.smart_card.specimens import Specimen
from drivers.smart_card.vpcd_transport import VpcdTransport
from drivers.transports import open_port

T = TypeVar("T")

QUICK: Final = Timings(poll=0.01, command=0.4, read=3.0, left=60.0)
PATIENCE: Final = 10.0


def reader_at(simulated: SimulatedDevice, timings: Timings = QUICK) -> SocialSecurityCardReader:
    port = open_port(simulated.endpoint.replace("vpcd", "tcp"))
    return SocialSecurityCardReader(VpcdTransport(port), timings=timings)


def read(reader: SocialSecurityCardReader, timeout: float = PATIENCE) -> SmartCard:
    return reader.read(timeout=timeout, cancel=threading.Event())


def dialogue_with(specimen: Specimen, style: ReadStyle = ReadStyle.AUTO) -> SmartCard:
    chip = SimulatedChip(specimen)
    return drive(read_card(style), chip)


def drive(dialogue: Dialogue, chip: SimulatedChip) -> SmartCard:
    command = next(dialogue)
    while True:
        try:
            command = dialogue.send(Response.decode(chip.respond(command.encode())))
        except StopIteration as done:
            return done.value
