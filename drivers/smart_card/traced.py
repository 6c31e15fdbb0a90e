"""A transport whose exchanges enter the trace, in vpcd's framing: such a trace is replayed like one of a byte port."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Final

from drivers.contract import Cancel
from drivers.errors import DriverError
from drivers.monitor import Watch
from drivers.smart_card.contract import CardInUse, CardMute, CardUnreadable
from drivers.smart_card.transport import CardTransport, Slot
from drivers.smart_card.vpcd import EMPTY, GET_ATR, IN_USE, MUTE, POWER_OFF, POWER_ON, TROUBLES, encode_slot, frame

_ANSWERS: Final[Mapping[type[DriverError], bytes]] = {
    CardUnreadable: EMPTY,
    CardMute: MUTE,
    CardInUse: IN_USE,
    **TROUBLES,
}


class TracedTransport:
    """A :class:`drivers.smart_card.transport.CardTransport` that passes every call on."""

    def __init__(self, transport: CardTransport, watch: Watch) -> None:
        self.name = transport.name
        self._transport = transport
        self._watch = watch

    def slot(self, timeout: float, cancel: Cancel) -> Slot:
        with self._asking(frame(GET_ATR)):
            slot = self._transport.slot(timeout, cancel)
        self._watch.received(frame(encode_slot(slot)))
        return slot

    def connect(self, timeout: float, cancel: Cancel) -> bytes:
        with self._asking(frame(POWER_ON) + frame(GET_ATR)):
            atr = self._transport.connect(timeout, cancel)
        self._watch.received(frame(atr))
        return atr

    def transmit(self, apdu: bytes, timeout: float, cancel: Cancel) -> bytes:
        with self._asking(frame(apdu)):
            answer = self._transport.transmit(apdu, timeout, cancel)
        self._watch.received(frame(answer))
        return answer

    def disconnect(self) -> None:
        self._watch.sent(frame(POWER_OFF))
        self._transport.disconnect()

    def close(self) -> None:
        self._transport.close()

    @contextmanager
    def _asking(self, request: bytes) -> Generator[None]:
        self._watch.sent(request)
        try:
            yield
        except DriverError as error:
            if type(error) in _ANSWERS:
                self._watch.received(frame(_ANSWERS[type(error)]))
            raise
