"""A receipt as ESC/POS text bytes; python-escpos writes the commands, Chinese text goes in Kanji mode."""

import os
import shutil
from typing import Any, Final

from escpos import capabilities
from escpos.constants import QR_ECLEVEL_M
from escpos.escpos import Escpos

from drivers.receipt_printer import protocol
from drivers.receipt_printer.contract import Block, Pair, QrCode, Receipt, Rule, Text
from drivers.receipt_printer.models import GENERIC, Model
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
_LINES_TO_TEAR_BAR: Final = 6


class Commands(Escpos):
    """Collects the bytes instead of sending them."""

    def __init__(self, model: Model = GENERIC, dots: int = 576) -> None:
        super().__init__(profile="default")  # pyright: ignore[reportUnknownMemberType]
        profile: Any = self.profile
        # without a width the library complains about each picture, on stdout
        profile.profile_data = {**profile.profile_data, "media": {"width": {"pixels": dots}}}
        self.bytes = bytearray()
        self._model = model

    def _raw(self, msg: bytes) -> None:
        self.bytes += msg

    def begin(self) -> None:
        self.hw("INIT")
        if self._model.status_back:
            self._raw(protocol.STATUS_BACK)

    def line(self, text: str) -> None:
        """Kanji mode only around what needs it: an ASCII line prints on a printer of any region."""
        encoded = text.encode(self._model.encoding, errors="replace")
        self._raw((encoded if text.isascii() else KANJI_ON + encoded + KANJI_OFF) + b"\n")

    def lines(self, lines: list[str]) -> None:
        for line in lines:
            self.line(line)

    def end(self) -> None:
        """Feed, and part the receipt from the roll as the model does it."""
        if self._model.cuts:
            self.cut()
        else:
            self.print_and_feed(_LINES_TO_TEAR_BAR)
        self._raw(self._model.present)


def encode(receipt: Receipt, columns: int, model: Model = GENERIC) -> bytes:
    """The whole job: initialise, the blocks, feed, cut."""
    commands = Commands(model)
    commands.begin()
    for block in receipt:
        _write(commands, block, columns)
    commands.end()
    return bytes(commands.bytes)


def cut_off(model: Model = GENERIC) -> bytes:
    """Initialise, feed and cut: parts the rest of a receipt nobody saw the end of from the next one."""
    return encode((), columns=2, model=model)


def _write(commands: Commands, block: Block, columns: int) -> None:
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


def _write_text(commands: Commands, block: Text, columns: int) -> None:
    # GS ! and not ESC !: the latter leaves Chinese characters at their normal size on Chinese models
    scale = 2 if block.large else 1
    commands.set(align=block.align, bold=block.bold, custom_size=True, width=scale, height=scale)
    commands.lines(wrap(block.text, columns // scale))
    commands.set(align="left", bold=False, custom_size=True, width=1, height=1)
