"""A Linux input device as a :class:`drivers.ports.Port` that only receives."""

import errno
import fcntl
import os
import select
from typing import Final

from drivers.errors import ConnectionLost, NotConnected, Refused

_EVIOCGRAB: Final = 0x40044590
_CHUNK: Final = 24 * 64
"""The kernel hands over whole events only."""
_WORDS: Final = {
    errno.ENOTTY: "this is no input device",
    errno.EBUSY: "another program has taken it",
    errno.EACCES: "not permitted: the user must be in the group input",
}


class InputPort:
    """``name`` is ``/dev/input/by-id/...-event-kbd``, which stays the same when other devices come and go.

    ``grab`` takes the device from everybody else: what a citizen's code says must not be typed into the window, where
    it could also press keys. A pseudo-terminal of a test cannot be grabbed.
    """

    def __init__(self, name: str, *, grab: bool = True) -> None:
        self.name = name
        self._grab = grab
        self._descriptor = -1

    def open(self) -> None:
        self.close()
        try:
            self._descriptor = os.open(self.name, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
            if self._grab:
                fcntl.ioctl(self._descriptor, _EVIOCGRAB, 1)
        except OSError as error:
            self.close()
            raise NotConnected(f"{self.name}: {_reason(error)}") from None

    def read(self, max_bytes: int, timeout: float) -> bytes:
        try:
            ready, _, _ = select.select([self._descriptor], [], [], timeout)
            data = os.read(self._descriptor, max(max_bytes, _CHUNK)) if ready else b""
        except BlockingIOError:
            return b""
        except (OSError, ValueError) as error:  # ValueError: select on a descriptor that is closed
            raise ConnectionLost(f"{self.name}: {_reason(error)}") from None
        if ready and not data:
            raise ConnectionLost(f"{self.name}: gone")
        return data

    def write(self, data: bytes, timeout: float) -> None:
        del timeout
        if data:
            raise Refused(f"{self.name}: an input device takes no bytes")

    def discard_input(self) -> None:
        while self.read(_CHUNK, 0):
            pass

    def close(self) -> None:
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


def _reason(error: Exception) -> str:
    number = getattr(error, "errno", None)
    if number is None:
        return "not open"
    return _WORDS.get(number) or os.strerror(number)
