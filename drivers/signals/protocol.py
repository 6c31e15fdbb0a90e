"""Modbus requests and answers of an I/O board, and what its contacts mean. Pure.

"MODBUS Application Protocol V1.1b3" and "MODBUS over Serial Line V1.02"; frames and messages are pymodbus's.
"""

import struct
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

from pymodbus.exceptions import ModbusException
from pymodbus.framer import FramerBase, FramerRTU, FramerSocket
from pymodbus.pdu import DecodePDU, ModbusPDU
from pymodbus.pdu.bit_message import ReadCoilsRequest, ReadDiscreteInputsRequest, WriteSingleCoilRequest
from pymodbus.pdu.register_message import ReadInputRegistersRequest

from drivers.errors import DeviceFault, DriverError, ProtocolError, Refused
from drivers.signals.contract import BoardBusy, IllegalAddress, WrongUnit

_MAX_FRAME: Final = 264
_MAX_WAITING: Final = 2 * _MAX_FRAME
_HEADER: Final = 6
_EXCEPTION: Final = 0x80

_REFUSALS: Final[Mapping[int, type[DriverError]]] = {
    0x01: Refused,
    0x02: IllegalAddress,
    0x03: IllegalAddress,
    0x04: DeviceFault,
    0x05: BoardBusy,
    0x06: BoardBusy,
    0x0A: WrongUnit,
    0x0B: WrongUnit,
}


class Framing(StrEnum):
    TCP = "tcp"
    RTU = "rtu"


def read_coils(first: int, count: int) -> ModbusPDU:
    return ReadCoilsRequest(address=first, count=count)


def read_inputs(first: int, count: int) -> ModbusPDU:
    return ReadDiscreteInputsRequest(address=first, count=count)


def read_counter(register: int) -> ModbusPDU:
    return ReadInputRegistersRequest(address=register, count=1)


def write_coil(number: int, *, on: bool) -> ModbusPDU:
    return WriteSingleCoilRequest(address=number, bits=[on])


def span(numbers: Iterable[int]) -> tuple[int, int]:
    """First and count of the block that holds all ``numbers``, of which there must be one."""
    ordered = sorted(numbers)
    return ordered[0], ordered[-1] - ordered[0] + 1


class ModbusDialogue:
    """The client's end: one request, then its answer. Whatever came before the request is forgotten with it."""

    def __init__(self, framing: Framing, unit: int) -> None:
        self._framing = framing
        self._unit = unit
        framer: type[FramerBase] = FramerSocket if framing is Framing.TCP else FramerRTU
        self._framer = framer(DecodePDU(False))  # noqa: FBT003 - the library's signature: no server
        self._transaction = 0
        self._request = ModbusPDU()
        self._waiting = b""

    @property
    def pending(self) -> int:
        """Received bytes that make no whole frame yet."""
        return len(self._waiting)

    def send(self, request: ModbusPDU) -> bytes:
        self._transaction = self._transaction % 0xFFFF + 1
        request.dev_id, request.transaction_id = self._unit, self._transaction
        self._request, self._waiting = request, b""
        return self._framer.buildFrame(request)

    def receive_data(self, data: bytes) -> ModbusPDU | None:
        """The answer, ``None`` while it is not whole. Raises ``ProtocolError`` and what the board refuses with."""
        self._waiting += data
        if len(self._waiting) > _MAX_WAITING:
            raise ProtocolError(f"{len(self._waiting)} bytes of noise")
        self._check_header()
        try:
            used, answer = self._framer.handleFrame(self._waiting, self._unit, self._transaction)
        except (ModbusException, ValueError, IndexError, struct.error):
            raise ProtocolError("no Modbus message") from None
        self._waiting = self._waiting[used:]
        if answer:
            return self._checked(answer)
        if used and self._framing is Framing.RTU:
            raise ProtocolError("wrong checksum")  # or another board's answer: on this line none but ours is due
        return None

    def _check_header(self) -> None:
        """Over TCP noise would be waited on for ever: the library leaves it where it is."""
        head = self._waiting[:_HEADER]
        if self._framing is Framing.TCP and (
            any(head[2:4]) or (len(head) == _HEADER and int.from_bytes(head[4:], "big") > _MAX_FRAME)
        ):
            raise ProtocolError("no Modbus header")

    def _checked(self, answer: ModbusPDU) -> ModbusPDU:
        if answer.function_code & ~_EXCEPTION != self._request.function_code:
            raise ProtocolError(f"answer to function {answer.function_code & ~_EXCEPTION}")
        if answer.isError():
            kind = _REFUSALS.get(answer.exception_code, Refused)
            raise kind(f"function {self._request.function_code}: exception {answer.exception_code:02X}")
        if not _fits(self._request, answer):
            raise ProtocolError("answer to another request")
        return answer


def _fits(request: ModbusPDU, answer: ModbusPDU) -> bool:
    if isinstance(request, WriteSingleCoilRequest):
        return (answer.address, answer.bits) == (request.address, request.bits)
    if isinstance(request, ReadCoilsRequest):
        return len(answer.bits) == -(-request.count // 8) * 8
    return len(answer.registers) == request.count
