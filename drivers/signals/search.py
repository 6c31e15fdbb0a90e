"""Looks for an I/O board at a port: reads the first coil of the likeliest device ids, at the usual speeds."""

from collections.abc import Iterator
from time import monotonic
from typing import Final

from drivers.discovery import Attachment, Finding
from drivers.errors import DeadlineExceeded, DeviceFault, ProtocolError, Refused
from drivers.ports import Port
from drivers.signals.contract import BoardBusy, IllegalAddress, WrongUnit
from drivers.signals.protocol import Framing, ModbusDialogue, read_coils
from drivers.transports import open_port

TCP_PORT: Final = 502
_UNITS: Final = (1, 2, 3)
_BAUDS: Final = (9600, 19200, 38400, 115200)
_ANSWER: Final = 0.15
"""Seconds; a board that is there answers within some ten milliseconds."""
_CHUNK: Final = 512
_THERE: Final = (IllegalAddress, BoardBusy, DeviceFault)


def find(attachment: Attachment, timeout: float) -> Finding | None:
    """Raises ``NotConnected`` if the port cannot be opened."""
    deadline = monotonic() + timeout
    for framing, baud in _ways(attachment):
        port = open_port(attachment.port, baud=baud, tcp_port=TCP_PORT)
        port.open()
        try:
            for unit in _UNITS:
                if said := _ask(port, ModbusDialogue(framing, unit), min(deadline, monotonic() + _ANSWER)):
                    return _finding(attachment, framing, baud, unit, said)
        finally:
            port.close()
        if monotonic() >= deadline:
            return None
    return None


def _ways(attachment: Attachment) -> Iterator[tuple[Framing, int]]:
    if attachment.transport == "tcp":
        yield Framing.TCP, _BAUDS[0]
        return
    for baud in _BAUDS:
        yield Framing.RTU, baud


def _ask(port: Port, dialogue: ModbusDialogue, deadline: float) -> str:
    """What the board said; empty when nothing there speaks Modbus for this unit."""
    port.discard_input()
    port.write(dialogue.send(read_coils(0, 1)), _ANSWER)
    try:
        while (left := deadline - monotonic()) > 0:
            if dialogue.receive_data(port.read(_CHUNK, left)):
                return "answers a question for its first coil"
    except _THERE as error:
        return f"answers, with {error.detail}"
    except (WrongUnit, Refused, ProtocolError, DeadlineExceeded):
        return ""
    return ""


def _finding(attachment: Attachment, framing: Framing, baud: int, unit: int, said: str) -> Finding:
    options = {"device_id": str(unit)} | ({"baud": str(baud)} if framing is Framing.RTU else {})
    return Finding(attachment.port, f"Modbus unit {unit} {said}", options=options)
