"""A guide as A4 PDF."""

import io
import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final

import segno
import typst

from central.editions.errors import EditionError
from central.editions.guides import Words, guide
from central.editions.model import Item
from central.editions.vocabulary import Language

FONTS: Final = "/usr/share/fonts/opentype/noto"
"""Debian's fonts-noto-cjk."""
_LOCALES: Final[Mapping[Language, tuple[str, str, str]]] = {
    "zh-Hans": ("SC", "zh", "CN"),
    "zh-Hant": ("HK", "zh", "HK"),
    "en": ("SC", "en", "GB"),
}
"""Face of the Noto fonts, language and region: how a character is drawn differs between them."""


class CannotPrint(EditionError):
    """The guide could not be made: the template or the fonts (fonts-noto-cjk) of this installation are damaged."""

    chinese = "指南无法生成：本机缺少模板或字体。"


def pdf(item: Item, language: Language, *, edition: int, day: date, address: str = "") -> bytes:
    """``address`` of the same guide on the web, as a QR code; the same of all this gives the same bytes. Raises
    :class:`CannotPrint`."""
    say = Words(language)
    face, lang, region = _LOCALES[language]
    facts = {
        "guide": asdict(guide(item, language)),
        "heading": say("guides"),
        "edition": say("edition", number=edition),
        "printed": say("printed", day=day.isoformat()),
        "disclaimer": say("disclaimer"),
        "address": address,
        "qr": _qr(address) if address else "",
        "face": face,
        "lang": lang,
        "region": region,
    }
    inputs = {"facts": json.dumps(facts, ensure_ascii=False)}
    try:
        made = typst.Compiler(_template(), font_paths=_fonts(), sys_inputs=inputs).compile(format="pdf", timestamp=0)
    except typst.TypstError as error:
        raise CannotPrint(str(error)) from None
    if not isinstance(made, bytes):
        raise CannotPrint("no PDF")
    return made


def _qr(data: str) -> str:
    svg = io.BytesIO()
    segno.make(data, error="m", micro=False).save(svg, kind="svg", border=2, dark="#1B2430", light="#FFFFFF")
    return svg.getvalue().decode()


@cache
def _template() -> bytes:
    return Path(__file__).with_name("guide.typ").read_bytes()


@cache
def _fonts() -> typst.Fonts:
    """Searched once a process: it takes longer than a page."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])
