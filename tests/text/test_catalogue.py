"""Every text exists in every language, with the same values to fill in."""

import string

import pytest

from kiosk.catalogue.items import LANGUAGES, Language
from kiosk.text.catalogue import texts

FIRST: Language = "zh-Hans"


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_text(language: Language) -> None:
    assert texts(language).keys() == texts(FIRST).keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_values_are_filled_in(language: Language) -> None:
    for key in sorted(texts(FIRST).keys()):
        assert placeholders(texts(language)(key)) == placeholders(texts(FIRST)(key)), key


def test_english_has_no_chinese_but_names() -> None:
    bilingual = ("screens.languages.", "documents.certificate.")
    keys = sorted(texts("en").keys())
    assert [key for key in keys if not key.startswith(bilingual) and _is_chinese(texts("en")(key))] == []


def _is_chinese(text: str) -> bool:
    return any("\u4e00" <= character <= "\u9fff" for character in text)
