"""What the centre serves is what a terminal understands."""

import re
from pathlib import Path

from central import insurance
from central.editions import bundle, signing
from central.editions.edition import payload
from central.editions.scope import place_of
from central.settings import BUNDLED_CATALOGUE
from kiosk.catalogue.cache import CatalogueCache
from kiosk.catalogue.items import LANGUAGES, Catalogue, ServiceItem
from tests.catalogue.helpers import KEY

ICONS = {"card", "face", "printer", "receipt", "clock", "info", "person", "network", "document", "shield"}


def published(tmp_path: Path) -> Catalogue:
    said = payload(bundle.read(BUNDLED_CATALOGUE), place_of("GD4401001"))
    return CatalogueCache(tmp_path / "catalogue.json", [KEY.public_key()]).take(signing.sign(said, KEY), '"3"')


def proof(tmp_path: Path) -> ServiceItem:
    item = published(tmp_path).find("social-insurance-proof")
    assert item
    return item


def test_every_item_file_is_published(tmp_path: Path) -> None:
    files = {file.stem for file in BUNDLED_CATALOGUE.glob("*.toml")} - {"catalogue"}
    assert {item.code for item in published(tmp_path).items} == files


def test_the_social_insurance_proof(tmp_path: Path) -> None:
    item = proof(tmp_path)
    assert item.steps == (
        "consent", "identify", "verify_person", "form", "confirm", "submit", "output", "farewell", "rate",
    )  # fmt: skip
    assert (item.network, item.answer_seconds, item.identity_level) == ("queueable", 8.0, "card_person")
    assert item.devices == ("id_card", "document_printer", "receipt_printer")
    assert [(one.kind, one.template, one.needs_result) for one in item.outputs] == [
        ("certificate", "social-insurance", True),
        ("receipt", "", False),
    ]
    assert [consent for consent in item.consents if consent.endswith("-face")]
    assert {point.icon for point in item.notice} <= ICONS


def test_the_centre_understands_every_answer_the_form_allows(tmp_path: Path) -> None:
    form = {field.name: tuple(option.value for option in field.options) for field in proof(tmp_path).form}
    assert form == {"period": insurance.PERIODS, "purpose": insurance.PURPOSES}


def test_no_language_is_a_copy_of_another(tmp_path: Path) -> None:
    item = proof(tmp_path)
    for texts in (item.title, item.summary, item.department, item.pickup, *(point.text for point in item.notice)):
        assert set(texts) == set(LANGUAGES)
        assert len(set(texts.values())) == len(LANGUAGES)
        assert not re.search(r"[\u4e00-\u9fff]", texts["en"])
