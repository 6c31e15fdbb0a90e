"""How a frame of the security module travels over USB endpoints, without I/O. A setting can choose what the endpoints
do not tell; vendors' sample programs are the only sources."""

import struct
from enum import StrEnum
from typing import Final

from drivers.id_card.protocol import PREAMBLE

HEAD: Final = len(PREAMBLE) + 2
REPORT: Final = 64


class UsbFraming(StrEnum):
    """``auto``: split for two bulk endpoints each way, single for one, hid for none."""

    AUTO = "auto"
    SPLIT = "split"
    """Two pairs of bulk endpoints: the first 7 bytes of a frame go over the first pair, the rest over the second.
    (Two sources, 0400:C35A.)"""
    SINGLE = "single"
    """One pair of bulk endpoints. (Three sources, 0400:C35A.)"""
    HID = "hid"
    """Reports of 64 bytes, the last one padded with zeros. (One source, 2B8B:2721; unverified.)"""
    MIAXIS = "miaxis"
    """The same reports with a wrapper around the frame. (One source; unverified.)"""


class Framing:
    """One pair of endpoints, frames as they are."""

    pairs: int = 1

    def __init__(self) -> None:
        self.next_pair = 0
        """The pair that the next bytes come from."""

    def packets(self, frame: bytes) -> list[bytes]:
        """What is written for one whole frame; the first packet goes to the first pair, and so on around."""
        return [frame]

    def received(self, data: bytes) -> bytes:
        """What of a transfer belongs to the frame."""
        return data

    def reset(self) -> None:
        """What was begun is forgotten."""
        self.next_pair = 0


class Split(Framing):
    pairs = 2

    def __init__(self) -> None:
        super().__init__()
        self._head = b""
        self._left = 0

    def packets(self, frame: bytes) -> list[bytes]:
        return [frame[:HEAD], frame[HEAD:]]

    def received(self, data: bytes) -> bytes:
        if self.next_pair:
            self._left -= len(data)
            self.next_pair = int(self._left > 0)
            return data
        self._head += data
        self._left = body_size(self._head)
        if self._left or not PREAMBLE.startswith(self._head[: len(PREAMBLE)]):
            self.next_pair, self._head = int(self._left > 0), b""
        return data

    def reset(self) -> None:
        super().reset()
        self._head, self._left = b"", 0


class Hid(Framing):
    """Reports in sequence make the frame. What comes before a preamble or after the frame is no part of it."""

    _lead = 0

    def __init__(self) -> None:
        super().__init__()
        self._left = 0

    def packets(self, frame: bytes) -> list[bytes]:
        return [frame[at : at + REPORT].ljust(REPORT, b"\0") for at in range(0, len(frame), REPORT)]

    def received(self, data: bytes) -> bytes:
        data = data[self._lead :]
        if not self._left:
            data = data[max(0, data.find(PREAMBLE)) :]
            self._left = HEAD + body_size(data) if body_size(data) else len(data)
        data = data[: self._left]
        self._left -= len(data)
        return data

    def reset(self) -> None:
        super().reset()
        self._left = 0


class Miaxis(Hid):
    """Flag, sequence (2 bytes), length (little-endian), command, the frame, and the sum of everything from the length
    on (16 bits, little-endian). Each report of a reply has 2 bytes of its own in front.

    Unverified: which flag, what the length counts, where in a report the 2 bytes are.
    """

    FLAG: Final = 0x02
    COMMAND: Final = 0xB1
    _lead = 2

    def __init__(self) -> None:
        super().__init__()
        self._sequence = 0

    def packets(self, frame: bytes) -> list[bytes]:
        self._sequence = (self._sequence + 1) & 0xFFFF
        body = bytes([self.COMMAND]) + frame
        counted = struct.pack("<H", len(body)) + body
        head = struct.pack("<BH", self.FLAG, self._sequence)
        return super().packets(head + counted + struct.pack("<H", sum(counted) & 0xFFFF))


KINDS: Final[dict[UsbFraming, type[Framing]]] = {
    UsbFraming.SPLIT: Split,
    UsbFraming.SINGLE: Framing,
    UsbFraming.HID: Hid,
    UsbFraming.MIAXIS: Miaxis,
}


def body_size(head: bytes) -> int:
    """How many bytes follow the first 7 of a frame; 0 when these are not there or no frame's."""
    if len(head) < HEAD or not head.startswith(PREAMBLE):
        return 0
    return int.from_bytes(head[len(PREAMBLE) : HEAD])
