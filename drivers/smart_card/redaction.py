"""What of a dialogue with a card may stand in a trace: commands, lengths, tags and status words, no values. Pure."""

from typing import Final

from drivers.smart_card.protocol import FIELDS
from drivers.smart_card.vpcd import GET_ATR, POWER_OFF, POWER_ON, RESET, frame

_HEADER: Final = 2
_STATUS: Final = 2
_MASK: Final = 0x30
"""The digit 0: a masked text is one still."""
_CONTROLS: Final = tuple(frame(each) for each in (POWER_OFF, POWER_ON, RESET, GET_ATR))
_COMMANDS: Final = frozenset({0xA4, 0xB2, 0xC0})
_TAGS: Final = frozenset(each.tag for each in FIELDS)


class CardRedactor:
    """A :class:`drivers.monitor.Redactor`. An answer to reset is masked, too: it may hold the chip's serial number."""

    def __init__(self) -> None:
        self._answer = _Answer()

    def sent(self, data: bytes) -> bytes:
        self._answer = _Answer()
        return data if _harmless(data) else bytes(len(data))

    def received(self, data: bytes) -> bytes:
        return bytes(self._answer.mask(byte) for byte in data)


def _harmless(data: bytes) -> bool:
    """Whether these are controls, or one of the commands of the dialogue, which hold nothing of a card."""
    if any(data == control for control in _CONTROLS) or data == frame(POWER_ON) + frame(GET_ATR):
        return True
    return len(data) >= _HEADER + 4 and data[_HEADER] == 0 and data[_HEADER + 1] in _COMMANDS


class _Answer:
    """One frame from the reader, byte by byte; what follows it counts as a next one."""

    def __init__(self) -> None:
        self._at = 0
        self._length = 0
        self._is_record = False

    def mask(self, byte: int) -> int:
        at, self._at = self._at - _HEADER, self._at + 1
        if at < 0:
            self._length = self._length << 8 | byte
            shown = byte
        else:
            shown = byte if self._shows(at, byte) else _MASK
        if self._at == _HEADER + self._length and self._at >= _HEADER:
            self._at = self._length = 0
        return shown

    def _shows(self, at: int, byte: int) -> bool:
        """Whether the byte ``at`` of the payload says nothing of a person."""
        if at == 0:
            self._is_record = byte in _TAGS
            return self._is_record or self._length <= _STATUS or byte in (0x3B, 0x3F)
        return at >= self._length - _STATUS or (at == 1 and self._is_record)
