"""An identity card reader written from the published byte tables alone: it shares no code with the driver."""

import os
import select
import struct
import threading
import tty
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from functools import reduce

PREAMBLE = bytes.fromhex("AAAAAA9669")
NOISE = bytes.fromhex("00 FF 55 AA AA 96 69 13")
NAME, NUMBER = "证件样本", "11010519491231002X"
FIELDS = (
    (NAME, 15),
    ("2", 1),
    ("01", 2),
    ("19491231", 8),
    ("北京市朝阳区测试路1号", 35),
    (NUMBER, 18),
    ("北京市公安局朝阳分局", 15),
    ("20200101", 8),
    ("20400101", 8),
    ("", 18),
)
TEXT = b"".join(value.ljust(size).encode("utf-16-le") for value, size in FIELDS)
CARD = struct.pack(">HH", len(TEXT), 1024) + TEXT + bytes(1024)


def frame(status: int, data: bytes = b"") -> bytes:
    checked = struct.pack(">H", len(data) + 4) + bytes([0, 0, status]) + data
    return PREAMBLE + checked + bytes([reduce(int.__xor__, checked)])


assert (len(frame(0x90, CARD)), frame(0x90, CARD)[-1]) == (1295, 0x78), "the published vector"

Style = Callable[[bytes], Iterator[bytes]]
"""A reply -> the portions in which it goes out."""


def whole(reply: bytes) -> Iterator[bytes]:
    yield reply


def byte_by_byte(reply: bytes) -> Iterator[bytes]:
    return (bytes([byte]) for byte in reply)


def behind_noise(reply: bytes) -> Iterator[bytes]:
    yield NOISE + reply


class FakeCardReader:
    """With one card on it, found once as the published tables say. ``unplug_at`` bytes of the card it is gone."""

    def __init__(self, style: Style, unplug_at: int = 0) -> None:
        self._style = style
        self._unplug_at = unplug_at
        self._found = self._gone = False
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.port = os.ttyname(self._slave)
        self._wake, self._stop = os.pipe()
        self._thread = threading.Thread(target=self._serve)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        os.close(self._stop)
        self._thread.join()
        self._hang_up()
        os.close(self._wake)

    def _serve(self) -> None:
        data = b""
        while not self._gone:
            ready, _, _ = select.select([self._master, self._wake], [], [])
            if self._wake in ready:
                return
            data += os.read(self._master, 4096)
            while len(data) >= 10 and data.startswith(PREAMBLE):
                request, data = data[:10], data[10:]
                self._answer(request[7:9])

    def _answer(self, command: bytes) -> None:
        if command == b"\x30\x01" and self._unplug_at:
            os.write(self._master, frame(0x90, CARD)[: self._unplug_at])
            self._hang_up()
            return
        for portion in self._style(self._reply(command)):
            os.write(self._master, portion)

    def _reply(self, command: bytes) -> bytes:
        match command:
            case b"\x20\x01" if not self._found:
                self._found = True
                return frame(0x9F, bytes(4))
            case b"\x20\x01":
                return frame(0x80)
            case b"\x20\x02":
                return frame(0x90, bytes(8))
            case b"\x30\x01":
                return frame(0x90, CARD)
            case b"\x30\x03":
                return frame(0x91)
            case b"\x11\xff":
                return frame(0x90)
            case b"\x12\xff":
                return frame(0x90, bytes.fromhex("05000100E5D6340187D61200B168DE3A"))
            case _:
                return frame(0x21)

    def _hang_up(self) -> None:
        if not self._gone:
            self._gone = True
            os.close(self._master)
            os.close(self._slave)


@contextmanager
def fake_card_reader(style: Style = whole, unplug_at: int = 0) -> Generator[FakeCardReader]:
    reader = FakeCardReader(style, unplug_at)
    reader.start()
    try:
        yield reader
    finally:
        reader.close()
