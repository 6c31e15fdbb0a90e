"""A device on the simulated bus that sends back what it is sent."""

from drivers.usb.bus import Descriptors, Pipe
from drivers.usb.simulated import QueuedGadget

ECHO = Descriptors(0x04B8, 0x0202, (Pipe(0x01), Pipe(0x82)), manufacturer="Sample", name="Echo", serial_number="A1")


class Echo(QueuedGadget):
    def received(self, endpoint: int, data: bytes) -> None:
        del endpoint
        self.send(0x82, data)
