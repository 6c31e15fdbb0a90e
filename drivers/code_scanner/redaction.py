"""What a trace of a code scanner's line may hold: everything but what the codes say."""

from typing import Final

from drivers.code_scanner.keyboard import ENTERS, EVENT, KEY, MISC, SHIFTS

_MASK: Final = ord("x")
_ANSWER: Final = b"\x02\x00\x00\x01"
_ANSWER_REST: Final = 3
"""Value and checksum of a GM65 answer; longer ones would be settings nobody asks for."""


class LineRedactor:
    """Every letter of a code becomes ``x``; line ends, control bytes and the answers of a GM65 stay."""

    def __init__(self) -> None:
        self._matched = 0
        self._rest = 0

    def sent(self, data: bytes) -> bytes:
        return data

    def received(self, data: bytes) -> bytes:
        return bytes(map(self._byte, data))

    def _byte(self, byte: int) -> int:
        if self._rest:
            self._rest -= 1
            return byte
        self._matched = self._matched + 1 if byte == _ANSWER[self._matched] else int(byte == _ANSWER[0])
        if self._matched == len(_ANSWER):
            self._matched, self._rest = 0, _ANSWER_REST
        return byte if byte < ord(" ") else _MASK


_X: Final = 45
"""The key of the letter x."""


class KeyRedactor:
    """Every key but Enter and Shift becomes that of ``x``. A portion that is no whole event is blank."""

    def sent(self, data: bytes) -> bytes:
        return data

    def received(self, data: bytes) -> bytes:
        if len(data) % EVENT.size:
            return bytes(len(data))
        return b"".join(_masked(data[at : at + EVENT.size]) for at in range(0, len(data), EVENT.size))


def _masked(event: bytes) -> bytes:
    seconds, micros, kind, code, value = EVENT.unpack(event)
    if kind == KEY:
        return EVENT.pack(seconds, micros, kind, code if code in ENTERS | SHIFTS else _X, min(max(value, 0), 2))
    # the scan code of a key says as much as the key
    return EVENT.pack(seconds, micros, kind, 4, 0) if kind == MISC else EVENT.pack(seconds, micros, 0, 0, 0)
