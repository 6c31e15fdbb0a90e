"""The simulated printer's paper: a roll that commands write on, and a picture of every piece that is cut off."""

from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Final, Literal

import segno
from PIL import Image, ImageDraw, ImageFont

from drivers.receipt_printer.stream import Align, Bold, Command, Cut, Feed, Initialise, Qr, Report, Size, Text

COLUMNS: Final = 48
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


@dataclass(frozen=True)
class Style:
    align: Literal["left", "center", "right"] = "left"
    bold: bool = False
    width: int = 1
    height: int = 1


@dataclass(frozen=True)
class Cell:
    character: str
    style: Style

    @property
    def columns(self) -> int:
        return (1 if self.character.isascii() else 2) * self.style.width


@dataclass(frozen=True)
class Line:
    cells: tuple[Cell, ...]

    @property
    def text(self) -> str:
        return "".join(cell.character for cell in self.cells)

    @property
    def columns(self) -> int:
        return sum(cell.columns for cell in self.cells)

    @property
    def height(self) -> int:
        return LINE * max((cell.style.height for cell in self.cells), default=1)


@dataclass(frozen=True)
class Symbol:
    qr: Qr
    align: Literal["left", "center", "right"]


Row = Line | Symbol


@dataclass
class Roll:
    """What is on the paper since the last cut."""

    rows: list[Row] = field(default_factory=list[Row])
    _line: list[Cell] = field(default_factory=list[Cell])
    _style: Style = field(default_factory=Style)

    def obey(self, command: Command) -> tuple[Row, ...] | None:
        """Rows of the piece that this command cut off, else ``None``."""
        match command:
            case Initialise():
                self._line, self._style = [], Style()
            case Text(characters):
                self._write(characters)
            case Feed(lines):
                for _ in range(lines):
                    self._end_line()
            case Align() | Bold() | Size():
                self._style = _restyled(self._style, command)
            case Qr():
                self.rows.append(Symbol(command, self._style.align))
            case Cut():
                return self.tear_off()
            case Report():
                pass
        return None

    def tear_off(self) -> tuple[Row, ...]:
        rows, self.rows, self._line = tuple(self.rows), [], []
        return rows

    def _write(self, characters: str) -> None:
        for character in characters:
            cell = Cell(character, self._style)
            if sum(other.columns for other in self._line) + cell.columns > COLUMNS:
                self._end_line()
            self._line.append(cell)

    def _end_line(self) -> None:
        self.rows.append(Line(tuple(self._line)))
        self._line = []


def _restyled(style: Style, command: Align | Bold | Size) -> Style:
    match command:
        case Align(to):
            return replace(style, align=to)
        case Bold(on):
            return replace(style, bold=on)
        case Size(width, height):
            return replace(style, width=width, height=height)


def is_blank(rows: tuple[Row, ...]) -> bool:
    return not any(isinstance(row, Symbol) or row.cells for row in rows)


def text_of(rows: tuple[Row, ...]) -> str:
    return "\n".join(row.text if isinstance(row, Line) else f"[{row.qr.data.decode(errors='replace')}]" for row in rows)


def render(rows: tuple[Row, ...]) -> Image.Image:
    """The piece of paper at 203 dots an inch. Raises ``NoFont``."""
    visible = _without_tail(rows)
    pictures = [_symbol(row.qr) if isinstance(row, Symbol) else _text_line(row) for row in visible]
    height = 2 * HEAD + sum(picture.height for picture in pictures)
    paper = _blank(COLUMNS * CELL + 2 * MARGIN, height)
    top = HEAD
    for row, picture in zip(visible, pictures, strict=True):
        paper.paste(_INK, (MARGIN + _left(row, picture.width), top), picture)
        top += picture.height
    return paper


def _without_tail(rows: tuple[Row, ...]) -> tuple[Row, ...]:
    end = len(rows)
    while end and isinstance(row := rows[end - 1], Line) and not row.cells:
        end -= 1
    return rows[: end + TAIL_LINES]


def _left(row: Row, width: int) -> int:
    align = row.align if isinstance(row, Symbol) else row.cells[0].style.align if row.cells else "left"
    room = COLUMNS * CELL - width
    return {"left": 0, "center": room // 2, "right": room}[align]


def _text_line(line: Line) -> Image.Image:
    """Coverage of the ink, one channel."""
    picture = Image.new("L", (max(line.columns * CELL, 1), line.height))
    draw, left = ImageDraw.Draw(picture), 0
    for cell in line.cells:
        glyph = _glyph(cell)
        picture.paste(glyph, (left, line.height - glyph.height))
        left += glyph.width
    if line.text and set(line.text) == {"-"}:  # a printer's hyphens nearly touch
        draw.rectangle((0, 0, *picture.size), fill=0)
        for x in range(2, picture.width, CELL):
            draw.line((x, line.height // 2, x + CELL - 5, line.height // 2), fill=255, width=2)
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
