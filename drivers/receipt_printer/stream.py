"""The printer's side of ESC/POS, sans-io: bytes in, what they ask for out. Unknown commands are skipped whole.

Source: the ESC/POS command manuals; lengths of commands are theirs, so that a command this paper does not show does not
spill its parameters onto the receipt as text.
"""

import codecs
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from drivers.receipt_printer.protocol import CLEAR_BUFFERS, FULL_STATUS_REQUEST, STATUS_REQUESTS

# --- obeyed on arrival ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class StatusRequest:
    """DLE EOT n, as it came"""

    request: bytes


@dataclass(frozen=True)
class ClearBuffers:
    """DLE DC4 8"""


RealTime = StatusRequest | ClearBuffers

REAL_TIME: Final[dict[bytes, RealTime]] = {
    **{request: StatusRequest(request) for request in (*STATUS_REQUESTS, FULL_STATUS_REQUEST)},
    CLEAR_BUFFERS: ClearBuffers(),
}


class RealTimeFilter:
    """Picks out what is obeyed on arrival, wherever it stands; passes all other bytes on."""

    def __init__(self) -> None:
        self._held = b""

    def feed(self, byte: int) -> RealTime | bytes:
        """A command, or the bytes that turned out to belong to none (often empty)."""
        self._held += bytes((byte,))
        if self._held in REAL_TIME:
            command, self._held = REAL_TIME[self._held], b""
            return command
        passed = 0
        while not any(code.startswith(self._held[passed:]) for code in REAL_TIME):
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
class Raster:
    """GS v 0: a picture of ``width`` x ``height`` dots, rows of whole bytes, the left dot in the highest bit"""

    width: int
    height: int
    data: bytes
    stretch_x: int = 1
    stretch_y: int = 1


@dataclass(frozen=True)
class Cut:
    """GS V, ESC i or ESC m"""


@dataclass(frozen=True)
class Report:
    """GS r n"""

    n: int


@dataclass(frozen=True)
class ProcessId:
    """GS ( H, function 48"""

    id: bytes


@dataclass(frozen=True)
class StatusBack:
    """GS a n"""

    on: bool


@dataclass(frozen=True)
class Identify:
    """GS I n"""

    n: int


Command = (
    Initialise | Text | Feed | Align | Bold | Size | Qr | Raster | Cut | Report | ProcessId | StatusBack | Identify
)

_ALIGNMENTS: Final[tuple[Literal["left", "center", "right"], ...]] = ("left", "center", "right")
_LEVELS: Final[tuple[Literal["l", "m", "q", "h"], ...]] = ("l", "m", "q", "h")

_DLE, _ESC, _FS, _GS = 0x10, 0x1B, 0x1C, 0x1D
_NO_PARAMETER: Final = frozenset({b"\x1b@", b"\x1b2", b"\x1b<", b"\x1bi", b"\x1bm", b"\x1c&", b"\x1c.", b"\x1d:"})
_TWO_PARAMETERS: Final = frozenset({b"\x1b$", b"\x1b\\", b"\x1bc", b"\x1cS", b"\x1dL", b"\x1dW", b"\x1dP", b"\x1d$"})
_LENGTH_FOLLOWS: Final = frozenset({b"\x1d(", b"\x1c(", b"\x1b("})
_RASTER: Final = b"\x1dv"
_RASTER_HEAD: Final = 8
_COLUMNS: Final = b"\x1b*"
_THREE_BYTES: Final = frozenset({32, 33})
_EJECT: Final = b"\x1de"
_CUT: Final = b"\x1dV"
_CUT_WITH_FEED: Final = frozenset({65, 66, 97, 98, 103, 104})
_CUTS: Final = frozenset({b"\x1dV", b"\x1bi", b"\x1bm"})
_WITH_NUMBER: Final[dict[bytes, Callable[[int], Command]]] = {
    b"\x1ba": lambda n: Align(_ALIGNMENTS[n % 48 % 3]),
    b"\x1bE": lambda n: Bold(bool(n & 1)),
    b"\x1bd": Feed,
    b"\x1d!": lambda n: Size((n >> 4 & 7) + 1, (n & 7) + 1),
    b"\x1dr": Report,
    b"\x1da": lambda n: StatusBack(bool(n)),
    b"\x1dI": Identify,
}
PLAIN_COMMANDS: Final = _NO_PARAMETER | _CUTS | {*_WITH_NUMBER, _EJECT, b"\x1bM", b"\x1b!", b"\x1bt", b"\x1dB"}
"""Whose parameters say how to print, never what."""
_NEED_MORE: Final = -1
_LIMIT: Final = 1 << 20
"""No picture is larger; what says so is noise, and waiting for its end would swallow the next receipts."""


class Parser:
    """Feed it bytes in any portions; it gives commands as soon as they are whole."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._kanji = False
        self._decoder = codecs.getincrementaldecoder("gb18030")("replace")
        self._qr_data, self._qr_dots, self._qr_level = b"", 3, 0

    def feed(self, data: bytes) -> Iterator[Command]:
        self._buffer += data
        while (size := size_of(self._buffer)) not in (0, _NEED_MORE):
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
            case ((b"\x1c&" | b"\x1c."), _):
                self._kanji = name == b"\x1c&"
                self._decoder.reset()
            case b"\x1d(", [0x6B, _, _, 0x31, *function]:
                yield from self._obey_qr(bytes(function))
            case b"\x1d(", [0x48, 6, 0, 0x30, 0x30, *process]:
                yield ProcessId(bytes(process))
            case b"\x1dv", [_, mode, _, _, _, _, _, *_]:
                yield _raster(mode, parameters)
            case b"\x1b@", _:
                self._kanji = False
                yield Initialise()
            case _ if name in _CUTS:
                yield Cut()
            case _, [n] if name in _WITH_NUMBER:
                yield _WITH_NUMBER[name](n)
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


def _raster(mode: int, parameters: bytes) -> Raster:
    across, down = int.from_bytes(parameters[2:4], "little"), int.from_bytes(parameters[4:6], "little")
    return Raster(8 * across, down, parameters[6:], 1 + (mode & 1), 1 + (mode >> 1 & 1))


def size_of(buffer: bytearray) -> int:
    """Bytes of the first command or character in ``buffer``; ``_NEED_MORE`` if it is not whole; 0 if empty."""
    if not buffer or buffer[0] not in (_ESC, _FS, _GS):
        return min(len(buffer), 1)
    size = _command_size(buffer) if len(buffer) > 1 else _NEED_MORE
    if size > _LIMIT:
        return _RASTER_HEAD
    return size if size <= len(buffer) else _NEED_MORE


def is_whole(command: bytearray) -> bool:
    """Whether it needs no further byte; true as well for what can become no command."""
    if command and command[0] == _DLE:
        return bytes(command) in REAL_TIME or not any(code.startswith(command) for code in REAL_TIME)
    return size_of(command) != _NEED_MORE


def _command_size(buffer: bytearray) -> int:
    name = bytes(buffer[:2])
    if name in _NO_PARAMETER:
        return 2
    if name in _TWO_PARAMETERS:
        return 4
    if name in _LENGTH_FOLLOWS:
        return 5 + _word(buffer, 3)
    if name == _RASTER:
        return _RASTER_HEAD + _word(buffer, 4) * _word(buffer, 6)
    if name == _COLUMNS:
        return 5 + _word(buffer, 3) * (3 if len(buffer) > 2 and buffer[2] in _THREE_BYTES else 1)
    if name == _CUT and len(buffer) > 2 and buffer[2] in _CUT_WITH_FEED:
        return 4
    if name == _EJECT and len(buffer) > 2 and buffer[2] == 3:
        return 4
    return 3


def _word(buffer: bytearray, at: int) -> int:
    """A little-endian length; 0 while it is not there, which keeps the command short of whole."""
    return buffer[at] | buffer[at + 1] << 8 if len(buffer) > at + 1 else 0
