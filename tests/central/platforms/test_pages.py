"""The pages on a citizen's phone: no script, no secret to anybody else, three languages."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from central.platforms.pages import rendering
from central.routes.platforms import pages
from tests.central.helpers import Running
from tests.central.platforms.people import NUMBER, told

TITLE = {"zh-Hans": "填表", "zh-Hant": "填表單", "en": "A form"}


@pytest.fixture
def browser(province: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=province.url, follow_redirects=True, trust_env=False) as made:
        yield made


@pytest.fixture
def charge(province: Running, terminal: httpx.Client) -> Iterator[dict[str, Any]]:
    """Given up at the end, so that the bill is free again."""
    holder = province.centre.platforms.register.person(NUMBER)
    assert holder is not None
    bill, key = holder.bills[0], str(uuid4())
    yield told(terminal, "payments", key=key, item="traffic-fine", amount=bill.amount, bill=bill.number)
    if told(terminal, f"payments/{key}/cancellation")["state"] == "paid":
        told(terminal, f"payments/{key}/reversal", reason="mistake")


def begun(terminal: httpx.Client, **offer: Any) -> dict[str, Any]:
    return told(terminal, "phones", title=TITLE, **offer)


def joined(terminal: httpx.Client, browser: httpx.Client, pairing: dict[str, Any]) -> str:
    """The page once both ends have confirmed."""
    page = browser.post(f"{pairing['url']}/opening").text
    (number,) = re.findall(r'class="number">(\d{4})<', page)
    told(terminal, f"phones/{pairing['id']}/number", number=number)
    return browser.post(f"{pairing['url']}/agreement").text


def test_the_payer_pays(terminal: httpx.Client, browser: httpx.Client, charge: dict[str, Any]) -> None:
    page = browser.get(charge["pay_url"])
    assert f"{charge['amount'] / 100:.2f}" in page.text
    assert NUMBER not in page.text
    paid = browser.post(f"{charge['pay_url']}/pay")
    state = terminal.get(f"/v1/platforms/payments/{charge['key']}").json()
    assert state["state"] == "paid"
    assert state["voucher"] in paid.text
    assert "<form" not in paid.text


def test_the_payer_refuses(terminal: httpx.Client, browser: httpx.Client, charge: dict[str, Any]) -> None:
    browser.post(f"{charge['pay_url']}/refusal")
    assert terminal.get(f"/v1/platforms/payments/{charge['key']}").json()["state"] == "cancelled"
    late = browser.post(f"{charge['pay_url']}/pay")
    assert "没有扣款" in late.text


def test_the_payer_waits(terminal: httpx.Client, browser: httpx.Client, charge: dict[str, Any]) -> None:
    browser.get(charge["pay_url"])
    assert terminal.get(f"/v1/platforms/payments/{charge['key']}").json()["state"] == "pending"


def test_what_another_costs_now_is_not_begun(province: Running, terminal: httpx.Client) -> None:
    holder = province.centre.platforms.register.person(NUMBER)
    assert holder is not None
    body = {"key": str(uuid4()), "item": "x", "amount": holder.bills[0].amount + 1, "bill": holder.bills[0].number}
    answer = terminal.post("/v1/platforms/payments", json=body)
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:kiosk:problem:amount-changed")


@pytest.mark.parametrize(
    ("asked", "language", "words"),
    [("zh-CN", "zh-Hans", "确认缴款"), ("zh-HK,zh;q=0.9", "zh-Hant", "確認繳款"), ("en-GB", "en", "Pay now"),
     ("fr, en;q=0.5", "en", "Pay now"), ("", "zh-Hans", "确认缴款")],
)  # fmt: skip
def test_a_page_speaks_as_the_browser_asks(
    browser: httpx.Client, charge: dict[str, Any], asked: str, language: str, words: str
) -> None:
    page = browser.get(charge["pay_url"], headers={"Accept-Language": asked}).text
    assert f'<html lang="{language}">' in page
    assert words in page


def test_a_form_is_filled_in_on_the_phone(terminal: httpx.Client, browser: httpx.Client) -> None:
    pairing = begun(terminal, purpose="form", fields=[{"name": "place", "label": TITLE, "kind": "text"}])
    assert "填表" in browser.get(pairing["url"]).text
    assert 'name="place"' in joined(terminal, browser, pairing)
    browser.post(f"{pairing['url']}/answers", data={"place": "<b>佛山</b>", "other": "x"})
    look = terminal.get(f"/v1/platforms/phones/{pairing['id']}").json()
    assert (look["state"], look["answers"]) == ("done", {"place": "<b>佛山</b>"})
    assert terminal.delete(f"/v1/platforms/phones/{pairing['id']}").status_code == 204
    assert "已经结束" in browser.get(pairing["url"]).text


def test_a_picture_is_sent_by_the_phone(terminal: httpx.Client, browser: httpx.Client) -> None:
    pairing = begun(terminal, purpose="picture")
    joined(terminal, browser, pairing)
    wrong = browser.post(f"{pairing['url']}/picture", files={"picture": ("x.jpg", b"MZ")})
    assert 'role="alert"' in wrong.text
    browser.post(f"{pairing['url']}/picture", files={"picture": ("x.png", b"\x89PNG\r\n\x1a\n0")})
    assert terminal.get(f"/v1/platforms/phones/{pairing['id']}").json()["picture"] == "iVBORw0KGgow"


def test_a_picture_that_is_too_large_is_refused(terminal: httpx.Client, browser: httpx.Client) -> None:
    pairing = begun(terminal, purpose="picture")
    joined(terminal, browser, pairing)
    large = browser.post(f"{pairing['url']}/picture", files={"picture": ("x.jpg", b"\xff\xd8\xff" + bytes(6 << 20))})
    assert 'role="alert"' in large.text
    assert terminal.get(f"/v1/platforms/phones/{pairing['id']}").json()["state"] == "joined"


def test_a_receipt_is_taken_away(terminal: httpx.Client, browser: httpx.Client) -> None:
    pairing = begun(terminal, purpose="receipt", document="JVBERi0xLjQ=")
    joined(terminal, browser, pairing)
    taken = browser.post(f"{pairing['url']}/document")
    assert (taken.content, taken.headers["Content-Type"]) == (b"%PDF-1.4", "application/pdf")
    assert "attachment" in taken.headers["Content-Disposition"]


def test_a_second_phone_sees_no_number_and_takes_nothing(
    province: Running, terminal: httpx.Client, browser: httpx.Client
) -> None:
    pairing = begun(terminal, purpose="receipt", document="JVBERi0xLjQ=")
    joined(terminal, browser, pairing)
    with province.anonymous() as other:
        assert other.post(f"{pairing['url']}/opening").status_code == 303
        page = other.get(pairing["url"])
        assert page.status_code == 409
        assert not re.search(r"\b\d{4}\b<", page.text)
        assert other.post(f"{pairing['url']}/document").content != b"%PDF-1.4"


def test_a_phone_at_another_terminal_stops_it(terminal: httpx.Client, browser: httpx.Client) -> None:
    pairing = begun(terminal, purpose="picture")
    browser.post(f"{pairing['url']}/opening")
    assert "已经结束" in browser.post(f"{pairing['url']}/refusal").text
    assert terminal.get(f"/v1/platforms/phones/{pairing['id']}").json()["state"] == "ended"


@pytest.mark.parametrize("path", ["/pay/nothing", "/phone/nothing"])
def test_a_link_that_is_none_says_what_to_do(browser: httpx.Client, path: str) -> None:
    page = browser.get(path)
    assert page.status_code == 404
    assert "重新扫码" in page.text


def test_pages_run_no_script_and_stay_in_no_cache(browser: httpx.Client, charge: dict[str, Any]) -> None:
    page = browser.get(charge["pay_url"])
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert page.headers["Cache-Control"] == "no-store"
    assert not re.search(r"<script|<style|style=|onclick", page.text)
    style = browser.get("/pay/static/citizen.css")
    assert style.headers["Content-Type"].startswith("text/css")
    assert browser.get("/phone/static/citizen.css").content == style.content


def test_every_text_speaks_three_languages_and_is_used() -> None:
    folder = Path(rendering.__file__).parent
    texts = tomllib.loads((folder / "texts.toml").read_text(encoding="utf-8"))
    assert {frozenset(one) for one in texts.values()} == {frozenset({"zh-Hans", "zh-Hant", "en"})}
    sources = [*(folder / "templates").glob("*.html"), Path(pages.__file__), Path(rendering.__file__)]
    said = " ".join(source.read_text(encoding="utf-8") for source in sources)
    states = {f"pay_{state}" for state in ("paid", "cancelled", "reversed")}
    unsaid = {name for name in texts if name.removesuffix("_next") not in said}
    assert {name.removesuffix("_next") for name in unsaid} == states
