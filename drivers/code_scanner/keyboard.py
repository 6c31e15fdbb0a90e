"""A scanner that types: Linux input events to lines of text and back, without I/O.

``/dev/input/event*`` hands over ``struct input_event`` of 24 bytes: seconds and microseconds (64 bits each), type,
code (16 bits), value (32 bits). Numbers are those of ``linux/input-event-codes.h``; the layout is the United States
one, which scanners use unless they are set otherwise.
"""

import struct
from collections.abc import Iterator
from typing import Final

from drivers.code_scanner.protocol import LONGEST, NEED_MORE, Damaged, Dialect, Event, Line

EVENT: Final = struct.Struct("<qqHHi")
SYN, KEY, MISC = 0, 1, 4
_SYN_DROPPED: Final = 3
_UP, _DOWN = 0, 1
ENTERS: Final = frozenset({28, 96})
SHIFTS: Final = frozenset({42, 54})

_ROWS: Final = (
    (2, "1234567890-=", "!@#$%^&*()_+"),
    (15, "\t", "\t"),
    (16, "qwertyuiop[]", "QWERTYUIOP{}"),
    (30, "asdfghjkl;'`", 'ASDFGHJKL:"~'),
    (43, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
    (57, " ", " "),
)
_KEYPAD: Final = {71: "7", 72: "8", 73: "9", 74: "-", 75: "4", 76: "5", 77: "6", 78: "+", 79: "1", 80: "2", 81: "3",
                  82: "0", 83: ".", 55: "*", 98: "/"}  # fmt: skip
_PLAIN: Final = {first + at: letter for first, plain, _ in _ROWS for at, letter in enumerate(plain)} | _KEYPAD
_SHIFTED: Final = {first + at: letter for first, _, shifted in _ROWS for at, letter in enumerate(shifted)} | _KEYPAD
_STROKES: Final = {letter: (code, shift) for shift, keys in ((True, _SHIFTED), (False, _PLAIN))
                   for code, letter in reversed(keys.items())}  # fmt: skip


class WedgeParser:
    """Implements :class:`drivers.code_scanner.protocol.Parser`. Keys without a letter are passed over; so is what the
    kernel repeats for a key that is held."""

    def __init__(self) -> None:
        self._received = bytearray()
        self._text = bytearray()
        self._shifts: set[int] = set()

    @property
    def pending(self) -> bytes:
        return bytes(self._text)

    def receive_data(self, data: bytes) -> None:
        self._received += data

    def next_event(self) -> Event:
        while len(self._received) >= EVENT.size:
            _, _, kind, code, value = EVENT.unpack_from(self._received)
            del self._received[: EVENT.size]
            event = self._event(kind, code, value)
            if event is not NEED_MORE:
                return event
        return NEED_MORE

    def _event(self, kind: int, code: int, value: int) -> Event:
        if (kind, code) == (SYN, _SYN_DROPPED):
            self._text.clear()
            return Damaged("the system dropped keys")
        if kind == KEY and code in SHIFTS:
            (self._shifts.discard if value == _UP else self._shifts.add)(code)
        elif (kind, value) == (KEY, _DOWN):
            return self._pressed(code)
        return NEED_MORE

    def _pressed(self, code: int) -> Event:
        if code not in ENTERS:
            self._text += (_SHIFTED if self._shifts else _PLAIN).get(code, "").encode()
        elif self._text:
            return self._finish()
        if len(self._text) > LONGEST:
            self._text.clear()
            return Damaged("too long")
        return NEED_MORE

    def _finish(self) -> Event:
        line = bytes(self._text)
        self._text.clear()
        return Line(line)


def encode_keys(text: str) -> bytes:
    """As a scanner types it, with a report after every key; CR and LF are Enter. Raises ``ValueError`` for what the
    layout lacks."""
    return b"".join(EVENT.pack(0, 0, *each) for letter in text for each in _stroke(letter))


def _stroke(letter: str) -> Iterator[tuple[int, int, int]]:
    if letter in "\r\n":
        code, shift = 28, False
    elif letter in _STROKES:
        code, shift = _STROKES[letter]
    else:
        raise ValueError("a keyboard scanner types ASCII only")
    keys = [42, code] if shift else [code]
    for value, each in [(_DOWN, key) for key in keys] + [(_UP, key) for key in reversed(keys)]:
        yield (MISC, 4, each)
        yield (KEY, each, value)
        yield (SYN, 0, 0)


WEDGE: Final = Dialect("keyboard scanner", parser=WedgeParser)
"""It has no trigger that could be worked over the line."""
