from dataclasses import replace

import pytest
import zxingcpp

from kiosk.catalogue.items import LANGUAGES, Language
from kiosk.documents.certificate import CertificateFacts, Period, render
from kiosk.text.catalogue import texts
from tests.documents.pdf import pages, picture, sizes, squeezed

A4_POINTS = (595.28, 841.89)
ADDRESS = "https://verify.example.gov.cn/c/7K3M9QXT24"
FACTS = CertificateFacts(
    name="证件样本",
    number="110*************2X",
    periods=(
        Period("企业职工基本养老保险", "2024-01", "2024-12", 12, "广州市某某信息技术有限公司"),
        Period("失业保险", "2024-03", "2024-12", 10, "广州市某某信息技术有限公司"),
    ),
    certificate_number="CBZM-440100-20261122-000123",
    issued="2026-11-22",
    issuer="广州市社会保险基金管理中心",
    verification_code="7K3M-9QXT-24",
    verification=ADDRESS,
    terminal="GD440100",
    reference="GD440100-000042-K",
    span="2024-01 – 2026-10",
    purpose="购房资格审核",
)
MANY = replace(FACTS, periods=tuple(replace(FACTS.periods[0], employer=f"第{n}分公司") for n in range(60)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_one_a4_page_with_everything_on_it(language: Language) -> None:
    text = texts(language)
    pdf = render(FACTS, text)
    assert sizes(pdf) == [pytest.approx(A4_POINTS, abs=0.5)]
    (page,) = pages(pdf)
    for value in (
        FACTS.name,
        FACTS.number,
        FACTS.certificate_number,
        FACTS.issuer,
        FACTS.verification_code,
        FACTS.purpose,
    ):
        assert squeezed(value) in page
    for period in FACTS.periods:
        assert f"{period.kind}{period.start}{period.end}{period.months}{period.employer}" in page
    for key in ("title", "intro", "disclaimer", "verify"):
        assert squeezed(text(f"documents.certificate.{key}")) in page
    assert FACTS.reference in page
    assert FACTS.terminal in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_watermark_is_on_every_page(language: Language) -> None:
    first_line = squeezed(texts(language)("documents.certificate.watermark").splitlines()[0])
    printed = pages(render(MANY, texts(language)))
    assert len(printed) > 1
    assert all(page.count(first_line) >= 8 for page in printed)


def test_many_periods_repeat_the_head_and_number_the_pages() -> None:
    printed = pages(render(MANY, texts("zh-Hans")))
    count = len(printed)
    for number, page in enumerate(printed, 1):
        assert f"第{number}页，共{count}页" in page
        assert "起始年月截止年月" in page or "分公司" not in page
    joined = "".join(printed)
    assert all(joined.count(f"第{n}分公司") == 1 for n in range(60))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_verification_code_scans_from_paper(language: Language) -> None:
    scanned = zxingcpp.read_barcodes(picture(render(FACTS, texts(language)), 0, dpi=150))
    assert [code.text for code in scanned] == [ADDRESS]


def test_the_same_facts_give_the_same_bytes() -> None:
    assert render(FACTS, texts("zh-Hans")) == render(FACTS, texts("zh-Hans"))


@pytest.mark.parametrize(
    "name",
    ["买买提·吐尔逊江·阿不都", "WOLFESCHLEGELSTEINHAUSENBERGER ALEXANDRA", "㐀𠮷"],
    ids=["eleven", "latin", "rare"],
)
def test_long_and_rare_names_stand_whole_on_one_page(name: str) -> None:
    (page,) = pages(render(replace(FACTS, name=name), texts("zh-Hans")))
    assert squeezed(name) in page


def test_no_periods_are_said_in_words() -> None:
    (page,) = pages(render(replace(FACTS, periods=()), texts("zh-Hans")))
    assert texts("zh-Hans")("documents.certificate.no_periods") in page


@pytest.mark.parametrize("hostile", ["#panic()", "*a* _b_ $c$ <d> @e", '"}\\u{0}', "#sys.inputs"])
def test_values_are_never_taken_for_markup(hostile: str) -> None:
    (page,) = pages(render(replace(FACTS, name=hostile), texts("en")))
    assert squeezed(hostile) in page


def test_facts_show_nothing_in_a_log() -> None:
    assert repr(FACTS).count("样本") == 0
    assert "公司" not in repr(FACTS.periods[0])
