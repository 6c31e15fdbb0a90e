"""One real driver over one simulated device, as a process of the terminal holds it."""

import socket
from typing import Any

from drivers.id_card.device import SamIdCardReader
from drivers.id_card.protocol import Command, encode
from drivers.id_card.simulated import SimulatedReader
from drivers.monitor import NothingPersonal, Watch
from drivers.options import Options
from drivers.registry import Driver
from drivers.serial_port import SerialPort
from drivers.trace import Direction
from kiosk.bus.connection import Connection
from kiosk.bus.message import Message
from kiosk.bus.messages import AnyMessage
from kiosk.hardware.unit import Unit
from tests.drivers.id_card.helpers import QUICK

PATIENCE = 10.0


def card_reader(simulated: SimulatedReader) -> Unit:
    def open_reader(options: Options, watch: Watch) -> Any:
        return SamIdCardReader(watch.port(SerialPort(options.port)), QUICK, watch=watch)

    driver = Driver("id_card", "sam", Options, open_reader, redactor=NothingPersonal)
    return Unit("id_card", "simulated", driver, lambda: Options(port=simulated.endpoint))


def searched_for_a_card(unit: Unit) -> bool:
    """Whether somebody wants a card of it."""
    sent = (record.data for record in unit.monitor.trace.records() if record.direction is Direction.SENT)
    return encode(Command.FIND_CARD) in b"".join(sent)


def ask(server: Any, message: Message) -> AnyMessage | None:
    """As another process would, over a real connection; ``server`` has ``answer(message, connection)``."""
    near, far = (Connection(each) for each in socket.socketpair())
    with near, far:
        server.answer(message, near)
        return far.receive(PATIENCE)
