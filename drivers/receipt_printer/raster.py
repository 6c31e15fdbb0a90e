"""A receipt as one picture: for printers without Chinese characters, at about a hundred times the bytes of text."""

from typing import Final

from PIL import Image, ImageChops

from drivers.errors import DeviceFault
from drivers.receipt_printer import encoder
from drivers.receipt_printer.contract import Receipt
from drivers.receipt_printer.models import GENERIC, Model
from drivers.receipt_printer.paper import Roll, Row, without_tail
from drivers.receipt_printer.picture import NoFont, ink
from drivers.receipt_printer.stream import Parser

_BAND: Final = 240
"""Dots of height a command; cheap printers have room for no more at once."""
_REAL_TIME: Final = {b"\x10\x04": b"\x10\x06", b"\x10\x14": b"\x10\x16"}
"""In a picture, too, a printer obeys what looks like a real-time command: one more dot keeps it from that."""


def encode(receipt: Receipt, columns: int, model: Model = GENERIC) -> bytes:
    """The whole job as ``encoder.encode`` makes it, with the print in GS v 0. Raises ``DeviceFault`` without fonts."""
    try:
        picture = ink(_rows(receipt, columns), columns)
    except NoFont as error:
        raise DeviceFault(str(error)) from None
    commands = encoder.Commands(model, picture.width)
    commands.begin()
    if picture.height:
        # python-escpos takes a picture as it looks, black on white
        on_white = ImageChops.invert(picture).convert("1", dither=Image.Dither.NONE)
        commands.image(on_white, impl="bitImageRaster", fragment_height=_BAND)  # pyright: ignore[reportUnknownMemberType]
    dots = bytes(commands.bytes)
    for sequence, harmless in _REAL_TIME.items():
        dots = dots.replace(sequence, harmless)
    commands.bytes[:] = dots
    commands.end()
    return bytes(commands.bytes)


def _rows(receipt: Receipt, columns: int) -> tuple[Row, ...]:
    """What a printer that has the characters would put on its paper, without the feed to the cutter."""
    roll, rows = Roll(columns), tuple[Row, ...]()
    for command in Parser().feed(encoder.encode(receipt, columns)):
        rows = roll.obey(command) or rows
    return without_tail(rows)
