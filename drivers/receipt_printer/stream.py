"""The printer's side of ESC/POS, sans-io: bytes in, what they ask for out. Unknown commands are skipped whole.

Source: the ESC/POS command manuals; lengths of commands are theirs, so that a command this paper does not show does not
spill its parameters onto the receipt as text.
"""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from drivers.receipt_printer.protocol import CLEAR_BUFFERS, STATUS_REQUESTS

# --- obeyed on arrival ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class StatusRequest:
    """DLE EOT n"""

    n: int


@dataclass(frozen=True)
class ClearBuffers:
    """DLE DC4 8"""


RealTime = StatusRequest | ClearBuffers

_REAL_TIME: Final[dict[bytes, RealTime]] = {
    **{request: StatusRequest(n) for n, request in enumerate(STATUS_REQUESTS, 1)},
    CLEAR_BUFFERS: ClearBuffers(),
}


class RealTimeFilter:
    """Picks out what is obeyed on arrival, wherever it stands; passes all other bytes on."""

    def __init__(self) -> None:
        self._held = b""

    def feed(self, byte: int) -> RealTime | bytes:
        """A command, or the bytes that turned out to belong to none (often empty)."""
        self._held += bytes((byte,))
        if self._held in _REAL_TIME:
            command, self._held = _REAL_TIME[self._held], b""
            return command
        passed = 0
        while not any(code.startswith(self._held[passed:]) for code in _REAL_TIME):
            passed += 1
        data, self._held = self._held[:passed], self._held[passed:]
        return data


# --- obeyed in turn ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Initialise:
    """ESC @"""


@dataclass(frozen=True)
class Text:
    characters: str


@dataclass(frozen=True)
class Feed:
    """LF (the rest of the line) or ESC d n"""

    lines: int


@dataclass(frozen=True)
class Align:
    """ESC a n"""

    to: Literal["left", "center", "right"]


@dataclass(frozen=True)
class Bold:
    """ESC E n"""

    on: bool


@dataclass(frozen=True)
class Size:
    """GS ! n: magnification, 1 to 8 each way"""

    width: int
    height: int


@dataclass(frozen=True)
class Qr:
    """GS ( k, function 81: print the stored symbol; ``dots`` a module"""

    data: bytes
    dots: int
    level: Literal["l", "m", "q", "h"]


@dataclass(frozen=True)
class Cut:
    """GS V"""


@dataclass(frozen=True)
class Report:
    """GS r n"""

    n: int


Command = Initialise | Text | Feed | Align | Bold | Size | Qr | Cut | Report

_ALIGNMENTS: Final[tuple[Literal["left", "center", "right"], ...]] = ("left", "center", "right")
_LEVELS: Final[tuple[Literal["l", "m", "q", "h"], ...]] = ("l", "m", "q", "h")

_ESC, _FS, _GS = 0x1B, 0x1C, 0x1D
_NO_PARAMETER: Final = frozenset({b"\x1b@", b"\x1b2", b"\x1b<", b"\x1bi", b"\x1bm", b"\x1c&", b"\x1c.", b"\x1d:"})
_TWO_PARAMETERS: Final = frozenset({b"\x1b$", b"\x1b\\", b"\x1bc", b"\x1cS", b"\x1dL", b"\x1dW", b"\x1dP", b"\x1d$"})
_LENGTH_FOLLOWS: Final = frozenset({b"\x1d(", b"\x1c(", b"\x1b("})
_RASTER: Final = b"\x1dv"
_CUT: Final = b"\x1dV"
_CUT_WITH_FEED: Final = frozenset({65, 66, 97, 98, 103, 104})
_NEED_MORE: Final = -1


class Parser:
    """Feed it bytes in any portions; it gives commands as soon as they are whole."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._kanji = False
        self._decoder = codecs.getincrementaldecoder("gb18030")("replace")
        self._qr_data, self._qr_dots, self._qr_level = b"", 3, 0

    def feed(self, data: bytes) -> Iterator[Command]:
        self._buffer += data
        while (size := _size(self._buffer)) not in (0, _NEED_MORE):
            code = bytes(self._buffer[:size])
            del self._buffer[:size]
            yield from self._obey(code)

    def _obey(self, code: bytes) -> Iterator[Command]:
        if code[0] in (_ESC, _FS, _GS):
            yield from self._obey_command(code[:2], code[2:])
        elif code == b"\n":
            self._decoder.reset()
            yield Feed(1)
        elif code[0] >= 0x20 and (characters := self._decode(code)):
            yield Text(characters)

    def _decode(self, code: bytes) -> str:
        return self._decoder.decode(code) if self._kanji else code.decode("ascii", "replace")

    def _obey_command(self, name: bytes, parameters: bytes) -> Iterator[Command]:
        match name, list(parameters):
            case b"\x1b@", _:
                self._kanji = False
                yield Initialise()
            case ((b"\x1c&" | b"\x1c."), _):
                self._kanji = name == b"\x1c&"
                self._decoder.reset()
            case b"\x1ba", [n]:
                yield Align(_ALIGNMENTS[n % 48 % 3])
            case b"\x1bE", [n]:
                yield Bold(bool(n & 1))
            case b"\x1bd", [n]:
                yield Feed(n)
            case b"\x1d!", [n]:
                yield Size((n >> 4 & 7) + 1, (n & 7) + 1)
            case b"\x1dV", _:
                yield Cut()
            case b"\x1dr", [n]:
                yield Report(n)
            case b"\x1d(", [0x6B, _, _, 0x31, *function]:
                yield from self._obey_qr(bytes(function))
            case _:
                pass

    def _obey_qr(self, function: bytes) -> Iterator[Command]:
        match list(function):
            case [67, dots]:
                self._qr_dots = max(1, min(dots, 16))
            case [69, level]:
                self._qr_level = level % 48 % 4
            case [80, _, *data]:
                self._qr_data = bytes(data)
            case [81, *_] if self._qr_data:
                yield Qr(self._qr_data, self._qr_dots, _LEVELS[self._qr_level])
            case _:
                pass


def _size(buffer: bytearray) -> int:
    """Bytes of the first command or character in ``buffer``; ``_NEED_MORE`` if it is not whole; 0 if empty."""
    if not buffer or buffer[0] not in (_ESC, _FS, _GS):
        return min(len(buffer), 1)
    size = _command_size(buffer) if len(buffer) > 1 else _NEED_MORE
    return size if size <= len(buffer) else _NEED_MORE


def _command_size(buffer: bytearray) -> int:
    name = bytes(buffer[:2])
    if name in _NO_PARAMETER:
        return 2
    if name in _TWO_PARAMETERS:
        return 4
    if name in _LENGTH_FOLLOWS:
        return 5 + _word(buffer, 3)
    if name == _RASTER:
        return 8 + _word(buffer, 4) * _word(buffer, 6)
    if name == _CUT and len(buffer) > 2 and buffer[2] in _CUT_WITH_FEED:
        return 4
    return 3


def _word(buffer: bytearray, at: int) -> int:
    """A little-endian length; 0 while it is not there, which keeps the command short of whole."""
    return buffer[at] | buffer[at + 1] << 8 if len(buffer) > at + 1 else 0
