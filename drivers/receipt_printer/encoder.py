"""A receipt as ESC/POS bytes; python-escpos writes the commands, Chinese text goes as GB18030 in Kanji mode."""

import os
import shutil
from typing import Final

from escpos import capabilities
from escpos.constants import QR_ECLEVEL_M
from escpos.escpos import Escpos

from drivers.receipt_printer.contract import Block, Pair, QrCode, Receipt, Rule, Text
from drivers.receipt_printer.protocol import pair, wrap

# The library caches its printer table in a new folder under /tmp at each start and never removes it. A folder that
# somebody chose is theirs.
if "ESCPOS_CAPABILITIES_PICKLE_DIR" not in os.environ:
    shutil.rmtree(capabilities.pickle_dir, ignore_errors=True)

KANJI_ON: Final = b"\x1c&"
KANJI_OFF: Final = b"\x1c."
_QR_DOTS: Final = 8
_QR_LONG: Final = 60
_QR_DOTS_LONG: Final = 4


class _Commands(Escpos):
    """Collects the bytes instead of sending them."""

    def __init__(self) -> None:
        # the profile only matters for code pages and pictures, and a receipt uses neither
        super().__init__(profile="default")  # pyright: ignore[reportUnknownMemberType]
        self.bytes = bytearray()

    def _raw(self, msg: bytes) -> None:
        self.bytes += msg

    def line(self, text: str) -> None:
        """Kanji mode only around what needs it: an ASCII line prints on a printer of any region."""
        encoded = text.encode("gb18030", errors="replace")
        self._raw((encoded if text.isascii() else KANJI_ON + encoded + KANJI_OFF) + b"\n")

    def lines(self, lines: list[str]) -> None:
        for line in lines:
            self.line(line)


def encode(receipt: Receipt, columns: int) -> bytes:
    """The whole job: initialise, the blocks, feed, cut."""
    commands = _Commands()
    commands.hw("INIT")
    for block in receipt:
        _write(commands, block, columns)
    commands.cut()
    return bytes(commands.bytes)


def cut_off() -> bytes:
    """Initialise, feed and cut: parts the rest of a receipt nobody saw the end of from the next one."""
    return encode((), columns=2)


def _write(commands: _Commands, block: Block, columns: int) -> None:
    match block:
        case Text():
            _write_text(commands, block, columns)
        case Pair(label, value):
            commands.lines(pair(label, value, columns))
        case Rule():
            commands.line("-" * columns)
        case QrCode(data):
            commands.set(align="center")
            size = _QR_DOTS_LONG if len(data) > _QR_LONG else _QR_DOTS
            commands.qr(data, ec=QR_ECLEVEL_M, size=size, native=True)  # pyright: ignore[reportUnknownMemberType]
            commands.set(align="left")


def _write_text(commands: _Commands, block: Text, columns: int) -> None:
    # GS ! and not ESC !: the latter leaves Chinese characters at their normal size on Chinese models
    scale = 2 if block.large else 1
    commands.set(align=block.align, bold=block.bold, custom_size=True, width=scale, height=scale)
    commands.lines(wrap(block.text, columns // scale))
    commands.set(align="left", bold=False, custom_size=True, width=1, height=1)
