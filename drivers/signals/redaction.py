"""Nothing on this line is personal; but with its running numbers no trace could be replayed. Pure."""

from typing import Final

_TRANSACTION: Final = 2
_HEADER: Final = 6


class TransactionRedactor:
    """A :class:`drivers.monitor.Redactor`: the transaction id, with which a Modbus/TCP frame begins, becomes 0, which
    fits every request. Frames of a serial line stay as they are."""

    def __init__(self) -> None:
        self._left = 0

    def sent(self, data: bytes) -> bytes:
        self._left = _TRANSACTION if _is_tcp(data) else 0
        return bytes(self._left) + data[self._left :]

    def received(self, data: bytes) -> bytes:
        """The first bytes after a request are the answer's id."""
        blotted = min(self._left, len(data))
        self._left -= blotted
        return bytes(blotted) + data[blotted:]


def _is_tcp(frame: bytes) -> bool:
    head = frame[_TRANSACTION:_HEADER]
    return len(head) == _HEADER - _TRANSACTION and head == (len(frame) - _HEADER).to_bytes(4, "big")
