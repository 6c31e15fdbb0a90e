"""Rigs: the real driver above a simulated reader, over different lines, behind the same few methods."""

import threading
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol, TypeVar

from drivers.fake_ports import ScriptedPort, TricklePort
from drivers.id_card.contract import IdCard
from drivers.id_card.device import SamIdCardReader, Timings
from drivers.id_card.line import BAUD, DetectingPort, LineTimings
from drivers.id_card.protocol import Command, encode
from drivers.id_card.simulated import SimulatedReader
from drivers.id_card.simulated_reader import ReaderOnCable
from drivers.id_card.simulated_usb import SimulatedUsbReader
from drivers.id_card.usb_framing import UsbFraming
from drivers.id_card.usb_line import SamUsbPort
from drivers.ports import Port
from drivers.serial_port import SerialPort
from drivers.usb.simulated import SimulatedBus

QUICK = Timings(poll=0.01, command=0.5, read=0.5, gap=0.25, slice=0.005)
PATIENCE = 10.0
"""Seconds that no wait of a test takes unless something is broken."""


class Rig(Protocol):
    @property
    def simulated(self) -> ReaderOnCable: ...

    def port(self) -> Port:
        """A new port to the reader."""
        ...

    def cut_after(self, count: int) -> Port:
        """A new port; the cable is pulled once, after ``count`` bytes of replies."""
        ...

    def unplug(self) -> None: ...

    def plug(self) -> None: ...


RigMaker = Callable[[Path], AbstractContextManager[Rig]]
"""Takes a temporary folder."""


class ScriptedRig:
    """No line at all: every request is answered at once."""

    def __init__(self, *, found_again: bool = False, trickle: bool = False) -> None:
        self.simulated = SimulatedReader(found_again=found_again)
        self._line = ScriptedPort(self.simulated.answer)
        self._trickle = trickle

    def port(self) -> Port:
        return TricklePort(self._line) if self._trickle else self._line

    def cut_after(self, count: int) -> Port:
        return Tripwire(self.port(), count, self.unplug)

    def unplug(self) -> None:
        self._line.present = False

    def plug(self) -> None:
        self._line.present = True


class PtyRig:
    """A pseudo-terminal below pyserial."""

    def __init__(self, folder: Path) -> None:
        self.simulated = SimulatedReader(folder / "reader", paced=False)
        self.unplug = self.simulated.simulate_unplug
        self.plug = self.simulated.simulate_plug

    def port(self) -> Port:
        return SerialPort(self.simulated.endpoint)

    def cut_after(self, count: int) -> Port:
        return Tripwire(self.port(), count, self.unplug)


class DetectingRig(PtyRig):
    """The same, and the driver does not know its speed."""

    def __init__(self, folder: Path, baud: int = BAUD) -> None:
        super().__init__(folder)
        self.simulated = SimulatedReader(folder / "reader", paced=False, baud=baud)
        self.unplug = self.simulated.simulate_unplug
        self.plug = self.simulated.simulate_plug

    def port(self) -> Port:
        return DetectingPort(self.simulated.endpoint, timings=LineTimings(answer=0.1))


class UsbRig:
    """pyusb over a simulated bus on the other side of a socket."""

    def __init__(self, folder: Path, kind: UsbFraming) -> None:
        self.bus = SimulatedBus(folder / "usb.sock")
        self.simulated = SimulatedUsbReader(self.bus, kind)
        self.unplug = self.simulated.simulate_unplug
        self.plug = self.simulated.simulate_plug
        # nothing on the bus tells the wrapped reports from the plain ones
        self._setting = kind if kind is UsbFraming.MIAXIS else UsbFraming.AUTO

    def port(self) -> Port:
        return SamUsbPort(self.simulated.endpoint, self._setting)

    def cut_after(self, count: int) -> Port:
        """The request before the replies goes through the same cable."""
        self.simulated.simulate_unplug(str(count + len(encode(Command.FIND_CARD))))
        return self.port()


@contextmanager
def scripted(_folder: Path) -> Generator[Rig]:
    yield ScriptedRig()


@contextmanager
def trickling(_folder: Path) -> Generator[Rig]:
    yield ScriptedRig(trickle=True)


@contextmanager
def finding_again(_folder: Path) -> Generator[Rig]:
    yield ScriptedRig(found_again=True)


@contextmanager
def pseudo_terminal(folder: Path) -> Generator[Rig]:
    with started(PtyRig(folder)) as rig:
        yield rig


@contextmanager
def detecting(folder: Path) -> Generator[Rig]:
    with started(DetectingRig(folder, 57600)) as rig:
        yield rig


def usb(kind: UsbFraming) -> RigMaker:
    @contextmanager
    def made(folder: Path) -> Generator[Rig]:
        rig = UsbRig(folder, kind)
        rig.bus.start()
        with started(rig):
            yield rig
        rig.bus.close()

    return made


R = TypeVar("R", bound=Rig)


@contextmanager
def started(rig: R) -> Generator[R]:
    rig.simulated.start()
    try:
        yield rig
    finally:
        rig.simulated.close()


RIGS: dict[str, RigMaker] = {
    "scripted": scripted,
    "trickling": trickling,
    "finding_again": finding_again,
    "pty": pseudo_terminal,
    "detecting": detecting,
    **{f"usb_{kind}": usb(kind) for kind in UsbFraming if kind is not UsbFraming.AUTO},
}


def read(reader: SamIdCardReader, timeout: float = PATIENCE) -> IdCard:
    return reader.read(timeout=timeout, cancel=threading.Event())


@contextmanager
def reading(reader: SamIdCardReader) -> Generator[tuple[Future[IdCard], threading.Event]]:
    """A read that waits in another thread."""
    cancel = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        try:
            yield pool.submit(reader.read, timeout=PATIENCE, cancel=cancel), cancel
        finally:
            cancel.set()


class Tripwire:
    """A port that calls ``action`` once, when it has handed over ``count`` bytes."""

    def __init__(self, port: Port, count: int, action: Callable[[], None]) -> None:
        self.name = port.name
        self.open, self.write = port.open, port.write
        self.discard_input, self.close = port.discard_input, port.close
        self._port = port
        self._left = count
        self._action = action

    def read(self, max_bytes: int, timeout: float) -> bytes:
        data = self._port.read(min(max_bytes, self._left) if self._left > 0 else max_bytes, timeout)
        before, self._left = self._left, self._left - len(data)
        if before > 0 >= self._left:
            self._action()
        return data
