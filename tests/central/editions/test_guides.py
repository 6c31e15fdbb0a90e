import re
from datetime import date
from typing import Any

import httpx
import pypdfium2
import pytest

from central.editions.guides import found, guide
from central.editions.printed import pdf
from central.editions.vocabulary import LANGUAGES, Language
from tests.central.editions.conftest import ANNA, BERTA
from tests.central.editions.samples import everything, item, small
from tests.central.helpers import Running

EVERYTHING = item(everything())
TODAY = date(2026, 9, 22)
HAN = re.compile(r"[\u4e00-\u9fff]")


def read(content: bytes) -> str:
    document = pypdfium2.PdfDocument(content)
    return "".join(page.get_textpage().get_text_bounded() for page in document)  # pyright: ignore[reportUnknownMemberType]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_guide_says_all_that_counts(language: Language) -> None:
    text = guide(EVERYTHING, language)
    facts = dict(text.facts).values()
    assert text.title == EVERYTHING.title[language]
    assert any("09:00–12:00" in value for value in facts)
    assert any("2026-12-01 09:00" in value for value in facts)
    assert [len(section.entries) for section in text.sections] == [1, 1, 1, len(EVERYTHING.form), 1, 1]
    assert text.faq[0].answer == EVERYTHING.guide.faq[0].answer[language]  # pyright: ignore[reportOptionalMemberAccess]


def test_english_guides_have_no_chinese_words_of_ours() -> None:
    assert not HAN.search(str(guide(item(everything()), "en")))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "不收费"),
        ({"steps": ["pay"], "fee_cents": 1050}, "10.5 元"),
        ({"steps": ["pay"], "fee_from_bill": True}, "按缴款单"),
    ],
)
def test_what_it_costs(changes: dict[str, Any], expected: str) -> None:
    assert dict(guide(item(small(**changes)), "zh-Hans").facts)["费用"] == expected


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_printed_guide_says_what_the_guide_says(language: Language) -> None:
    text = guide(EVERYTHING, language)
    content = pdf(EVERYTHING, language, edition=7, day=TODAY, address="https://guides.example/x")
    printed = re.sub(r"\s", "", read(content))
    for said in (text.title, text.faq_title, *(section.title for section in text.sections), text.code, "2026-09-22"):
        assert re.sub(r"\s", "", said) in printed
    assert content == pdf(EVERYTHING, language, edition=7, day=TODAY, address="https://guides.example/x")


def test_a_word_or_initials_lead_to_an_item() -> None:
    items = [EVERYTHING, item(small("look"))]
    assert [one.code for one in found(items, "qb")] == ["everything"]
    assert [one.code for one in found(items, "查一")] == ["everything", "look"]
    assert [one.code for one in found(items, "LOOK look")] == ["look"]
    assert found(items, "") == items
    assert found(items, "%") == []


def test_guides_are_for_everybody_in_their_language(shared: Running) -> None:
    with httpx.Client(base_url=shared.url) as client:
        asked = client.get("/guides", headers={"Accept-Language": "zh-HK,en;q=0.5"})
        assert asked.headers["Location"] == "/guides/zh-Hant"
        listed = client.get("/guides/zh-Hant?q=cbzm&for=workers")
        assert "社保參保證明打印" in listed.text
        assert 'lang="zh-Hant"' in listed.text
        assert "cookie" not in {name.lower() for name in listed.headers}
        assert "社保參保證明打印" not in client.get("/guides/zh-Hant?q=nothing").text
        one = client.get("/guides/en/social-insurance-proof")
        assert "Proof of social insurance" in one.text
        printed = client.get("/guides/en/social-insurance-proof/pdf")
        assert printed.headers["Content-Type"] == "application/pdf"
        assert "Proof of social insurance" in read(printed.content)
        for wrong in ("/guides/en/unknown", "/guides/de", "/guides/en/unknown/pdf"):
            assert client.get(wrong).status_code in (404, 422)


def test_what_has_not_begun_has_no_guide_yet(centre: Running) -> None:
    press, shelf = centre.centre.press, centre.centre.catalogue
    for code, starts_at in (("soon", "2100-01-01T00:00:00+08:00"), ("open", "2020-01-01T00:00:00+08:00")):
        press.review(BERTA, press.propose(ANNA, small(code, starts_at=starts_at)), approve=True)
    number = press.publish(BERTA)
    shelf.look(at_least=number)
    with httpx.Client(base_url=centre.url) as client:
        assert client.get("/guides/en/open").status_code == 200
        assert client.get("/guides/en/soon").status_code == 404
