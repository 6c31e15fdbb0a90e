"""The demonstration believes nothing it has not read: every wrong artefact is told."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import segno
from PIL import Image, ImageDraw

from kiosk.demo import verify
from kiosk.documents.certificate import CertificateFacts, render
from kiosk.text.catalogue import texts
from offline_queue.envelope import reference
from tests.documents.test_certificate import FACTS

REFERENCE = reference("GD4401001", 1, 1)
OTHER = reference("GD4401001", 1, 2)
FILED = {"reference": REFERENCE, "state": "filed", "number": "N1"}


def paper(folder: Path, *codes: str) -> Path:
    """A receipt with these QR codes below each other."""
    picture = Image.new("L", (600, 100 + 400 * len(codes)), 255)
    for row, text in enumerate(codes):
        file = folder / f"{row}.png"
        segno.make(text, error="m", micro=False).save(str(file), scale=8, border=4)
        picture.paste(Image.open(file).convert("L"), (50, 50 + 400 * row))
    path = folder / "receipt.png"
    picture.save(path)
    return path


def certificate(folder: Path, facts: CertificateFacts = FACTS) -> Path:
    path = folder / "certificate.pdf"
    path.write_bytes(render(facts, texts("zh-Hans")))
    return path


# --- receipt ----------------------------------------------------------------------------------------------------------


def test_a_good_receipt(tmp_path: Path) -> None:
    path = paper(tmp_path, REFERENCE)
    assert verify.reference_on(path) == REFERENCE
    assert list(verify.receipt(path, REFERENCE)) == []


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ((OTHER,), REFERENCE),
        ((), REFERENCE),
        ((), ""),
        ((REFERENCE, OTHER), REFERENCE),
        ((f"{REFERENCE[:-1]}*",), f"{REFERENCE[:-1]}*"),
        (("hello",), "hello"),
    ],
    ids=["another", "none", "nothing said", "two", "check character", "no reference"],
)
def test_wrong_receipts(tmp_path: Path, codes: tuple[str, ...], expected: str) -> None:
    assert len(list(verify.receipt(paper(tmp_path, *codes), expected))) == 1


def test_a_receipt_without_a_code_has_no_reference(tmp_path: Path) -> None:
    assert verify.reference_on(paper(tmp_path)) == ""


# --- certificate ------------------------------------------------------------------------------------------------------


def test_a_good_certificate(tmp_path: Path) -> None:
    good = replace(FACTS, verification=f"{FACTS.certificate_number} {FACTS.verification_code}")
    assert list(verify.certificate(certificate(tmp_path, good))) == []


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"name": "样本乙"}, verify.PERSON["name"]),
        ({"number": verify.PERSON["number"]}, "whole card number"),
        ({"verification": "something else"}, "QR code"),
    ],
)
def test_wrong_certificates(tmp_path: Path, change: dict[str, str], word: str) -> None:
    good = replace(FACTS, verification=f"{FACTS.certificate_number} {FACTS.verification_code}")
    (problem,) = verify.certificate(certificate(tmp_path, replace(good, **change)))
    assert word in problem


def test_a_sheet_that_is_no_certificate(tmp_path: Path) -> None:
    path = tmp_path / "certificate.pdf"
    Image.new("RGB", (300, 300), "white").save(path)
    problems = " ".join(verify.certificate(path))
    for word in ("not A4", verify.PERSON["name"], "参考数据", "QR code"):
        assert word in problems


# --- record -----------------------------------------------------------------------------------------------------------


def test_a_good_record() -> None:
    assert list(verify.record(FILED, REFERENCE)) == []
    assert list(verify.exactly_one([FILED], REFERENCE)) == []


@pytest.mark.parametrize(
    "found",
    [
        {},
        {**FILED, "reference": OTHER},
        {**FILED, "state": "refused"},
        {**FILED, "holder": verify.PERSON["name"]},
        {**FILED, "deep": [{"number": verify.PERSON["number"]}]},
    ],
)
def test_wrong_records(found: dict[str, object]) -> None:
    assert len(list(verify.record(found, REFERENCE))) == 1


@pytest.mark.parametrize(
    "records", [[], [FILED, FILED], [{**FILED, "reference": OTHER}], [FILED, {**FILED, "reference": OTHER}]]
)
def test_not_exactly_one(records: list[dict[str, object]]) -> None:
    assert len(list(verify.exactly_one(records, REFERENCE))) == 1


# --- pictures ---------------------------------------------------------------------------------------------------------

SIZE = (108, 192)


def shaded(picture: Image.Image) -> None:
    draw = ImageDraw.Draw(picture)
    for row in range(picture.height):
        draw.line((0, row, picture.width, row), fill=(row, 255 - row, 128))


def blank(picture: Image.Image) -> None:
    """As it is."""


def picture(path: Path, size: tuple[int, int], draw: Callable[[Image.Image], None]) -> None:
    made = Image.new("RGB", size, "white")
    draw(made)
    made.save(path)


@pytest.mark.parametrize(
    ("name", "size", "draw", "problems"),
    [
        ("01-home-idle", SIZE, shaded, 0),
        ("01-home-idle", (192, 108), shaded, 1),
        ("01-home-idle", SIZE, blank, 1),
        ("01-consent-reading", SIZE, shaded, 1),
    ],
    ids=["good", "size", "blank", "missing"],
)
def test_pictures(
    tmp_path: Path, name: str, size: tuple[int, int], draw: Callable[[Image.Image], None], problems: int
) -> None:
    picture(tmp_path / f"{name}.png", size, draw)
    assert len(list(verify.pictures(tmp_path, ["home.idle"], SIZE))) == problems
