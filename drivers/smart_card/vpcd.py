"""The framing of the virtual smart card project's ``vpcd``: what goes between a reader and a virtual card. Pure.

Both ways a frame is two bytes of length (big-endian) and as many bytes. A frame of one byte from the reader is a
control; only ``GET_ATR`` is answered. Every other frame is a command, answered by a response.

A reader that is itself at the far end (``vpcd://host:port``) has answers of its own, shorter than any of a card's:
nothing for "no card", one byte for the rest.
"""

from collections.abc import Mapping
from typing import Final

from drivers.errors import DeviceFault, DriverError, ProtocolError, Refused
from drivers.framing import ReceiveBuffer
from drivers.smart_card.apdu import MAX_RESPONSE
from drivers.smart_card.contract import ServiceDown
from drivers.smart_card.transport import Slot, is_answer_to_reset

POWER_OFF: Final = b"\x00"
POWER_ON: Final = b"\x01"
RESET: Final = b"\x02"
GET_ATR: Final = b"\x04"

EMPTY: Final = b""
IN_USE: Final = b"\xe0"
MUTE: Final = b"\xe1"
TROUBLES: Final[Mapping[type[DriverError], bytes]] = {
    DeviceFault: b"\xe2",
    ServiceDown: b"\xe3",
    Refused: b"\xe4",
}
"""What the reader says of itself, whatever it was asked."""
_TROUBLE_OF: Final = {word: kind for kind, word in TROUBLES.items()}

_HEADER: Final = 2
_MAX_FRAME: Final = MAX_RESPONSE + 3
"""A command may be 261 bytes long, a response 258."""


def frame(payload: bytes) -> bytes:
    return len(payload).to_bytes(_HEADER, "big") + payload


class FrameParser:
    """From portions of bytes to payloads. After a ``ProtocolError`` only a new connection helps."""

    def __init__(self) -> None:
        self._buffer = ReceiveBuffer(4 * _MAX_FRAME)

    @property
    def pending(self) -> int:
        """Bytes of a frame that is not whole."""
        return len(self._buffer)

    def receive_data(self, data: bytes) -> None:
        self._buffer.append(data)

    def next_frame(self) -> bytes | None:
        """``None``: more bytes are needed. Raises ``ProtocolError`` for a frame longer than any."""
        header = self._buffer.peek(0, _HEADER)
        if header is None:
            return None
        length = int.from_bytes(header, "big")
        if length > _MAX_FRAME:
            raise ProtocolError(f"frame of {length} bytes")
        if self._buffer.peek(_HEADER, _HEADER + length) is None:
            return None
        return self._buffer.take(_HEADER + length)[_HEADER:]


def check_answer(answer: bytes) -> None:
    """Raises the trouble that the reader tells of instead of an answer."""
    if answer in _TROUBLE_OF:
        raise _TROUBLE_OF[answer]("the reader says so")


def encode_slot(slot: Slot) -> bytes:
    """The answer to ``GET_ATR``."""
    if slot.in_use:
        return IN_USE
    return MUTE if slot.mute else slot.atr


def decode_slot(answer: bytes) -> Slot:
    """Raises ``ProtocolError`` for what is neither an answer to reset nor a reader's own answer."""
    match answer:
        case b"\xe0":
            return Slot(in_use=True)
        case b"\xe1":
            return Slot(mute=True)
        case b"":
            return Slot()
        case _ if is_answer_to_reset(answer):
            return Slot(atr=answer)
        case _:
            raise ProtocolError(f"{len(answer)} bytes that are no answer to reset")
