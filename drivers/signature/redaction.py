"""What a trace of a pad's line may hold: that somebody wrote, not what."""


class StrokeRedactor:
    """Every digit behind a decimal point becomes 0: places, pressure and rhythm are gone, messages stay valid."""

    def __init__(self) -> None:
        self._fraction = False

    def sent(self, data: bytes) -> bytes:
        return data

    def received(self, data: bytes) -> bytes:
        return bytes(map(self._byte, data))

    def _byte(self, byte: int) -> int:
        digit = byte in b"0123456789"
        self._fraction = byte == ord(".") or (self._fraction and digit)
        return ord("0") if digit and self._fraction else byte
