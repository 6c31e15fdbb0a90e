from typing import get_args

import pytest

from drivers.receipt_printer.contract import Pair, QrCode, Receipt, Rule, Text
from drivers.receipt_printer.protocol import width, wrap
from kiosk.catalogue.items import LANGUAGES, Language
from kiosk.documents.receipts import Certificate, Outcome, ReceiptFacts, receipt
from kiosk.text.catalogue import texts

COLUMNS = 48
OUTCOMES = get_args(Outcome)
ACCEPTED = {"zh-Hans": "已受理", "zh-Hant": "已受理", "en": "Accepted"}
NOT_YET = {
    "zh-Hans": "本机已保存，尚未提交",
    "zh-Hant": "本機已儲存，尚未提交",
    "en": "Saved on this machine, not yet submitted",
}


def facts(**changes: object) -> ReceiptFacts:
    values: dict[str, object] = {
        "hall": "广东省佛山市顺德区大良街道政务服务中心",
        "terminal": "GD440100",
        "service": "社会保险参保证明打印",
        "name": "***本",
        "number": "110*************2X",
        "reference": "GD440100-000042-K",
        "outcome": "filed",
        "time": "2026-11-22 11:52",
        "centre_number": "44010020261122000123",
    }
    return ReceiptFacts(**(values | changes))  # pyright: ignore[reportArgumentType]


def words(printed: Receipt) -> str:
    parts: list[str] = []
    for block in printed:
        match block:
            case Text(text):
                parts.append(text)
            case Pair(label, value):
                parts.append(f"{label}: {value}")
            case Rule() | QrCode():
                pass
    return "\n".join(parts)


def headline(printed: Receipt) -> str:
    """What stands large: title, truth, reference."""
    large = [block.text for block in printed if isinstance(block, Text) and block.large]
    assert len(large) == 3
    return large[1]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_only_a_filed_matter_is_called_accepted(language: Language, outcome: Outcome) -> None:
    head = headline(receipt(facts(outcome=outcome), texts(language)))
    assert (head == ACCEPTED[language]) == (outcome == "filed")
    assert (head == NOT_YET[language]) == (outcome == "queued")


@pytest.mark.parametrize("outcome", ["queued", "refused"])
def test_an_acceptance_number_stands_only_on_an_acceptance(outcome: Outcome) -> None:
    assert "44010020261122000123" in words(receipt(facts(), texts("zh-Hans")))
    assert "44010020261122000123" not in words(receipt(facts(outcome=outcome), texts("zh-Hans")))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_the_qr_code_is_the_reference_and_the_reference_can_be_read(language: Language, outcome: Outcome) -> None:
    printed = receipt(facts(outcome=outcome), texts(language))
    assert [block.data for block in printed if isinstance(block, QrCode)] == ["GD440100-000042-K"]
    assert "GD440100-000042-K" in words(printed)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("certificate", get_args(Certificate))
def test_a_certificate_is_called_printed_only_if_it_was(language: Language, certificate: Certificate) -> None:
    text = texts(language)
    line = f"{text('documents.receipt.certificate')}: {text('documents.receipt.paper.printed')}\n"
    printed = words(receipt(facts(certificate=certificate, pickup="Counter 3"), text))
    assert (line in printed) == (certificate == "printed")
    assert ("Counter 3" in printed) == (certificate in ("not_printed", "unknown", "later"))


def test_a_refusal_says_why_and_what_to_do() -> None:
    printed = words(receipt(facts(outcome="refused", rule="R-17", remedy="Ask at counter 3"), texts("en")))
    assert "R-17" in printed
    assert "Ask at counter 3" in printed


def test_a_copy_says_that_it_is_one() -> None:
    mark = texts("zh-Hans")("documents.receipt.copy")
    assert mark in words(receipt(facts(copy=True), texts("zh-Hans")))
    assert mark not in words(receipt(facts(), texts("zh-Hans")))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_privacy_is_told_truly(language: Language, outcome: Outcome) -> None:
    text = texts(language)
    printed = words(receipt(facts(outcome=outcome), text))
    for part in ("read", outcome, "erased"):
        assert text(f"documents.privacy.{part}") in printed
    # what waits is here itself; of what the centre has spoken on, a sealed copy
    assert (text("documents.privacy.kept") in printed) == (outcome != "queued")


def test_facts_show_nothing_in_a_log() -> None:
    assert "本" not in repr(facts())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_line_fits_the_paper_with_the_longest_values(language: Language) -> None:
    long = facts(name="A" + "*" * 39, service="社会保险" * 8, hall="广东省佛山市" * 6, outcome="queued")
    for block in receipt(long, texts(language)):
        match block:
            case Text(text, large=large):
                columns = COLUMNS // (2 if large else 1)
                assert all(width(line) <= columns for line in wrap(text, columns))
            case Pair(label):
                assert width(label) <= COLUMNS // 2
            case _:
                pass


def test_all_languages_have_the_same_texts() -> None:
    chapters = [
        {key for key in texts(language).keys() if key.startswith("documents.")}  # noqa: SIM118 - no mapping
        for language in LANGUAGES
    ]
    assert chapters[0] == chapters[1] == chapters[2] != set()
