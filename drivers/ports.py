"""The byte seam below every protocol: five methods; library exceptions are translated here and nowhere else."""

from typing import Protocol


class Port(Protocol):
    """A byte stream to one device.

    ``read`` and ``write`` raise :class:`drivers.errors.ConnectionLost` when the other end is gone and
    ``open`` raises :class:`drivers.errors.NotConnected` when it was never there.
    """

    name: str

    def open(self) -> None: ...

    def read(self, max_bytes: int, timeout: float) -> bytes:
        """Return between 0 and ``max_bytes`` bytes; ``b""`` when ``timeout`` seconds passed without any."""
        ...

    def write(self, data: bytes, timeout: float) -> None:
        """Send all of ``data`` or raise."""
        ...

    def discard_input(self) -> None:
        """Throw away what was received and not read."""
        ...

    def close(self) -> None: ...
