"""A USB device's pair of bulk endpoints as a :class:`drivers.ports.Port`."""

import time
from time import monotonic
from typing import Final

from drivers.errors import DeadlineExceeded, NotConnected
from drivers.usb.device import UsbDevice

TRANSFER: Final = 4096
"""Bytes asked for at once: any number of whole packets fits in, as USB demands."""
_STALE: Final = 64
"""Transfers that are thrown away at most; a device that has still more to say talks without end."""


class UsbBulkPort:
    """``name`` as in ``drivers.usb.device``: ``usb:0400:c35a``. The first bulk endpoint of each direction is used.

    A device that only listens (some printers) reads as one that says nothing.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._device = UsbDevice(name)
        self._out = self._in = -1
        self._received = bytearray()

    @property
    def product(self) -> str:
        """The device's own name for itself, known once it was open."""
        return self._device.product

    def open(self) -> None:
        self._received.clear()
        self._device.open()
        bulk = [pipe for pipe in self._device.pipes if pipe.kind == "bulk"]
        self._out, self._in = (
            next((pipe.address for pipe in bulk if pipe.sends == sends), -1) for sends in (False, True)
        )
        if self._out < 0:
            self.close()
            raise NotConnected(f"{self.name}: the device has no bulk endpoint to write to")

    def read(self, max_bytes: int, timeout: float) -> bytes:
        if not self._received:
            self._received += self._transfer(timeout)
        data = bytes(self._received[:max_bytes])
        del self._received[:max_bytes]
        return data

    def _transfer(self, timeout: float) -> bytes:
        if self._in < 0 and self._device.is_open:
            time.sleep(timeout)
            return b""
        return self._device.read(self._in, TRANSFER, timeout)

    def write(self, data: bytes, timeout: float) -> None:
        write_all(self._device, self._out, data, timeout)

    def discard_input(self) -> None:
        self._received.clear()
        if self._in >= 0:
            drain(self._device, self._in)

    def close(self) -> None:
        self._received.clear()
        self._device.close()


def write_all(device: UsbDevice, endpoint: int, data: bytes, timeout: float) -> None:
    """Send all of ``data`` or raise."""
    until = monotonic() + timeout
    while data:
        data = data[device.write(endpoint, data, until - monotonic()) :]
        if data and monotonic() > until:
            raise DeadlineExceeded(f"{device.name}: {len(data)} bytes were not taken")


def drain(device: UsbDevice, endpoint: int) -> None:
    """Throw away what the device has ready."""
    for _ in range(_STALE):
        if not device.read(endpoint, TRANSFER, 0):
            return
