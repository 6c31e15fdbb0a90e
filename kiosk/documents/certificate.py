"""The certificate as PDF, made in memory: no name and no number ever touches a file of this program."""

import io
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from typing import Final

import segno
import typst

from kiosk.catalogue.items import Language
from kiosk.text.catalogue import Texts

FONTS: Final = "/usr/share/fonts/opentype/noto"
"""Debian's fonts-noto-cjk: the same fonts on every terminal make the same bytes."""

_CHAPTER: Final = "documents.certificate."
_LOCALES: Final[Mapping[Language, tuple[str, str, str]]] = {
    "zh-Hans": ("SC", "zh", "CN"),
    "zh-Hant": ("HK", "zh", "HK"),
    "en": ("SC", "en", "GB"),
}
"""Face of the Noto fonts, language and region: how a character is drawn differs between them."""


class CannotRender(Exception):
    """The certificate could not be made: template or fonts of this installation are damaged."""


@dataclass(frozen=True, repr=False)
class Period:
    """``start`` and ``end`` as they are to be read, such as ``2024-03``."""

    kind: str
    start: str
    end: str
    months: int
    employer: str


@dataclass(frozen=True, repr=False)
class CertificateFacts:
    """All texts are ready for the reader; ``span`` and ``purpose`` are left out when empty."""

    name: str
    number: str
    """Masked."""
    periods: tuple[Period, ...]
    certificate_number: str
    issued: str
    issuer: str
    verification_code: str
    verification: str
    """What the QR code holds: an address or the code itself."""
    terminal: str
    reference: str
    span: str = ""
    purpose: str = ""


def render(facts: CertificateFacts, text: Texts) -> bytes:
    """A4 PDF, any number of pages; the same facts give the same bytes. Raises ``CannotRender``."""
    compiler = typst.Compiler(_template(), font_paths=_fonts(), sys_inputs={"facts": _inputs(facts, text)})
    try:
        pdf = compiler.compile(format="pdf", timestamp=0)
    except typst.TypstError as error:
        raise CannotRender(type(error).__name__) from None  # its message quotes the template's values
    if not isinstance(pdf, bytes):
        raise CannotRender("no PDF")
    return pdf


def _inputs(facts: CertificateFacts, text: Texts) -> str:
    face, language, region = _LOCALES[text.language]
    words = {key.removeprefix(_CHAPTER): text(key) for key in sorted(text.keys()) if key.startswith(_CHAPTER)}
    values = asdict(facts) | {"verification_qr": _qr(facts.verification), "words": words}
    return json.dumps(values | {"face": face, "lang": language, "region": region}, ensure_ascii=False)


def _qr(data: str) -> str:
    svg = io.BytesIO()
    segno.make(data, error="m", micro=False).save(svg, kind="svg", border=2, dark="#1B2430", light="#FFFFFF")
    return svg.getvalue().decode()


@cache
def _template() -> bytes:
    return (files("kiosk.documents") / "certificate.typ").read_bytes()


@cache
def _fonts() -> typst.Fonts:
    """Searched once a process: it takes longer than a page."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])
