"""A reader's USB endpoints as a port over which plain frames go."""

from typing import Final

from drivers.errors import NotConnected
from drivers.id_card.usb_framing import KINDS, Framing, Split, UsbFraming
from drivers.usb.bus import Pipe
from drivers.usb.device import UsbDevice
from drivers.usb.port import TRANSFER, drain, write_all

KNOWN_IDS: Final = {
    (0x0400, 0xC35A): "bulk",
    (0x0483, 0x5652): "bulk, unverified",
    (0x2B8B, 0x2721): "HID, unverified",
    (0x2B19, 0x0200): "Jieyu, unverified",
    (0x0103, 0x6066): "Jieyu, unverified",
}
"""Vendor and product numbers of readers. (The first is in nine sources or more, the others in one each.)"""


class SamUsbPort:
    """A :class:`drivers.ports.Port`; ``write`` takes one whole frame. The endpoints decide what ``auto`` means."""

    def __init__(self, name: str, framing: UsbFraming = UsbFraming.AUTO) -> None:
        self.name = name
        self._device = UsbDevice(name)
        self._wanted = framing
        self._framing = Framing()
        self._outs, self._ins = [-1], [-1]
        self._received = bytearray()

    @property
    def product(self) -> str:
        """The device's own name for itself, known once it was open."""
        return self._device.product

    def open(self) -> None:
        self._received.clear()
        self._device.open()
        kind = chosen(self._device.pipes) if self._wanted is UsbFraming.AUTO else self._wanted
        self._framing = KINDS[kind]()
        # an interrupt pipe beside bulk ones reports keys or lights; a HID reader has nothing else
        pipes = [each for each in self._device.pipes if each.kind == "bulk"] or list(self._device.pipes)
        self._outs = [pipe.address for pipe in pipes if not pipe.sends]
        self._ins = [pipe.address for pipe in pipes if pipe.sends]
        if min(len(self._outs), len(self._ins)) < self._framing.pairs:
            self.close()
            raise NotConnected(f"{self.name}: too few endpoints for usb_framing = {kind}")

    def read(self, max_bytes: int, timeout: float) -> bytes:
        if not self._received:
            transfer = self._device.read(self._ins[self._framing.next_pair], TRANSFER, timeout)
            self._received += self._framing.received(transfer)
        data = bytes(self._received[:max_bytes])
        del self._received[:max_bytes]
        return data

    def write(self, data: bytes, timeout: float) -> None:
        for at, packet in enumerate(self._framing.packets(data)):
            write_all(self._device, self._outs[at % self._framing.pairs], packet, timeout)

    def discard_input(self) -> None:
        self._received.clear()
        self._framing.reset()
        for endpoint in self._ins[: self._framing.pairs]:
            drain(self._device, endpoint)

    def close(self) -> None:
        self._received.clear()
        self._device.close()


def chosen(pipes: tuple[Pipe, ...]) -> UsbFraming:
    """What the number of endpoints tells."""
    ways = [pipe.sends for pipe in pipes if pipe.kind == "bulk"]
    if min(ways.count(True), ways.count(False)) >= Split.pairs:
        return UsbFraming.SPLIT
    return UsbFraming.SINGLE if ways else UsbFraming.HID
