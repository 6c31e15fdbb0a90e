"""A serial line as a :class:`drivers.ports.Port`, over pyserial: 8N1, no flow control."""

import contextlib
import errno
import os
import select
import termios
from typing import Final

import serial

from drivers.errors import ConnectionLost, DeadlineExceeded, NotConnected

BAUD: Final = 115200
_GONE: Final = (serial.SerialException, OSError, termios.error)
"""pyserial lets all three out, depending on the call in which the line vanishes."""


class SerialPort:
    """``name`` is a device path; ``/dev/serial/by-path/...`` stays the same when other devices come and go."""

    def __init__(self, name: str, baud: int = BAUD) -> None:
        self.name = name
        self._baud = baud
        self._line: serial.Serial | None = None

    def open(self) -> None:
        """Open exclusively: two programs that read one line would each get half of the bytes."""
        self.close()
        try:
            self._line = serial.Serial(self.name, self._baud, timeout=0, exclusive=True)
        except _GONE as error:
            raise NotConnected(f"{self.name}: {_reason(error)}") from None
        except ValueError as error:
            raise NotConnected(f"{self.name}: {error}") from None

    def set_baud(self, baud: int) -> None:
        """Go on at another rate, without the pulse on the modem lines that opening anew gives, which resets some
        devices. Raises ``ConnectionLost``."""
        line = self._opened()
        try:
            line.baudrate = baud
        except _GONE as error:
            raise ConnectionLost(f"{self.name}: {_reason(error)}") from None
        self._baud = baud

    def read(self, max_bytes: int, timeout: float) -> bytes:
        line = self._opened()
        try:
            ready, _, _ = select.select([line.fileno()], [], [], timeout)
            return bytes(line.read(max_bytes)) if ready else b""
        except _GONE as error:
            raise ConnectionLost(f"{self.name}: {_reason(error)}") from None

    def write(self, data: bytes, timeout: float) -> None:
        line = self._opened()
        try:
            line.write_timeout = timeout
            line.write(data)
        except serial.SerialTimeoutException:
            raise DeadlineExceeded(f"{self.name}: the line takes no bytes") from None
        except _GONE as error:
            raise ConnectionLost(f"{self.name}: {_reason(error)}") from None

    def discard_input(self) -> None:
        try:
            self._opened().reset_input_buffer()
        except _GONE as error:
            raise ConnectionLost(f"{self.name}: {_reason(error)}") from None

    def close(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            with contextlib.suppress(*_GONE):
                line.close()

    def _opened(self) -> serial.Serial:
        if self._line is None:
            raise ConnectionLost(f"{self.name}: not open")
        return self._line


_PLAIN_WORDS: Final = {
    errno.EAGAIN: "another program has it open",
    errno.ENOTTY: "this is no serial line",
}


def _reason(error: Exception) -> str:
    """The system's word for it; pyserial keeps the number and repeats the path in its own words."""
    number = getattr(error, "errno", None) or (error.args[0] if error.args else None)
    if number in _PLAIN_WORDS:
        return _PLAIN_WORDS[number]
    return os.strerror(number) if isinstance(number, int) else "this is no serial line"
