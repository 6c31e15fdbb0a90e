"""The catalogue's pages as people use them: two authorities, and one who only looks."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import httpx
import pytest

from central.editions import editing
from central.staff.roles import Role
from tests.central.editions.samples import everything, item, small, texts
from tests.central.editions.test_editing import sent
from tests.central.helpers import Running, running
from tests.central.staff_helpers import cheap, field, hired, session_of

HOME = "/console/catalogue"


@pytest.fixture(scope="module")
def staffed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    def adapt(centre: Any) -> Any:
        centre = cheap(centre)
        for name, role in (("anna", Role.AUTHORITY), ("berta", Role.AUTHORITY), ("otto", Role.OPERATOR)):
            hired(centre, name, role)
        return centre

    with running(tmp_path_factory.mktemp("catalogue") / "central", adapt=adapt) as made:
        yield made


def browser(centre: Running, name: str) -> httpx.Client:
    token, _ = session_of(centre.centre, name)
    return httpx.Client(base_url=centre.url, cookies={"staff": token}, follow_redirects=True)


@pytest.fixture
def anna(staffed: Running) -> Iterator[httpx.Client]:
    with browser(staffed, "anna") as client:
        yield client


@pytest.fixture
def berta(staffed: Running) -> Iterator[httpx.Client]:
    with browser(staffed, "berta") as client:
        yield client


def send(
    client: httpx.Client, to: str, fields: dict[str, Any] | None = None, page: str = f"{HOME}/new"
) -> httpx.Response:
    return client.post(to, data={"csrf": field(client.get(page)), **(fields or {})})


def filled(data: dict[str, Any]) -> dict[str, Any]:
    return {name: list(values) for name, values in sent(editing.form(item(data).as_data())[0])}


def said(page: httpx.Response) -> str:
    assert page.status_code == 200, page.text
    return unescape(re.sub(r"<[^>]+>", " ", page.text))


def proposed(client: httpx.Client, data: dict[str, Any]) -> str:
    """The address of the proposal."""
    page = send(client, f"{HOME}/edit", filled(data) | {"do": "propose", "note": "试试", "is_new": "yes"})
    assert "/proposals/" in page.url.path, page.text
    return page.url.path


def test_an_item_from_the_editor_to_the_terminals(staffed: Running, anna: httpx.Client, berta: httpx.Client) -> None:
    address = proposed(anna, everything())
    assert "等待审核" in said(anna.get(address))
    assert "自己提出的修改" in said(send(anna, f"{address}/review", {"verdict": "approve"}))
    assert "退回时请写明原因" in said(send(berta, f"{address}/review", {"verdict": "reject"}))
    assert "已通过" in said(send(berta, f"{address}/review", {"verdict": "approve"}))
    assert "everything" in said(berta.get(f"{HOME}/publish"))
    assert "已发布" in said(send(berta, f"{HOME}/publish", {"note": "好"}))
    staffed.centre.catalogue.look(at_least=10**9)
    assert staffed.centre.catalogue.newest().by_code["everything"] == item(everything())
    assert "未开始" in said(anna.get(HOME)) or "已结束" in said(anna.get(HOME))
    for language in ("zh-Hans", "zh-Hant", "en"):
        assert anna.get(f"{HOME}/items/everything?language={language}").status_code == 200


def test_changing_an_item_shows_the_difference_and_can_be_undone(anna: httpx.Client, berta: httpx.Client) -> None:
    send(berta, f"{proposed(anna, small('undo'))}/review", {"verdict": "approve"})
    first = send(berta, f"{HOME}/publish")
    number = int(re.findall(r"/editions/(\d+)", first.text)[0])
    address = proposed(anna, small("undo", summary=texts("查两件事")))
    assert "一句话说明 › 简体：“查一件事”改为“查两件事”" in said(berta.get(address))
    send(berta, f"{address}/review", {"verdict": "approve"})
    send(berta, f"{HOME}/publish")
    assert "“查一件事”改为“查两件事”" in said(anna.get(f"{HOME}/editions/{number}?to={number + 1}"))
    assert "已恢复" in said(send(anna, f"{HOME}/editions/{number}/rollback", {"note": "错了"}))
    assert "查一件事" in said(anna.get(f"{HOME}/items/undo"))


def test_the_editor_tells_what_is_wrong_and_keeps_what_was_typed(anna: httpx.Client) -> None:
    wrong = filled(small("wrong")) | {"fee_cents": "ten", "title.en": "", "do": "propose", "summary.en": "my own words"}
    page = send(anna, f"{HOME}/edit", wrong)
    assert page.status_code == 422
    for expected in ("要填整数", "没有填", "my own words", 'value="ten"', 'href="#f-fee_cents"'):
        assert expected in page.text


def test_a_new_item_cannot_replace_another_unseen(anna: httpx.Client) -> None:
    taken = filled(small("social-insurance-proof")) | {"do": "propose", "is_new": "yes"}
    page = send(anna, f"{HOME}/edit", taken)
    assert page.status_code == 422
    assert "已经有这个代码的事项" in page.text


def test_buttons_beside_lists_need_no_script(anna: httpx.Client) -> None:
    more = send(anna, f"{HOME}/edit", filled(everything()) | {"do": "add:materials"})
    assert 'name="materials.1.code"' in more.text
    less = send(anna, f"{HOME}/edit", filled(everything()) | {"do": "remove:form.0"})
    assert 'name="form.9.name"' in less.text
    assert 'name="form.10.name"' not in less.text


def test_the_preview_follows_the_form(anna: httpx.Client) -> None:
    shown = send(anna, f"{HOME}/preview", filled(small(title=texts("甲", "乙", "Third"))) | {"preview_language": "en"})
    assert "Third" in shown.text
    assert "<html" not in shown.text
    assert "没有填对" in send(anna, f"{HOME}/preview", {"code": "x"}).text


def test_what_one_place_has_otherwise(staffed: Running, anna: httpx.Client, berta: httpx.Client) -> None:
    offered = f"{HOME}/where?terminal=GD4403001"
    assert "社保参保证明打印" in said(anna.get(offered))
    to = f"{HOME}/items/social-insurance-proof/override"
    assert "行政区划代码" in said(send(anna, to, {"place": "深圳", "offer": "withheld"}))
    asked = send(anna, to, {"place": "440300", "offer": "withheld", "note": "搬家"})
    send(berta, f"{asked.url.path}/review", {"verdict": "approve"})
    send(berta, f"{HOME}/publish")
    staffed.centre.catalogue.look(at_least=10**9)
    assert "社保参保证明打印" not in said(anna.get(offered))
    assert "社保参保证明打印" in said(anna.get(f"{HOME}/where?terminal=GD4401001"))
    back = send(anna, to, {"place": "440300", "offer": ""})
    assert "/proposals/" in back.url.path


def test_an_item_is_taken_out_and_a_proposal_withdrawn(anna: httpx.Client, berta: httpx.Client) -> None:
    asked = send(anna, f"{HOME}/items/social-insurance-proof/removal", {"note": "搬走"})
    assert "取消事项" in said(asked)
    assert "已有修改正在处理" in said(send(berta, f"{HOME}/items/social-insurance-proof/removal"))
    assert "已撤回" in said(send(anna, f"{asked.url.path}/withdraw"))


def test_who_only_looks_sees_no_buttons(staffed: Running) -> None:
    with browser(staffed, "otto") as otto:
        for page in ("", "/proposals", "/publish", "/editions", "/where", "/items/social-insurance-proof"):
            answer = otto.get(HOME + page)
            assert answer.status_code == 200
            main = answer.text.partition("<main")[2]
            assert 'method="post"' not in main
        assert otto.get(f"{HOME}/new").status_code == 403


@pytest.mark.parametrize("path", ["/items/nothing", "/items/nothing/edit", "/proposals/999", "/editions/999"])
def test_what_is_not_there_is_said(anna: httpx.Client, path: str) -> None:
    assert anna.get(HOME + path).status_code == 404
