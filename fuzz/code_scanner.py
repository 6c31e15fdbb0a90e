"""Code scanners."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Final

from drivers.code_scanner import keyboard
from drivers.code_scanner import protocol as scanner
from drivers.code_scanner.contract import CodeUnreadable
from fuzz.promises import Target, expect, same_in_portions


def _scanned(parser: scanner.Parser, portions: Iterable[bytes]) -> list[object]:
    events: list[object] = []
    for portion in portions:
        parser.receive_data(portion)
        while (event := parser.next_event()) is not scanner.NEED_MORE:
            events.append(event)
    expect(len(parser.pending) <= scanner.LONGEST, "over its limit")
    return events


def scanner_lines(data: bytes) -> None:
    for event in same_in_portions(lambda portions: _scanned(scanner.LineParser(), portions), data):
        if isinstance(event, scanner.Line):
            with suppress(CodeUnreadable):
                scanner.decode_text(event.data)


def scanner_frames(data: bytes) -> None:
    same_in_portions(lambda portions: _scanned(scanner.LineParser(framed=True), portions), data)


def scanner_keys(data: bytes) -> None:
    same_in_portions(lambda portions: _scanned(keyboard.WedgeParser(), portions), data)


def scanner_identity(data: bytes) -> None:
    for dialect in scanner.DIALECTS.values():
        dialect.identity(data)


TARGETS: Final[Mapping[str, Target]] = {
    "code_scanner lines": Target(scanner_lines, (b"GD440100-000042-K\r\n",)),
    "code_scanner frames": Target(scanner_frames, (scanner.encode_answer() + b"42\r",)),
    "code_scanner keys": Target(scanner_keys, (keyboard.encode_keys("Kq7\r"),)),
    "code_scanner identity": Target(
        scanner_identity, (b"REVINF\x06.Product Name: 1\r\n", b"\x02\x010000#QRYSYSa:b\x06;\x03")
    ),
}
