"""A reader that speaks vpcd's framing over a byte port: the simulated one, or a saved trace."""

from collections.abc import Callable
from time import monotonic
from typing import Final

from drivers.contract import Cancel
from drivers.errors import Cancelled, DeadlineExceeded, DriverError, ProtocolError
from drivers.ports import Port
from drivers.smart_card.contract import CardInUse, CardMute, CardUnreadable
from drivers.smart_card.transport import Slot
from drivers.smart_card.vpcd import (
    EMPTY,
    GET_ATR,
    IN_USE,
    MUTE,
    POWER_OFF,
    POWER_ON,
    FrameParser,
    check_answer,
    decode_slot,
    frame,
)

_CHUNK: Final = 4096
_SLICE: Final = 0.05
"""Seconds after which a cancel is noticed."""
_OFF_TIMEOUT: Final = 0.2


class VpcdTransport:
    """A :class:`drivers.smart_card.transport.CardTransport`.

    An answer says not what it answers. So whatever leaves one owed closes the port: the next call opens it anew.
    """

    def __init__(self, port: Port, clock: Callable[[], float] = monotonic) -> None:
        self.name = port.name
        self._port = port
        self._clock = clock
        self._is_open = False

    def slot(self, timeout: float, cancel: Cancel) -> Slot:
        return decode_slot(self._ask(frame(GET_ATR), timeout, cancel))

    def connect(self, timeout: float, cancel: Cancel) -> bytes:
        slot = decode_slot(self._ask(frame(POWER_ON) + frame(GET_ATR), timeout, cancel))
        _demand_card(slot)
        return slot.atr

    def transmit(self, apdu: bytes, timeout: float, cancel: Cancel) -> bytes:
        answer = self._ask(frame(apdu), timeout, cancel)
        if answer in (EMPTY, MUTE, IN_USE):
            _demand_card(decode_slot(answer))
        return answer

    def disconnect(self) -> None:
        try:
            if self._is_open:
                self._port.write(frame(POWER_OFF), _OFF_TIMEOUT)
        except DriverError:
            self.close()

    def close(self) -> None:
        self._is_open = False
        self._port.close()

    def _ask(self, request: bytes, timeout: float, cancel: Cancel) -> bytes:
        try:
            if not self._is_open:
                self._port.open()
                self._is_open = True
            self._port.discard_input()
            self._port.write(request, timeout)
            return self._receive(timeout, cancel)
        except DriverError:
            self.close()
            raise

    def _receive(self, timeout: float, cancel: Cancel) -> bytes:
        parser, deadline = FrameParser(), self._clock() + timeout
        while (left := deadline - self._clock()) > 0:
            if cancel.is_set():
                raise Cancelled
            parser.receive_data(self._port.read(_CHUNK, min(left, _SLICE)))
            answer = parser.next_frame()
            if answer is not None:
                check_answer(answer)
                return answer
        if parser.pending:
            raise ProtocolError(f"{parser.pending} bytes of a broken frame")
        raise DeadlineExceeded(f"{self.name}: silence")


def _demand_card(slot: Slot) -> None:
    if slot.in_use:
        raise CardInUse
    if slot.mute:
        raise CardMute
    if not slot.present:
        raise CardUnreadable("taken out")
