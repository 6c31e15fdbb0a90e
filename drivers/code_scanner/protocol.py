"""Serial code scanners, without I/O: what they are told, and what comes back.

A code is a line of text ended by CR, LF or both (all makers' factory setting). The GM65 family adds framed answers to
framed commands; its frames are ``7E 00``, type (07 read, 08 write), count, address of a setting, data, and
CRC-16/XMODEM over all but the first two bytes, where ``AB CD`` stands for "not checked". (Vendor manuals.)
"""

import contextlib
import re
import struct
from binascii import crc_hqx
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, Protocol

from drivers.code_scanner.contract import CodeUnreadable
from drivers.contract import Capabilities

LONGEST: Final = 8192
"""Bytes; the largest QR code holds 7089 digits or, as UTF-8, about as many bytes."""


@dataclass(frozen=True, repr=False)
class Line:
    """One line of a code, without its ending; never empty."""

    data: bytes

    def __repr__(self) -> str:
        return f"<Line, {len(self.data)} bytes>"


@dataclass(frozen=True)
class Answer:
    """The module's reply to a command: the value of the setting that was read, 0 for one that was written."""

    value: int


@dataclass(frozen=True)
class Damaged:
    """Bytes were lost: what was being received is no whole code."""

    reason: str


class NeedMore(Enum):
    NEED_MORE = "need more"


NEED_MORE: Final = NeedMore.NEED_MORE

Event = Line | Answer | Damaged | NeedMore


class Parser(Protocol):
    """Feed it bytes in any portions, then ask for events until it needs more. Never raises, never keeps over 8 kB."""

    @property
    def pending(self) -> bytes:
        """The beginning of a code whose end has not come."""
        ...

    def receive_data(self, data: bytes) -> None: ...

    def next_event(self) -> Event: ...


# --- GM65 frames ------------------------------------------------------------------------------------------------------

TRIGGER: Final = 0x0002
"""The setting whose lowest bit is the trigger in command mode."""
_COMMAND: Final = struct.Struct(">2sBBH")
_UNCHECKED: Final = b"\xab\xcd"
_READ, _WRITE = 0x07, 0x08
_ANSWER_HEAD: Final = b"\x02\x00\x00\x01"
_ANSWER_SIZE: Final = len(_ANSWER_HEAD) + 1 + 2


def read_setting(address: int) -> bytes:
    return _COMMAND.pack(b"\x7e\x00", _READ, 1, address) + b"\x01" + _UNCHECKED


def write_setting(address: int, value: int) -> bytes:
    return _COMMAND.pack(b"\x7e\x00", _WRITE, 1, address) + bytes([value]) + _UNCHECKED


def encode_answer(value: int = 0) -> bytes:
    """As a module sends it; with 0 this is the acknowledgement ``02 00 00 01 00 33 31`` of the manuals."""
    checked = _ANSWER_HEAD[2:] + bytes([value])
    return _ANSWER_HEAD[:2] + checked + crc_hqx(checked, 0).to_bytes(2, "big")


# --- lines, and answers between them ----------------------------------------------------------------------------------

_END: Final = re.compile(rb"[\r\n]")


class LineParser:
    """``framed``: the module answers commands in GM65 frames. One that stands within a line cuts it off: the module
    sends a code in one piece."""

    def __init__(self, *, framed: bool = False) -> None:
        self._framed = framed
        self._buffer = bytearray()

    @property
    def pending(self) -> bytes:
        return bytes(self._buffer)

    def receive_data(self, data: bytes) -> None:
        self._buffer += data

    def next_event(self) -> Event:
        self._drop(len(self._buffer) - len(self._buffer.lstrip(b"\r\n")))
        end = _END.search(self._buffer)
        frame = self._buffer.find(_ANSWER_HEAD) if self._framed else -1
        if frame >= 0 and (end is None or frame < end.start()):
            return self._answer(frame)
        if end is not None:
            return self._line(end.start())
        return self._unfinished()

    def _line(self, length: int) -> Event:
        line = bytes(self._buffer[:length])
        self._drop(length + 1)
        return Line(line) if length <= LONGEST else Damaged("too long")

    def _answer(self, at: int) -> Event:
        frame = bytes(self._buffer[at : at + _ANSWER_SIZE])
        if len(frame) < _ANSWER_SIZE:
            return self._unfinished()
        self._drop(at + _ANSWER_SIZE)
        value = frame[len(_ANSWER_HEAD)]
        return Answer(value) if frame == encode_answer(value) else Damaged("checksum of an answer")

    def _unfinished(self) -> Event:
        if len(self._buffer) <= LONGEST:
            return NEED_MORE
        self._buffer.clear()
        return Damaged("too long")

    def _drop(self, count: int) -> None:
        del self._buffer[:count]


def decode_text(data: bytes) -> str:
    """UTF-8 or, where it is none, GB18030, as codes made in China use both. Raises ``CodeUnreadable``.

    Control characters mean noise on the line or a code that is no text; only those of GS1 codes and of text stay.
    """
    for encoding in ("utf-8", "gb18030"):
        with contextlib.suppress(UnicodeDecodeError):
            text = data.decode(encoding)
            break
    else:
        text = ""
    if not text or _NO_TEXT.search(text):
        raise CodeUnreadable("not text")
    return text


_NO_TEXT: Final = re.compile(r"[\x00-\x08\x0b-\x1c\x1e\x1f\x7f-\x9f\ufffd]")


# --- the dialects -----------------------------------------------------------------------------------------------------


def _framed() -> Parser:
    return LineParser(framed=True)


def _nobody(_: bytes) -> Capabilities | None:
    return None


@dataclass(frozen=True)
class Dialect:
    """``start`` and ``stop`` work the trigger; ``query`` asks for the trigger's state; ``who`` asks for the model, and
    ``identity`` reads the answer (``None`` while it is not whole or not this maker's). Empty: there is no such command.
    """

    name: str
    start: bytes = b""
    stop: bytes = b""
    query: bytes = b""
    who: bytes = b""
    identity: Callable[[bytes], Capabilities | None] = _nobody
    parser: Callable[[], Parser] = LineParser
    answers: bool = field(default=False)
    """Every command is acknowledged."""


def _honeywell(data: bytes) -> Capabilities | None:
    """``Product Name: ...``, one statement a line; the command is echoed with ACK before its point at the end."""
    if not re.search(rb"REVINF\x06[.!]", data):
        return None
    told = _statements(data)
    return Capabilities(
        told.get("Product Name", "Honeywell"), told.get("Serial Number", ""), told.get("Software Part Number", "")
    )


def _newland(data: bytes) -> Capabilities | None:
    """``STX SOH 0000 # QRYSYS ... ACK ; ETX``; a model that does not know it says NAK or ENQ in that frame."""
    answer = re.search(rb"\x02\x010000#QRYSYS(.*?)([\x05\x06\x15]);\x03", data, re.DOTALL)
    if answer is None:
        return None
    told = _statements(answer[1])
    return Capabilities(
        told.get("Product Name", "Newland"), told.get("Serial Number", ""), told.get("Firmware Version", "")
    )


def _statements(data: bytes) -> Mapping[str, str]:
    pairs = (line.split(":", 1) for line in data.decode("latin-1").splitlines() if ":" in line)
    return {name.strip(): value.strip()[:64] for name, value in pairs}


GM65: Final = Dialect(
    "GM65",
    start=write_setting(TRIGGER, 1),
    stop=write_setting(TRIGGER, 0),
    query=read_setting(TRIGGER),
    parser=_framed,
    answers=True,
)
HONEYWELL: Final = Dialect("Honeywell", start=b"\x16T\r", stop=b"\x16U\r", who=b"\x16M\rREVINF.", identity=_honeywell)
NEWLAND: Final = Dialect(
    "Newland", start=b"\x01T\x04", stop=b"\x01P\x04", who=b"~\x010000#QRYSYS;\x03", identity=_newland
)
"""The command to stop, and the one for the model, stand in few manuals and were never tried."""

DIALECTS: Final[Mapping[str, Dialect]] = {"gm65": GM65, "honeywell": HONEYWELL, "newland": NEWLAND}
"""By the driver's name in the registry."""
