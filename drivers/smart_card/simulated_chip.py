"""A simulated chip: what a social security card answers to commands of ISO 7816-4."""

from typing import Final

from drivers.smart_card.apdu import NO_RECORD, OK, PIN_NEEDED
from drivers.smart_card.protocol import EF05, EF06, FIELDS, ReadStyle
from drivers.smart_card.specimens import Specimen

_FILE_NOT_FOUND: Final = 0x6A82
_WRONG_P1_P2: Final = 0x6A86
_WRONG_LENGTH: Final = 0x6700
_UNKNOWN_INS: Final = 0x6D00
_NOT_ALLOWED: Final = 0x6986
_CONTROL_INFORMATION: Final = bytes.fromhex("6F05840344F100")


def _status(word: int) -> bytes:
    return word.to_bytes(2, "big")


class SimulatedChip:
    """One card with power; a new one for each power-up, which forgets what was selected."""

    def __init__(self, specimen: Specimen) -> None:
        self._specimen = specimen
        self._application = False
        self._file = b""
        self._waiting = b""

    def respond(self, apdu: bytes) -> bytes:
        """Data, if any, and two bytes of status."""
        if len(apdu) < 4:
            return _status(_WRONG_LENGTH)
        match apdu[1]:
            case 0xA4:
                return self._select(apdu[2], apdu[5:])
            case 0xB2:
                return self._read(apdu[2], apdu[3], apdu[4:])
            case 0xC0:
                waiting, self._waiting = self._waiting, b""
                return waiting + _status(OK)
            case _:
                return _status(_UNKNOWN_INS)

    def _select(self, p1: int, name: bytes) -> bytes:
        if p1 == 0x04:
            self._application = name == self._specimen.application
            return self._selected() if self._application else _status(_FILE_NOT_FOUND)
        if p1 != self._specimen.select_p1:
            return _status(_WRONG_P1_P2)
        if not self._application or name not in (EF05, EF06):
            return _status(_FILE_NOT_FOUND)
        self._file = name
        return self._selected()

    def _selected(self) -> bytes:
        if not self._specimen.fetches:
            return _status(OK)
        self._waiting = _CONTROL_INFORMATION
        return bytes((0x61, len(self._waiting)))

    def _read(self, p1: int, p2: int, le: bytes) -> bytes:
        if not self._file:
            return _status(_NOT_ALLOWED)
        if self._file in self._specimen.needs_pin:
            return _status(PIN_NEEDED)
        by_tag = self._specimen.style is ReadStyle.TAG
        if p2 != (0x00 if by_tag else 0x04):
            return _status(_WRONG_P1_P2)
        tag = p1 if by_tag else self._tag_of(p1)
        value = self._specimen.records.get((self._file, tag))
        return _status(NO_RECORD) if value is None else self._record(tag, value, le)

    def _tag_of(self, number: int) -> int:
        return next((each.tag for each in FIELDS if (each.file, each.number) == (self._file, number)), 0)

    def _record(self, tag: int, value: bytes, le: bytes) -> bytes:
        record = bytes((tag, len(value))) + value
        if tag in self._specimen.broken:
            record = bytes((tag, 0xFF)) + bytes(len(value))
        if le != bytes((len(record),)):
            return bytes((0x6C, len(record)))
        return record + _status(OK)
