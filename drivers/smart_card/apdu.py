"""ISO 7816-4 commands and responses, as bytes. Pure."""

from dataclasses import dataclass, replace
from typing import Final

from drivers.errors import ProtocolError

MAX_RESPONSE: Final = 256 + 2
"""Bytes of the longest response to a short command."""

OK: Final = 0x9000
END_OF_FILE: Final = 0x6282
"""Fewer bytes than asked for were there; those that came are good."""
PIN_NEEDED: Final = 0x6982
NO_RECORD: Final = 0x6A83
_MORE: Final = 0x61
_WRONG_LENGTH: Final = 0x6C


@dataclass(frozen=True)
class Command:
    """A short command: at most 255 bytes of ``data`` (``b""``: none) and 256 expected (``None``: none)."""

    ins: int
    p1: int
    p2: int
    data: bytes = b""
    le: int | None = None

    def encode(self) -> bytes:
        head = bytes((0x00, self.ins, self.p1, self.p2))
        body = bytes((len(self.data),)) + self.data if self.data else b""
        return head + body + (b"" if self.le is None else bytes((self.le % 256,)))

    def expecting(self, le: int) -> "Command":
        return replace(self, le=le)


def select_application(name: bytes) -> Command:
    return Command(0xA4, 0x04, 0x00, name)


def select_file(identifier: bytes, p1: int) -> Command:
    return Command(0xA4, p1, 0x00, identifier)


def read_record(p1: int, p2: int, le: int) -> Command:
    return Command(0xB2, p1, p2, le=le)


def get_response(le: int) -> Command:
    return Command(0xC0, 0x00, 0x00, le=le)


@dataclass(frozen=True, repr=False)
class Response:
    """``status`` is the two status bytes as one number."""

    data: bytes
    status: int

    @classmethod
    def decode(cls, data: bytes) -> "Response":
        """Raises ``ProtocolError`` for what is no response to a short command."""
        if not 2 <= len(data) <= MAX_RESPONSE:
            raise ProtocolError(f"response of {len(data)} bytes")
        return cls(data[:-2], int.from_bytes(data[-2:], "big"))

    @property
    def more(self) -> int:
        """How many bytes wait to be fetched (T=0), 0 for none."""
        return (self.status & 0xFF or 256) if self.status >> 8 == _MORE else 0

    @property
    def right_length(self) -> int:
        """What should have been asked for, 0 if the length was right."""
        return (self.status & 0xFF or 256) if self.status >> 8 == _WRONG_LENGTH else 0
