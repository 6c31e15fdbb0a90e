"""A simulated USB bus: gadgets in this process, pyusb above them in this one or, over a socket, in another.

::

    bus = SimulatedBus(run_dir / "usb.sock")
    bus.start()
    bus.attach(gadget)                          # plug; ``detach`` pulls the cable
    open_port(bus.port(gadget.descriptors))     # in any process: usb+unix:/run/dir/usb.sock:0400:c35a
    usb.core.find(backend=BusBackend(bus.session()))  # in this one
"""

import errno
import os
import threading
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic
from typing import Final, Protocol, TypeVar

from drivers.usb.bus import Bus, Descriptors
from drivers.usb.socket import SCHEME, BusServer

_SLICE: Final = 0.05
"""Seconds after which a waiting transfer looks whether the cable is still there."""
_LIMIT: Final = 1 << 16
"""Bytes that a gadget keeps for a program that does not read."""


class Gadget(Protocol):
    """One simulated device. Both methods are called by any thread, and return within ``timeout`` seconds."""

    @property
    def descriptors(self) -> Descriptors: ...

    def write(self, endpoint: int, data: bytes, timeout: float) -> int:
        """Take ``data`` that the program sent; return how many bytes were taken in time."""
        ...

    def read(self, endpoint: int, size: int, timeout: float) -> bytes:
        """What the device sends on ``endpoint``, one transfer; ``b""`` when there is nothing in time."""
        ...


class QueuedGadget:
    """A :class:`Gadget` that answers: override :meth:`received`, call :meth:`send`."""

    def __init__(self, descriptors: Descriptors) -> None:
        self.descriptors = descriptors
        self._changed = threading.Condition()
        self._queues: dict[int, deque[tuple[float, bytes]]] = {pipe.address: deque() for pipe in descriptors.pipes}

    def received(self, endpoint: int, data: bytes) -> None:
        """The program wrote ``data``."""

    def send(self, endpoint: int, data: bytes, delay: float = 0.0) -> None:
        """Have ``data`` ready as one transfer, ``delay`` seconds from now. What nobody fetches is lost."""
        with self._changed:
            queue = self._queues[endpoint]
            if sum(len(each) for _, each in queue) + len(data) <= _LIMIT:
                queue.append((monotonic() + delay, data))
                self._changed.notify_all()

    def forget(self) -> None:
        """Drop what is ready: the device lost its power."""
        with self._changed:
            for queue in self._queues.values():
                queue.clear()

    def write(self, endpoint: int, data: bytes, timeout: float) -> int:
        del timeout
        self.received(endpoint, data)
        return len(data)

    def read(self, endpoint: int, size: int, timeout: float) -> bytes:
        until = monotonic() + timeout
        with self._changed:
            queue = self._queues[endpoint]
            while not queue or queue[0][0] > monotonic():
                due = min(until, queue[0][0]) if queue else until
                if (left := until - monotonic()) <= 0:
                    return b""
                self._changed.wait(min(left, max(0.0, due - monotonic())))
            at, data = queue.popleft()
            if data[size:]:
                queue.appendleft((at, data[size:]))
            return data[:size]


class SimulatedBus:
    """Gadgets that are plugged in. With ``socket``, other processes reach them between ``start`` and ``close``."""

    def __init__(self, socket: Path | None = None) -> None:
        self._lock = threading.Lock()
        self._gadgets: dict[int, Gadget] = {}
        self._owners: dict[int, object] = {}
        self._address = 0
        self._socket = socket
        self._server = BusServer(socket, self.session) if socket else None

    @property
    def text(self) -> str:
        """Of the bus, for ``drivers.usb.device.devices``."""
        return f"{SCHEME}:{self._socket}"

    def port(self, descriptors: Descriptors) -> str:
        """The port text of a device on this bus."""
        return f"{self.text}:{descriptors.vendor:04x}:{descriptors.product:04x}"

    def start(self) -> None:
        if self._server:
            self._server.start()

    def close(self) -> None:
        """Idempotent; gadgets stay attached."""
        if self._server:
            self._server.close()

    def attach(self, gadget: Gadget) -> None:
        """Plug it in, at a new address; nothing happens if it is."""
        with self._lock:
            if gadget not in self._gadgets.values():
                self._address += 1
                self._gadgets[self._address] = gadget

    def detach(self, gadget: Gadget) -> None:
        """Pull it out: whoever has it open gets ``ENODEV`` from now on, also when it is plugged in again."""
        with self._lock:
            for address in [address for address, each in self._gadgets.items() if each is gadget]:
                del self._gadgets[address]
                self._owners.pop(address, None)

    def session(self) -> Bus:
        """A program's view of the bus; what it claims nobody else may."""
        return _Session(self)

    # --- for sessions ------------------------------------------------------------------------------------------------

    def gadgets(self) -> dict[int, Gadget]:
        with self._lock:
            return dict(self._gadgets)

    def gadget(self, address: int) -> Gadget:
        with self._lock:
            if address not in self._gadgets:
                raise _failure(errno.ENODEV)
            return self._gadgets[address]

    def claim(self, address: int, owner: object) -> None:
        self.gadget(address)
        with self._lock:
            if self._owners.setdefault(address, owner) is not owner:
                raise _failure(errno.EBUSY)

    def release(self, address: int, owner: object) -> None:
        with self._lock:
            if self._owners.get(address) is owner:
                del self._owners[address]

    def release_all(self, owner: object) -> None:
        with self._lock:
            self._owners = {address: each for address, each in self._owners.items() if each is not owner}


class _Session:
    def __init__(self, bus: SimulatedBus) -> None:
        self._bus = bus

    def attached(self) -> Mapping[int, Descriptors]:
        return {address: gadget.descriptors for address, gadget in self._bus.gadgets().items()}

    def claim(self, address: int) -> None:
        self._bus.claim(address, self)

    def release(self, address: int) -> None:
        self._bus.release(address, self)

    def write(self, address: int, endpoint: int, data: bytes, timeout: float) -> int:
        def some(seconds: float) -> int:
            return self._bus.gadget(address).write(endpoint, data, seconds)

        return _within(timeout, some)

    def read(self, address: int, endpoint: int, size: int, timeout: float) -> bytes:
        def some(seconds: float) -> bytes:
            return self._bus.gadget(address).read(endpoint, size, seconds)

        data = _within(timeout, some)
        self._bus.gadget(address)  # what comes out of a device that was pulled meanwhile never arrived
        return data

    def close(self) -> None:
        self._bus.release_all(self)


T = TypeVar("T", int, bytes)


def _within(timeout: float, some: Callable[[float], T]) -> T:
    """Try again and again, a moment each time: the cable may be pulled meanwhile."""
    until = monotonic() + timeout
    while True:
        left = until - monotonic()
        if result := some(max(0.0, min(left, _SLICE))):
            return result
        if left <= 0:
            raise _failure(errno.ETIMEDOUT)


def _failure(number: int) -> OSError:
    return OSError(number, os.strerror(number))
