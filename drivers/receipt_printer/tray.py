"""Where the simulated printer's paper falls: pictures in a folder, the text of each piece for tests."""

from pathlib import Path

from PIL import Image

from drivers.receipt_printer import picture
from drivers.receipt_printer.paper import Row, is_blank, text_of

_DOTS_AN_INCH = (203, 203)


class Tray:
    """``folder``: where ``receipt-0001.png`` ... are written; none are if there is no folder."""

    def __init__(self, folder: Path | None, columns: int) -> None:
        self._folder = folder
        self._columns = columns
        self.pieces: list[str] = []

    def prepare(self) -> None:
        """Raise ``NoFont`` or ``OSError`` now rather than at the first receipt."""
        picture.check_fonts()
        if self._folder:
            self._folder.mkdir(parents=True, exist_ok=True)

    def drop(self, rows: tuple[Row, ...]) -> None:
        """One piece, cut off; an empty one is scrap."""
        if is_blank(rows):
            return
        self.pieces.append(text_of(rows))
        if self._folder:
            _save(picture.render(rows, self._columns), self._folder)


def _save(page: Image.Image, folder: Path) -> None:
    """Under the next free number, visible only when whole."""
    number = 1 + max((int(file.stem[-4:]) for file in folder.glob("receipt-[0-9][0-9][0-9][0-9].png")), default=0)
    part = folder / f".receipt-{number:04d}.part"
    page.save(part, format="PNG", dpi=_DOTS_AN_INCH)
    part.replace(folder / f"receipt-{number:04d}.png")
