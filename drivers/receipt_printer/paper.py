"""The simulated printer's paper: a roll that commands write on. Pure; ``picture`` draws what is on it."""

from dataclasses import dataclass, field, replace
from typing import Final, Literal

from drivers.receipt_printer.stream import Align, Bold, Command, Cut, Feed, Initialise, Qr, Raster, Size, Text

COLUMNS: Final = 48
_ROLL: Final = 20_000
"""Lines on a roll of 80 m; more do not come out without a cut."""


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
        """In lines of normal text."""
        return max((cell.style.height for cell in self.cells), default=1)


@dataclass(frozen=True)
class Symbol:
    qr: Qr
    align: Literal["left", "center", "right"]


@dataclass(frozen=True)
class Bitmap:
    raster: Raster
    align: Literal["left", "center", "right"]


Row = Line | Symbol | Bitmap


@dataclass
class Roll:
    """What is on the paper since the last cut."""

    columns: int = COLUMNS
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
            case Raster():
                self.rows.append(Bitmap(command, self._style.align))
            case Cut():
                return self.tear_off()
            case _:
                pass
        return None

    def tear_off(self) -> tuple[Row, ...]:
        rows, self.rows, self._line = tuple(self.rows), [], []
        return rows

    def _write(self, characters: str) -> None:
        for character in characters:
            cell = Cell(character, self._style)
            if sum(other.columns for other in self._line) + cell.columns > self.columns:
                self._end_line()
            self._line.append(cell)

    def _end_line(self) -> None:
        if len(self.rows) < _ROLL:
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
    return not any(not isinstance(row, Line) or row.cells for row in rows)


def without_tail(rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """Without the empty lines at the end."""
    end = len(rows)
    while end and is_blank(rows[end - 1 : end]):
        end -= 1
    return rows[:end]


def text_of(rows: tuple[Row, ...]) -> str:
    return "\n".join(map(_text_of_row, rows))


def _text_of_row(row: Row) -> str:
    match row:
        case Line():
            return row.text
        case Symbol(qr):
            return f"[{qr.data.decode(errors='replace')}]"
        case Bitmap(raster):
            return f"[{raster.width} x {raster.height} dots]"
