"""What serial protocols share: a bounded receive buffer and checksums. Pure."""


def xor_of(data: bytes) -> int:
    """All bytes of ``data`` combined by exclusive or, 0 for none."""
    result = 0
    for byte in data:
        result ^= byte
    return result


class ReceiveBuffer:
    """Received bytes that are not yet understood, never more than ``limit``.

    Too much input pushes out the oldest bytes: what matters on a noisy line is the newest frame.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._data = bytearray()
        self.skipped = 0
        """Bytes thrown away as no part of any frame."""

    def __len__(self) -> int:
        return len(self._data)

    def append(self, data: bytes) -> None:
        self._data += data
        self.skip(max(0, len(self._data) - self._limit))

    def skip(self, count: int) -> None:
        """Throw the next ``count`` bytes away."""
        del self._data[:count]
        self.skipped += count

    def skip_until(self, marker: bytes) -> bool:
        """Throw away what cannot belong to ``marker``; true when the buffer now starts with all of it."""
        at = self._data.find(marker)
        self.skip(at if at >= 0 else len(self._data) - self._partial(marker))
        return at >= 0

    def _partial(self, marker: bytes) -> int:
        """Length of the longest beginning of ``marker`` that the buffer ends with."""
        sizes = range(min(len(marker) - 1, len(self._data)), 0, -1)
        return next((size for size in sizes if self._data.endswith(marker[:size])), 0)

    def peek(self, start: int, end: int) -> bytes | None:
        """The bytes from ``start`` to ``end`` (exclusive); ``None`` unless all of them are there."""
        return bytes(self._data[start:end]) if len(self._data) >= end else None

    def take(self, count: int) -> bytes:
        """Remove and return the next ``count`` bytes; the caller has peeked that they are there."""
        taken = bytes(self._data[:count])
        del self._data[:count]
        return taken
