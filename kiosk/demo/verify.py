"""Every artefact is opened and read back; what is wrong with it is told in words."""

import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, cast

import pypdfium2
import zxingcpp
from PIL import Image

from kiosk.identity.person import mask_number
from offline_queue.envelope import reference_is_valid

A4_POINTS: Final = (595, 842)
SCALE: Final = 3
FEW_COLOURS: Final = 50
"""A blank screen has a handful; letters with smooth edges make hundreds."""
MANY_COLOURS: Final = 1 << 20
PERSON: Final = {"name": "证件样本", "number": "11010519491231002X"}
"""The synthetic holder of the card that the demo puts down."""


def pictures(folder: Path, places: Collection[str], size: tuple[int, int]) -> Iterator[str]:
    """Every screen of the way was photographed, whole and not empty."""
    files = {path.stem[3:]: path for path in sorted(folder.glob("*.png"))}
    for name in sorted(place.replace(".", "-") for place in places):
        if name not in files:
            yield f"no picture of {name}"
            continue
        with Image.open(files[name]) as picture:
            if picture.size != size or len(picture.getcolors(MANY_COLOURS) or range(MANY_COLOURS)) < FEW_COLOURS:
                yield f"the picture of {name} is empty or has the wrong size"


def receipt(path: Path, reference: str) -> Iterator[str]:
    """One QR code, and in it a reference number whose check character is right."""
    if _codes(Image.open(path)) != [reference] or not reference_is_valid(reference):
        yield f"the receipt's QR code says {reference or 'nothing'}"


def reference_on(path: Path) -> str:
    """What the receipt's QR code says; empty when there is none."""
    return next(iter(_codes(Image.open(path))), "")


def certificate(path: Path) -> Iterator[str]:
    """A4, the holder's name, the masked number, the warning, and a QR code that the text repeats."""
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError:
        yield "the certificate is no PDF"
        return
    with document:
        page = document[0]
        text = page.get_textpage().get_text_bounded()  # pyright: ignore[reportUnknownMemberType]
        size = tuple(round(points) for points in page.get_size())
        codes = _codes(cast("Image.Image", page.render(scale=SCALE).to_pil()))  # pyright: ignore[reportUnknownMemberType]
    if size != A4_POINTS:
        yield f"the certificate is {size}, not A4"
    for word in (PERSON["name"], "参考数据"):
        if word not in text:
            yield f"the certificate does not say {word}"
    if PERSON["number"] in text:
        yield "the certificate shows the whole card number"
    elif mask_number(PERSON["number"]) not in text:
        yield "the certificate does not show the masked card number"
    tight = "".join(text.split())  # wide letters are taken for two words
    if len(codes) != 1 or not all(part in tight for part in codes[0].split()):
        yield f"the certificate's QR code says {codes}"


def record(found: Mapping[str, Any], reference: str) -> Iterator[str]:
    if found.get("reference") != reference or found.get("state") != "filed":
        yield f"the centre says {found}"
    if any(value in json.dumps(found, ensure_ascii=False) for value in PERSON.values()):
        yield "the centre's public answer names the person"


def exactly_one(records: list[dict[str, Any]], reference: str) -> Iterator[str]:
    same = [one for one in records if one["reference"] == reference]
    if len(same) != 1 or len(records) != 1:
        yield f"the centre has {len(same)} records of {reference} and {len(records)} in all, not one"


def _codes(picture: Image.Image) -> list[str]:
    found = cast("list[Any]", zxingcpp.read_barcodes(picture))
    return [code.text for code in found]
