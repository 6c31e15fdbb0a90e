"""Takes people out of the wire trace of a card reader; what remains can be replayed.

Commands and statuses stay. The data of every reply but the module's own number are replaced: a card by the published
specimen, everything else by zeros. A checksum keeps its difference from the right one, so a good frame stays good and
a damaged one damaged. After the first question about a card, bytes that are no part of a reply become zeros: they may
be the rest of one. Pure; see ``drivers.monitor.Redactor``.
"""

from typing import Final

from drivers.id_card.contract import CardType
from drivers.id_card.protocol import (
    ADDRESS_BYTES,
    MAX_LENGTH,
    PREAMBLE,
    SAM_ID_BYTES,
    Command,
    NeedMore,
    Request,
    RequestParser,
    Status,
    encode_card,
)
from drivers.id_card.specimens import PUBLISHED

_BODY_AT: Final = len(PREAMBLE) + 2
_STATUS_AT: Final = _BODY_AT + 2
_DATA_AT: Final = _STATUS_AT + 1
_CARD_COMMANDS: Final = (b"\x20", b"\x30")
_SPECIMEN: Final = PUBLISHED[CardType.RESIDENT]
_ADDRESS: Final = _SPECIMEN.fields["address"].ljust(ADDRESS_BYTES // 2).encode("utf-16-le")


def _synthetic() -> dict[int, bytes]:
    cards = [encode_card(_SPECIMEN.data())]
    cards += [encode_card(_SPECIMEN.data(bytes(size)), fingerprint=True) for size in (0, 512, 1024)]
    return {len(data): data for data in (*cards, _ADDRESS)}


_SYNTHETIC: Final = _synthetic()
"""What replaces data of a length: text, photo and fingerprints, or an address."""


class SamRedactor:
    """One trace. Both methods take bytes in any portions and answer at once with as many."""

    def __init__(self) -> None:
        self._requests = RequestParser()
        self._asked = b""
        self._card_asked = self._number_asked = False
        self._begin()

    def sent(self, data: bytes) -> bytes:
        """Requests carry nothing personal. With a new one, the reply at hand is given up: its rest would be noise."""
        self._requests.receive_data(data)
        while not isinstance(event := self._requests.next_event(), NeedMore):
            if isinstance(event, Request):
                self._asked = event.code
                self._card_asked |= event.code[:1] in _CARD_COMMANDS
                self._number_asked |= event.code == Command.READ_MANAGEMENT_NUMBER.value
                self._begin()
        return data

    def received(self, data: bytes) -> bytes:
        return bytes(map(self._shown, data))

    # --- one byte after another --------------------------------------------------------------------------------------

    def _begin(self) -> None:
        """Before a preamble."""
        self._at = self._length = self._end = self._changes = 0
        self._data = b""
        """What is shown instead of the data of this reply; empty: themselves."""

    def _shown(self, byte: int) -> int:
        if self._at < len(PREAMBLE):
            return self._outside(byte)
        at, self._at = self._at, self._at + 1
        if at < _BODY_AT:
            return self._measured(at, byte)
        if at == self._end:
            changes = self._changes
            self._begin()
            return byte ^ changes
        shown = self._head(at, byte) if at < _DATA_AT else self._replaced(at - _DATA_AT, byte)
        self._changes ^= byte ^ shown
        return shown

    def _outside(self, byte: int) -> int:
        """Preambles are shown, whole or not; other bytes only as long as no card can be among them."""
        if byte == PREAMBLE[self._at]:
            self._at += 1
            return byte
        if byte == PREAMBLE[0]:
            self._at = 3 if self._at == 3 else 1  # the preamble begins with three of them: a fourth is the third
            return byte
        self._at = 0
        return 0 if self._card_asked else byte

    def _measured(self, at: int, byte: int) -> int:
        self._length = self._length << 8 | byte
        if at == _BODY_AT - 1:
            self._end = _BODY_AT + self._length - 1
            if not _DATA_AT <= self._end < _BODY_AT + MAX_LENGTH:
                self._begin()
        return byte

    def _head(self, at: int, byte: int) -> int:
        if at < _STATUS_AT:
            return min(byte, 1)  # zero in every reply: what is not stays wrong, but does not tell
        self._data = self._substitute(byte, self._end - _DATA_AT)
        return byte

    def _substitute(self, status: int, size: int) -> bytes:
        of_the_module = self._asked == Command.SAM_ID.value and size == SAM_ID_BYTES and not self._number_asked
        if of_the_module and status == Status.SUCCESS:
            return b""
        return _SYNTHETIC.get(size, bytes(size)) if status == Status.SUCCESS else bytes(size)

    def _replaced(self, at: int, byte: int) -> int:
        return self._data[at] if self._data else byte
