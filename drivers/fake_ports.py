"""Ports without hardware, and wrappers that spoil a port: for tests and for trying a driver by hand."""

import time
from collections.abc import Callable

from drivers.errors import ConnectionLost, NotConnected
from drivers.ports import Port


class ScriptedPort:
    """Answers each write with ``answer(data)``, at once and whole."""

    def __init__(self, answer: Callable[[bytes], bytes], name: str = "scripted") -> None:
        self.name = name
        self.written: list[bytes] = []
        self.on_write: Callable[[bytes], None] = lambda _: None
        self.present = True
        """False: ``open`` finds nothing, and what was open is lost."""
        self._answer = answer
        self._received = bytearray()
        self._is_open = False

    def push(self, data: bytes) -> None:
        """Let ``data`` arrive without being asked for."""
        self._received += data

    def open(self) -> None:
        if not self.present:
            raise NotConnected(self.name)
        self._is_open = True

    def read(self, max_bytes: int, timeout: float) -> bytes:
        self._check()
        if not self._received:
            time.sleep(timeout)
        data = bytes(self._received[:max_bytes])
        del self._received[:max_bytes]
        return data

    def write(self, data: bytes, timeout: float) -> None:
        del timeout
        self._check()
        self.written.append(data)
        self._received += self._answer(data)
        self.on_write(data)

    def discard_input(self) -> None:
        self._check()
        self._received.clear()

    def close(self) -> None:
        self._is_open = False
        self._received.clear()

    def _check(self) -> None:
        if not (self._is_open and self.present):
            raise ConnectionLost(self.name)


class _Wrapper:
    """Passes every call on to another port."""

    def __init__(self, port: Port) -> None:
        self.name = port.name
        self._port = port

    def open(self) -> None:
        self._port.open()

    def read(self, max_bytes: int, timeout: float) -> bytes:
        return self._port.read(max_bytes, timeout)

    def write(self, data: bytes, timeout: float) -> None:
        self._port.write(data, timeout)

    def discard_input(self) -> None:
        self._port.discard_input()

    def close(self) -> None:
        self._port.close()


class TricklePort(_Wrapper):
    """Hands over one byte a read."""

    def read(self, max_bytes: int, timeout: float) -> bytes:
        return super().read(min(1, max_bytes), timeout)


class DelayedPort(_Wrapper):
    """Every read comes ``delay`` seconds late."""

    def __init__(self, port: Port, delay: float) -> None:
        super().__init__(port)
        self._delay = delay

    def read(self, max_bytes: int, timeout: float) -> bytes:
        time.sleep(min(self._delay, timeout))
        return super().read(max_bytes, timeout - self._delay) if timeout > self._delay else b""


class LossyPort(_Wrapper):
    """Loses the received bytes whose running number ``loses``."""

    def __init__(self, port: Port, loses: Callable[[int], bool]) -> None:
        super().__init__(port)
        self._loses = loses
        self._count = 0

    def read(self, max_bytes: int, timeout: float) -> bytes:
        data = super().read(max_bytes, timeout)
        first = self._count
        self._count += len(data)
        return bytes(byte for at, byte in enumerate(data, first) if not self._loses(at))


class UnplugAfter(_Wrapper):
    """Is pulled out once ``count`` bytes were received; :meth:`plug` puts it back for good."""

    def __init__(self, port: Port, count: int) -> None:
        super().__init__(port)
        self._left: int | None = count

    def plug(self) -> None:
        self._left = None

    def open(self) -> None:
        if self._left == 0:
            raise NotConnected(self.name)
        super().open()

    def read(self, max_bytes: int, timeout: float) -> bytes:
        if self._left is None:
            return super().read(max_bytes, timeout)
        self._check()
        data = super().read(min(max_bytes, self._left), timeout)
        self._left -= len(data)
        return data

    def write(self, data: bytes, timeout: float) -> None:
        self._check()
        super().write(data, timeout)

    def discard_input(self) -> None:
        self._check()
        super().discard_input()

    def _check(self) -> None:
        if self._left == 0:
            raise ConnectionLost(self.name)
