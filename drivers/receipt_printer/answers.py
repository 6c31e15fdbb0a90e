"""What a printer says, sorted. Sans-io: bytes in, answers out.

Four kinds share one line without any framing: the printer's answers to DLE EOT, to GS r and GS I, and what it sends by
itself after GS a. They are told apart by the bits that each has fixed; an answer to DLE EOT may even stand in the
middle of a packet of the last kind. Source: the ESC/POS manuals' appendix on the identification of status bytes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from drivers.errors import ProtocolError
from drivers.receipt_printer import protocol
from drivers.receipt_printer.protocol import Bit

_BLOCKS: Final = frozenset({protocol.IDENTITY_HEADER[0], protocol.PROCESS_ID[0]})
_BLOCK_LIMIT: Final = 82
_FULL_STATUS_SIZE: Final = len(protocol.FULL_STATUS) + len(protocol.FULL_STATUS_MEANINGS)
_STATUS_BACK_SIZE: Final = len(protocol.STATUS_BACK_MEANINGS)
_FLOW_CONTROL: Final = frozenset({0x11, 0x13})
"""XON and XOFF, from a printer that is set to them."""


@dataclass(frozen=True)
class StatusAnswer:
    """To a real-time request: one byte, or the four of the full status."""

    data: bytes


@dataclass(frozen=True)
class Report:
    """To GS r: everything sent before is worked off."""


@dataclass(frozen=True)
class StatusBack:
    """Sent by itself, as GS a asked for."""

    bits: frozenset[Bit]


@dataclass(frozen=True)
class Block:
    """From a header byte to NUL, without the NUL: an identity, or a process number."""

    data: bytes


Answer = StatusAnswer | Report | StatusBack | Block


class AnswerParser:
    """Feed it bytes in any portions. Raises ``ProtocolError`` at a byte that begins or continues no answer."""

    def __init__(self) -> None:
        self._part = bytearray()

    def feed(self, data: bytes) -> Iterator[Answer]:
        for byte in data:
            if answer := self._take(byte):
                yield answer

    def _take(self, byte: int) -> Answer | None:
        if self._part and self._part[0] in _BLOCKS:
            return self._continue_block(byte)
        if self._part.startswith(protocol.FULL_STATUS):
            return self._continue_full_status(byte)
        if protocol.is_status(byte):
            return StatusAnswer(bytes((byte,)))
        if byte in _FLOW_CONTROL:
            return None
        return self._continue_status_back(byte) if self._part else self._begin(byte)

    def _begin(self, byte: int) -> Answer | None:
        if protocol.is_report(byte):
            return Report()
        if not (byte in _BLOCKS or protocol.begins_status_back(byte)):
            raise ProtocolError(f"unexpected byte {byte:02x}")
        self._part.append(byte)
        return None

    def _continue_block(self, byte: int) -> Answer | None:
        if byte == 0:
            return Block(self._whole())
        self._part.append(byte)
        if len(self._part) > _BLOCK_LIMIT:
            raise ProtocolError("a text without an end")
        return None

    def _continue_full_status(self, byte: int) -> Answer | None:
        self._part.append(byte)
        if len(self._part) < _FULL_STATUS_SIZE:
            return None
        return StatusAnswer(self._whole()[len(protocol.FULL_STATUS) :])

    def _continue_status_back(self, byte: int) -> Answer | None:
        """10 0F begins a full status: a packet that tells of errors would begin with the bit for offline."""
        if not protocol.is_report(byte):
            raise ProtocolError(f"unexpected byte {byte:02x} in a status packet")
        self._part.append(byte)
        if len(self._part) < _STATUS_BACK_SIZE:
            return None
        return StatusBack(protocol.bits_of(self._whole(), protocol.STATUS_BACK_MEANINGS))

    def _whole(self) -> bytes:
        part = bytes(self._part)
        self._part.clear()
        return part
