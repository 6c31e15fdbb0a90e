"""The simulated reader on a simulated USB bus, with the endpoints of each kind there is."""

from collections.abc import Callable, Mapping
from typing import Final

from drivers.id_card.simulated_reader import ReaderOnCable
from drivers.id_card.usb_framing import HEAD, REPORT, UsbFraming, body_size
from drivers.usb.bus import Descriptors, Pipe
from drivers.usb.simulated import QueuedGadget, SimulatedBus

_HID_CLASS: Final = 3
_HID: Final = (Pipe(0x01, "interrupt"), Pipe(0x82, "interrupt"))


def _described(vendor: int, product: int, pipes: tuple[Pipe, ...], interface_class: int = 0xFF) -> Descriptors:
    return Descriptors(vendor, product, pipes, interface_class, "Simulated", "ID card reader", "S0001")


_KINDS: Final[Mapping[UsbFraming, Descriptors]] = {
    UsbFraming.SPLIT: _described(0x0400, 0xC35A, (Pipe(0x02), Pipe(0x81), Pipe(0x06), Pipe(0x85))),
    UsbFraming.SINGLE: _described(0x0400, 0xC35A, (Pipe(0x01), Pipe(0x82))),
    UsbFraming.HID: _described(0x2B8B, 0x2721, _HID, _HID_CLASS),
    UsbFraming.MIAXIS: _described(0x2B8B, 0x2721, _HID, _HID_CLASS),
}


def _transfers(kind: UsbFraming, reply: bytes, ins: list[int]) -> list[tuple[int, bytes]]:
    """A reply as endpoint and transfer; what is no frame goes out on the first endpoint."""
    match kind:
        case UsbFraming.SPLIT if body_size(reply):
            return [(ins[0], reply[:HEAD]), (ins[1], reply[HEAD:])]
        case UsbFraming.HID:
            return _reports(reply, ins[0], b"")
        case UsbFraming.MIAXIS:
            return _reports(reply, ins[0], b"\x02\x00")
        case _:
            return [(ins[0], reply)]


def _reports(reply: bytes, endpoint: int, lead: bytes) -> list[tuple[int, bytes]]:
    room = REPORT - len(lead)
    portions = (reply[at : at + room] for at in range(0, len(reply), room))
    return [(endpoint, (lead + portion).ljust(REPORT, b"\0")) for portion in portions]


class _Gadget(QueuedGadget):
    """Counts what goes through the cable before it is pulled."""

    def __init__(
        self, descriptors: Descriptors, heard: Callable[[bytes], None], carried: Callable[[bytes], bytes]
    ) -> None:
        super().__init__(descriptors)
        self._heard = heard
        self._carried = carried

    def received(self, endpoint: int, data: bytes) -> None:
        del endpoint
        self._heard(self._carried(data))

    def read(self, endpoint: int, size: int, timeout: float) -> bytes:
        return self._carried(super().read(endpoint, size, timeout))


class SimulatedUsbReader(ReaderOnCable):
    """``bus`` is started and closed by whoever made it."""

    def __init__(self, bus: SimulatedBus, framing: UsbFraming = UsbFraming.SPLIT, *, found_again: bool = False) -> None:
        super().__init__(found_again=found_again)
        self._bus = bus
        self._framing = framing
        self._gadget = _Gadget(_KINDS[framing], self._hear, self._pass)
        self._plugged = False

    @property
    def endpoint(self) -> str:
        return self._bus.port(self._gadget.descriptors)

    def _hear(self, data: bytes) -> None:
        ins = [pipe.address for pipe in self._gadget.descriptors.pipes if pipe.sends]
        for request in self._sam.requests(data):
            reply, delay = self._considered(request)
            for endpoint, transfer in _transfers(self._framing, reply, ins) if reply else ():
                self._gadget.send(endpoint, transfer, delay)

    def _pass(self, data: bytes) -> bytes:
        data = self._carried(data)
        if self._is_cut():
            self._bus.detach(self._gadget)
        return data

    def _connect(self) -> None:
        self._gadget.forget()
        self._bus.attach(self._gadget)
        self._plugged = True

    def _disconnect(self) -> None:
        self._bus.detach(self._gadget)
        self._plugged = False

    def _drop_answers(self) -> None:
        self._gadget.forget()

    def _is_connected(self) -> bool:
        return self._plugged and not self._is_cut()
