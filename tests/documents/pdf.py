"""What can be read on a PDF: pages as text and as pictures. pypdfium2 has no types, so this is its only door."""

from typing import Any

import pypdfium2
from PIL import Image

_PdfDocument: Any = pypdfium2.PdfDocument


def sizes(pdf: bytes) -> list[tuple[float, float]]:
    """Width and height of each page in points."""
    with _PdfDocument(pdf) as document:
        return [page.get_size() for page in document]


def pages(pdf: bytes) -> list[str]:
    """Text of each page without white space, which a PDF has only by position."""
    with _PdfDocument(pdf) as document:
        return [squeezed(page.get_textpage().get_text_bounded()) for page in document]


def picture(pdf: bytes, page: int, dpi: int) -> Image.Image:
    with _PdfDocument(pdf) as document:
        return document[page].render(scale=dpi / 72).to_pil().copy()


def squeezed(text: str) -> str:
    return "".join(text.split())
