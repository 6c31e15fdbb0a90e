"""Takes citizens out of the trace of a receipt printer: commands, questions and answers stay, what is printed goes."""

from collections import Counter
from typing import Final

from drivers.errors import ProtocolError
from drivers.receipt_printer import protocol
from drivers.receipt_printer.answers import Answer, AnswerParser, Block, Report, StatusAnswer, StatusBack
from drivers.receipt_printer.stream import PLAIN_COMMANDS, REAL_TIME, StatusRequest, is_whole

_TEXT: Final = ord("?")
_NUMBER: Final = ord("0")
_NOISE: Final = 0xFF
"""No printer's answer: what cannot be understood stays that when the trace is replayed."""
_DLE: Final = 0x10
_INTRODUCERS: Final = frozenset({0x10, 0x1B, 0x1C, 0x1D})
_UNANSWERED: Final = 2
"""Questions that may still be answered: the last one, and one that was given up."""
_HEADS: Final = {
    b"\x1d(k": 8,  # up to and with the function; what follows the function that stores a symbol is its text
    b"\x1d(H": 7,  # the process number comes from the action
    b"\x1dv": 8,
}
"""How much of a longer command is layout and not content."""


class ReceiptRedactor:
    """Implements :class:`drivers.monitor.Redactor`, byte by byte.

    An answer stays if it was asked for: so much a printer may say; anything else at its port counts as personal.
    """

    def __init__(self) -> None:
        self._command = bytearray()
        self._parser = AnswerParser()
        self._said = bytearray()
        self._owed: Counter[type[Answer]] = Counter()

    def sent(self, data: bytes) -> bytes:
        if data in REAL_TIME:
            self._command.clear()  # a question by itself: what a pulled cable cut in two does not go on
        return bytes(map(self._sent, data))

    def received(self, data: bytes) -> bytes:
        return bytes(map(self._received, data))

    # --- to the printer ----------------------------------------------------------------------------------------------

    def _sent(self, byte: int) -> int:
        if not self._command and byte not in _INTRODUCERS:
            return byte if byte < 0x20 else _TEXT
        self._command.append(byte)
        kept = byte if self._is_layout() else _mask(self._command)
        if is_whole(self._command):
            self._expect(bytes(self._command))
            self._command.clear()
        return kept

    def _is_layout(self) -> bool:
        command, size = bytes(self._command[:3]), len(self._command)
        if size <= 2 or command[0] == _DLE or command[:2] in PLAIN_COMMANDS:
            return True
        return size <= next((head for name, head in _HEADS.items() if command.startswith(name)), 0)

    def _expect(self, command: bytes) -> None:
        match REAL_TIME.get(command):
            case StatusRequest():
                self._owed[StatusAnswer] = min(self._owed[StatusAnswer] + 1, _UNANSWERED)
            case None if command[:2] == protocol.REPORT_WHEN_REACHED[:2]:
                self._owed[Report] += 1
            case None if command[:2] == protocol.STATUS_BACK[:2]:
                self._owed[StatusBack] |= command[2] != 0
            case _:
                self._owed[Block] += command[:2] in (protocol.IDENTITY, protocol.SET_PROCESS_ID[:2])

    # --- from the printer --------------------------------------------------------------------------------------------

    def _received(self, byte: int) -> int:
        self._said.append(byte)
        try:
            answer = next(self._parser.feed(bytes((byte,))), None)
        except ProtocolError:
            self._parser, answer = AnswerParser(), None
            self._said.clear()
            return _NOISE
        kept = self._kept(byte, answer)
        if answer is not None:
            self._said.clear()
        return kept

    def _kept(self, byte: int, answer: Answer | None) -> int:
        if self._said.startswith(protocol.PROCESS_ID) and len(self._said) > 2:
            return _NUMBER if answer is None else byte
        if answer is None:
            return byte if self._may_go_on() else _NOISE
        if not self._owed[type(answer)]:
            return byte if byte == protocol.CLEARED[-1] else _NOISE
        if not isinstance(answer, StatusBack):
            self._owed[type(answer)] -= 1
        return byte

    def _may_go_on(self) -> bool:
        """Whether the part of an answer so far can become one that was asked for."""
        if self._said[0] == protocol.IDENTITY_HEADER[0]:
            return bool(self._owed[Block])
        if protocol.CLEARED.startswith(self._said[:2]) or protocol.PROCESS_ID.startswith(self._said[:2]):
            return len(self._said) <= 2
        return bool(self._owed[StatusBack] or self._owed[StatusAnswer])


def _mask(command: bytearray) -> int:
    return _NUMBER if command.startswith(protocol.SET_PROCESS_ID[:3]) else _TEXT
