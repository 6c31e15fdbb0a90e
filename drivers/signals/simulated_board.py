"""The board in the simulation: pymodbus's simulator, and what is wired to it."""

import struct
from collections.abc import Coroutine, Iterator, Sequence
from time import monotonic
from typing import Any, Final, TypeVar, cast

from pymodbus.constants import ExcCodes
from pymodbus.exceptions import ModbusException
from pymodbus.framer import FramerRTU, FramerSocket
from pymodbus.pdu import DecodePDU, ExceptionResponse, ModbusPDU
from pymodbus.simulator import DataType, SimData, SimDevice
from pymodbus.simulator.simcore import SimCore

from drivers.signals.numbers import INPUTS, LOCK

T = TypeVar("T")

UNIT: Final = 1
CALL_COUNTER: Final = 0
"""Input register."""
_SIZE: Final = 16
_COILS: Final = 1
_INPUTS: Final = 2
_REGISTERS: Final = 4


def _run(coroutine: Coroutine[Any, Any, T]) -> T:
    """The simulator's functions are asynchronous by form only: there is nothing they wait for."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    raise RuntimeError("the simulator waits")


class Board:
    """Sixteen coils, sixteen inputs and one counter, wired as the settings' defaults say.

    The lock's coil opens the door. Called under the cable's lock.
    """

    def __init__(self, *, serial: bool) -> None:
        self._serial = serial
        self._framer = (FramerRTU if serial else FramerSocket)(DecodePDU(True))  # noqa: FBT003 - a server
        self._waiting = b""
        self._refusal: ExcCodes | None = None
        self._busy_until = 0.0
        self._released_at = 0.0
        self._presses = 0
        self.other_unit = False
        self._contacts = dict.fromkeys(INPUTS, False)
        self.restart()

    # --- its end of the cable ----------------------------------------------------------------------------------------

    def connected(self) -> None:
        self._waiting = b""

    def answer(self, data: bytes) -> bytes:
        self._waiting = (self._waiting + data)[-2 * self._framer.MAX_SIZE :]
        try:
            return b"".join(self._replies())
        except (ModbusException, ValueError, IndexError, struct.error):
            self._waiting = b""
            return b""

    def _replies(self) -> Iterator[bytes]:
        while self._waiting:
            used, request = self._framer.handleFrame(self._waiting, 0, 0)
            self._waiting = self._waiting[used:]
            if request is None:
                return
            reply = self._reply(request)
            if reply is not None:
                reply.dev_id, reply.transaction_id = request.dev_id, request.transaction_id
                yield self._framer.buildFrame(reply)

    def _reply(self, request: ModbusPDU) -> ModbusPDU | None:
        if self.other_unit or request.dev_id != UNIT:
            # on a serial line nobody feels addressed; a gateway says so
            return None if self._serial else ExceptionResponse(request.function_code, ExcCodes.GATEWAY_NO_RESPONSE)
        if refusal := ExcCodes.DEVICE_BUSY if monotonic() < self._busy_until else self._refusal:
            return ExceptionResponse(request.function_code, refusal)
        self._show_contacts()
        reply = _run(request.datastore_update(cast(Any, self._core), UNIT))
        if self.coil(LOCK):
            self._contacts["door"] = True
        return reply

    # --- what is wired to it -----------------------------------------------------------------------------------------

    def restart(self) -> None:
        """All outputs off, the counter at nought."""

        def bits() -> list[SimData]:
            return [SimData(0, values=[False] * _SIZE, datatype=DataType.BITS)]

        counter = [SimData(CALL_COUNTER, values=[0], datatype=DataType.UINT16)]
        holding = [SimData(0, values=[0], datatype=DataType.UINT16)]
        self._core = SimCore(SimDevice(id=UNIT, simdata=(bits(), bits(), holding, counter)))
        self._presses = 0

    def coil(self, number: int) -> bool:
        return bool(cast(Sequence[bool], _run(self._core.async_getValues(UNIT, _COILS, number, 1)))[0])

    def contact(self, name: str) -> bool:
        if name == "call_button":
            return monotonic() < self._released_at
        return self._contacts[name]

    def close_contact(self, name: str, *, closed: bool) -> None:
        self._contacts[name] = closed

    def press(self, seconds: float) -> None:
        self._presses += 1
        self._released_at = monotonic() + seconds

    def refuse(self, code: ExcCodes | None) -> None:
        self._refusal = code

    def be_busy(self, seconds: float) -> None:
        self._busy_until = monotonic() + seconds

    @property
    def faults(self) -> dict[str, bool]:
        return {
            "busy": monotonic() < self._busy_until,
            "wrong_unit": self.other_unit,
            "illegal_address": self._refusal is ExcCodes.ILLEGAL_ADDRESS,
            "board_fault": self._refusal is ExcCodes.DEVICE_FAILURE,
        }

    def _show_contacts(self) -> None:
        for name, number in INPUTS.items():
            _run(self._core.async_setValues(UNIT, _INPUTS, number, [self.contact(name)]))
        _run(self._core.async_setValues(UNIT, _REGISTERS, CALL_COUNTER, [self._presses % 0x10000]))
