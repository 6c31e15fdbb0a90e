"""The simulated printer's end of a serial line and of a USB cable (the network's is ``drivers.simulation.cable``)."""

import threading
from pathlib import Path
from time import monotonic
from typing import Final

from drivers.simulation.pseudo_terminal import PseudoTerminal, Unplugged
from drivers.usb.bus import Descriptors, Pipe
from drivers.usb.simulated import QueuedGadget, SimulatedBus

_BITS_PER_BYTE: Final = 10
_CHUNK: Final = 16
"""Bytes handed over at once; a serial chip's FIFO holds about as many."""
_PRINTER_CLASS: Final = 7
_OUT, _IN = 0x01, 0x82
_ROOM: Final = 1 << 14
"""Bytes that a USB printer takes before it has looked at them."""


class SerialLine:
    """A pty at the speed of a serial line, in both directions. ``link``: a path that stays the same."""

    def __init__(self, link: Path | None = None, baud: int = 115200) -> None:
        self._terminal = PseudoTerminal(link)
        self._byte_time = _BITS_PER_BYTE / baud
        self._arrived = bytearray()
        self._free_at = 0.0
        self._woken = threading.Event()

    @property
    def path(self) -> str:
        return self._terminal.path

    def open(self) -> None:
        self._arrived.clear()
        self._woken.clear()
        self._terminal.open()

    def read(self, timeout: float) -> bytes:
        if not self._arrived:
            self._arrived += self._terminal.read(timeout)
            self._free_at = max(self._free_at, monotonic())
        data = bytes(self._arrived[:_CHUNK])
        del self._arrived[:_CHUNK]
        self._pace(data)
        return data

    def write(self, data: bytes) -> None:
        self._woken.wait(len(data) * self._byte_time)
        self._terminal.write(data)

    def _pace(self, data: bytes) -> None:
        """Return when ``data`` has passed; a late return does not delay what follows."""
        self._free_at += len(data) * self._byte_time
        self._woken.wait(max(0.0, self._free_at - monotonic()))

    def wake(self) -> None:
        self._woken.set()
        self._terminal.wake()

    def close(self) -> None:
        self._terminal.close()


class UsbLine:
    """A gadget of the USB printer class on ``bus``, which is started and closed by its owner."""

    def __init__(self, bus: SimulatedBus, vendor: int = 0x0416, product: int = 0x5011) -> None:
        self.bus = bus
        self._gadget = _Gadget(
            Descriptors(
                vendor,
                product,
                (Pipe(_OUT), Pipe(_IN)),
                interface_class=_PRINTER_CLASS,
                manufacturer="Simulated",
                name="Receipt printer",
                serial_number="SIM0000042",
            )
        )
        self._plugged = False

    @property
    def path(self) -> str:
        return self.bus.port(self._gadget.descriptors)

    def open(self) -> None:
        self._gadget.forget()
        self._plugged = True
        self.bus.attach(self._gadget)

    def read(self, timeout: float) -> bytes:
        if not self._plugged:
            raise Unplugged
        return self._gadget.take(timeout)

    def write(self, data: bytes) -> None:
        if not self._plugged:
            raise Unplugged
        self._gadget.send(_IN, data)

    def wake(self) -> None:
        self._gadget.wake()

    def close(self) -> None:
        self._plugged = False
        self.bus.detach(self._gadget)


class _Gadget(QueuedGadget):
    """What the program wrote waits here until the printer has room for it."""

    def __init__(self, descriptors: Descriptors) -> None:
        super().__init__(descriptors)
        self._arrived = bytearray()
        self._moved = threading.Condition()
        self._awake = False

    def write(self, endpoint: int, data: bytes, timeout: float) -> int:
        del endpoint
        with self._moved:
            self._moved.wait_for(lambda: len(self._arrived) < _ROOM, timeout)
            taken = data[: _ROOM - len(self._arrived)]
            self._arrived += taken
            self._moved.notify_all()
            return len(taken)

    def take(self, timeout: float) -> bytes:
        with self._moved:
            self._moved.wait_for(lambda: self._arrived or self._awake, timeout)
            self._awake = False
            data = bytes(self._arrived)
            self._arrived.clear()
            self._moved.notify_all()
            return data

    def wake(self) -> None:
        with self._moved:
            self._awake = True
            self._moved.notify_all()

    def forget(self) -> None:
        super().forget()
        with self._moved:
            self._arrived.clear()
