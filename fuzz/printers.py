"""The receipt printer and the document printer."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Final

from drivers.document_printer import message as ipp
from drivers.errors import ProtocolError
from drivers.receipt_printer import protocol as escpos
from drivers.receipt_printer.answers import AnswerParser
from drivers.receipt_printer.stream import Parser, RealTimeFilter, Text
from fuzz.promises import Target, expect, outcome, same_in_portions


def escpos_status(data: bytes) -> None:
    with suppress(ProtocolError):
        expect(escpos.status(escpos.decode(data)).state, "no state")


def escpos_answers(data: bytes) -> None:
    def answers(portions: Iterable[bytes]) -> object:
        parser = AnswerParser()
        return outcome(lambda: [answer for portion in portions for answer in parser.feed(portion)], ProtocolError)

    same_in_portions(answers, data)


def escpos_stream(data: bytes) -> None:
    """As the simulated printer reads it."""
    same_in_portions(_escpos_commands, data)


def _escpos_commands(portions: Iterable[bytes]) -> list[object]:
    real_time, parser, commands = RealTimeFilter(), Parser(), list[object]()
    for portion in portions:
        for byte in portion:
            passed = real_time.feed(byte)
            commands += parser.feed(passed) if isinstance(passed, bytes) else [passed]
    return [each for each in commands if not isinstance(each, Text)]


def ipp_message(data: bytes) -> None:
    expect(len(ipp.redacted(data, frozenset({"printer-state"}))) == len(data), "another length")
    with suppress(ProtocolError):
        ipp.decode(data)


TARGETS: Final[Mapping[str, Target]] = {
    "receipt_printer status": Target(escpos_status, (escpos.encode(frozenset()), escpos.encode(frozenset(escpos.Bit)))),
    "receipt_printer answers": Target(escpos_answers, (b"\x12\x12\x12\x12\0", b"_TM-T88\0", b"\x14\0\0\x0f")),
    "receipt_printer stream": Target(
        escpos_stream, (b"\x1b@\x1ba\x01\xd2\xd1\x10\x04\x01\n\x1dV\x42\x00\x1dr\x01", escpos.CLEAR_BUFFERS)
    ),
    "document_printer message": Target(
        ipp_message, (ipp.encode(0x000B, 1, {"printer-uri": "ipp://localhost/printers/a"}),)
    ),
}
