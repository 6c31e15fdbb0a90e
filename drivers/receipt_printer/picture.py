"""Pictures of what is on the paper: as ink for a print head, and as a piece of paper on a table."""

from functools import cache
from pathlib import Path
from typing import Final

import segno
from PIL import Image, ImageDraw, ImageFont

from drivers.receipt_printer.paper import COLUMNS, Bitmap, Cell, Line, Row, Symbol, without_tail
from drivers.receipt_printer.stream import Qr, Raster

CELL: Final = 12
"""Dots across an ASCII character; 48 of them make the 576 dots (72 mm) that an 80 mm printer can reach."""
EM: Final = 24
LINE: Final = 34
MARGIN: Final = 32
"""4 mm that no print head reaches, each side."""
HEAD: Final = 44
TAIL_LINES: Final = 2
"""Of the lines fed before the cut, those that stay visible below the print; the rest is above the cutter."""

_PAPER: Final = (252, 250, 244)
_INK: Final = (38, 38, 44)
_TABLE: Final = (214, 217, 222)
_TEETH: Final = 6
_FONTS: Final = Path("/usr/share/fonts/opentype/noto")
_FACE: Final = "Noto Sans Mono CJK SC"
_FACES_IN_FILE: Final = 10


class NoFont(RuntimeError):
    """The simulated paper needs the Noto CJK fonts (Debian package fonts-noto-cjk)."""


def render(rows: tuple[Row, ...], columns: int = COLUMNS) -> Image.Image:
    """The piece of paper at 203 dots an inch, with the margins no print head reaches. Raises ``NoFont``."""
    print_ = ink(rows[: len(without_tail(rows)) + TAIL_LINES], columns)
    paper = _blank(print_.width + 2 * MARGIN, print_.height + 2 * HEAD)
    paper.paste(_INK, (MARGIN, HEAD), print_)
    return paper


def ink(rows: tuple[Row, ...], columns: int = COLUMNS) -> Image.Image:
    """What the print head burns, one channel: 255 is ink. Raises ``NoFont``."""
    pictures = [_picture(row) for row in rows]
    whole = Image.new("L", (columns * CELL, sum(picture.height for picture in pictures)))
    top = 0
    for row, picture in zip(rows, pictures, strict=True):
        whole.paste(picture, (_left(row, whole.width - picture.width), top))
        top += picture.height
    return whole


def _picture(row: Row) -> Image.Image:
    match row:
        case Line():
            return _text_line(row)
        case Symbol(qr):
            return _symbol(qr)
        case Bitmap(raster):
            return _bitmap(raster)


def _left(row: Row, room: int) -> int:
    align = row.align if not isinstance(row, Line) else row.cells[0].style.align if row.cells else "left"
    return {"left": 0, "center": room // 2, "right": room}[align]


def _text_line(line: Line) -> Image.Image:
    """Coverage of the ink, one channel."""
    picture = Image.new("L", (max(line.columns * CELL, 1), LINE * line.height))
    draw, left = ImageDraw.Draw(picture), 0
    for cell in line.cells:
        glyph = _glyph(cell)
        picture.paste(glyph, (left, picture.height - glyph.height))
        left += glyph.width
    if line.text and set(line.text) == {"-"}:  # a printer's hyphens nearly touch
        draw.rectangle((0, 0, *picture.size), fill=0)
        for x in range(2, picture.width, CELL):
            draw.line((x, picture.height // 2, x + CELL - 5, picture.height // 2), fill=255, width=2)
    return picture


def _glyph(cell: Cell) -> Image.Image:
    """Drawn at the larger magnification and squeezed in the other, as a print head stretches dots."""
    style = cell.style
    scale = max(style.width, style.height)
    columns = cell.columns // style.width
    glyph = Image.new("L", (columns * CELL * scale, LINE * scale))
    ImageDraw.Draw(glyph).text((0, (LINE - EM) * scale // 2 - 5 * scale), cell.character, 255, _font(style.bold, scale))
    size = (columns * CELL * style.width, LINE * style.height)
    return glyph if glyph.size == size else glyph.resize(size)


def _symbol(qr: Qr) -> Image.Image:
    code = segno.make(qr.data, error=qr.level, micro=False, boost_error=False)
    modules = [list(row) for row in code.matrix_iter(border=2)]
    picture = Image.new("L", (len(modules[0]), len(modules)))
    picture.putdata([255 if module else 0 for row in modules for module in row])
    return picture.resize((picture.width * qr.dots, picture.height * qr.dots), Image.Resampling.NEAREST)


def _bitmap(raster: Raster) -> Image.Image:
    picture = Image.frombytes("1", (raster.width, raster.height), raster.data).convert("L")
    return picture.resize((raster.width * raster.stretch_x, raster.height * raster.stretch_y))


def _blank(width: int, height: int) -> Image.Image:
    """Warm white paper with the teeth of the cutter at both ends, on a table."""
    picture = Image.new("RGB", (width, height), _TABLE)
    teeth = [(x, _TEETH * (x // _TEETH % 2)) for x in range(0, width + _TEETH, _TEETH)]
    lower = [(x, height - 1 - y) for x, y in reversed(teeth)]
    ImageDraw.Draw(picture).polygon(teeth + lower, fill=_PAPER)
    return picture


def check_fonts() -> None:
    """Raise ``NoFont`` now rather than at the first receipt."""
    _font(bold=False, scale=1)
    _font(bold=True, scale=1)


@cache
def _font(bold: bool, scale: int) -> ImageFont.FreeTypeFont:
    """The monospaced Chinese face, found by its name: its place in the collection differs between releases."""
    file = _FONTS / f"NotoSansCJK-{'Bold' if bold else 'Regular'}.ttc"
    if not file.exists():
        raise NoFont(f"{file} is missing; install fonts-noto-cjk")
    for index in range(_FACES_IN_FILE):
        font = ImageFont.truetype(file, EM * scale, index=index)
        if font.getname()[0] == _FACE:
            return font
    raise NoFont(f"{file} has no face {_FACE}")
