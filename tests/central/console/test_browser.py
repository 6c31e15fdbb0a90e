"""The console in a real browser: every page by role, on a desk and on a phone, by keyboard, and without scripts."""

import re
import time
from collections.abc import Iterator
from typing import Final

import pytest
from playwright.sync_api import expect

from central.centre import Centre
from central.console import navigation
from central.sealing import Blinder
from central.staff.roles import Role
from central.storage.staff import Failures
from tests.central.console import busy
from tests.central.console.browsing import DESKTOP, PHONE, House, Visitor, chromium, pictures
from tests.central.helpers import running
from tests.central.staff_helpers import PASSWORD, Phone, hired

SIZES: Final = {"phone": PHONE, "desk": DESKTOP}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    with chromium() as browser, running(folder / "central", adapt=busy.staffed) as made:
        busy.fill(made.centre)
        yield House(made, browser, pictures())


def test_from_the_first_link_to_a_clerk_at_work(house: House) -> None:
    chief = house.running.centre.staff.accounts.add(
        house.running.centre.staff.accounts.get("administrator").employee, "chief", "何主任", [Role.ADMINISTRATOR], None
    )
    with house.visitor() as visitor:
        phone = _set_up(visitor, f"/console/set-up/{chief.token}")
        visitor.page.click("text=去登录")
        visitor.sign_in("chief", PASSWORD, phone.code(time.time()))
        assert visitor.path == "/console"
        visitor.page.click("nav .menu-open >> text=工作人员账号")
        visitor.page.click("text=新建账号")
        visitor.page.fill("#name", "chen.wei")
        visitor.page.fill("#called", "陈伟")
        visitor.page.check("text=经办人员")
        visitor.page.click("button.primary")
        expect(visitor.page.locator("fieldset .error, #roles-said")).to_contain_text("部门")
        visitor.page.fill("#department", "社保局")
        visitor.page.click("button.primary")
        visitor.picture("invitation")
        link = visitor.page.locator(".secret").inner_text()
        visitor.page.click("text=退出")
        assert visitor.path == "/console/sign-in"
        assert [one for one in visitor.troubles if "422" not in one] == []
    with house.visitor(size=PHONE) as visitor:
        phone = _set_up(visitor, link.removeprefix(visitor.url))
        visitor.go("/console")
        visitor.sign_in("chen.wei", PASSWORD, phone.code(time.time()))
        expect(visitor.page.locator(".who")).to_contain_text("陈伟")
        assert visitor.troubles == []


def _set_up(visitor: Visitor, path: str) -> Phone:
    assert visitor.go(path) == 200
    visitor.picture("set-up")
    phone = Phone(visitor.page.locator(".secret").inner_text().replace(" ", ""))
    visitor.page.fill("#password", PASSWORD)
    visitor.page.fill("#again", PASSWORD)
    visitor.page.fill("#code", phone.code(time.time()))
    visitor.page.click("button.primary")
    expect(visitor.page.locator(".codes li")).to_have_count(8)
    visitor.picture("recovery-codes")
    return phone


def test_who_guesses_is_locked_out_and_told_for_how_long(house: House) -> None:
    phone = hired(house.running.centre, "guessed", Role.OPERATOR)
    with house.visitor() as visitor:
        visitor.go("/console/sign-in")
        for _ in range(5):
            visitor.sign_in("guessed", PASSWORD, "000000")
        expect(visitor.page.locator("[role=alert]")).to_contain_text(re.compile(r"请在 \d+ 秒后再试"))
        _lock_for_long(house.running.centre, "guessed")
        visitor.sign_in("guessed", PASSWORD, phone.code(time.time()))
        assert visitor.path == "/console/sign-in"
        visitor.picture("locked-out")


def _lock_for_long(centre: Centre, name: str) -> None:
    """However slow this machine is."""
    key = Blinder(centre.secrets.storage_key).of("account", name)
    with centre.storage.transaction() as transaction:
        transaction.staff.hold_failures(key, now=centre.now())
        transaction.staff.put_failures(key, Failures(20, centre.now()))


@pytest.mark.parametrize("role", list(Role))
def test_every_page_there_is_for_a_role(house: House, role: Role) -> None:
    with house.visitor(role.value) as visitor:
        seen = _walk(visitor, role)
        entries = {entry.path for entry in navigation.ENTRIES if role in entry.roles}
        assert entries & house.served <= seen
        assert visitor.troubles == []


def _walk(visitor: Visitor, name: str) -> set[str]:
    """Every page that links lead to, one of each kind; their paths."""
    waiting, kinds, seen = ["/console"], set[str](), set[str]()
    while waiting:
        link = waiting.pop(0)
        path = link.partition("?")[0]
        if (kind := House.kind(path)) in kinds:
            continue
        kinds.add(kind)
        status = visitor.go(link)
        seen.add(path)
        assert status == 200, f"{link} answers {status}"
        assert visitor.page.locator("h1").count() == 1, link
        for size, window in SIZES.items():
            visitor.page.set_viewport_size(window)
            assert visitor.sideways() <= 0, f"{link} is wider than the window of a {size}"
            visitor.picture(f"{name}-{size}{path.replace('/', '-')}")
        waiting += [one for one in visitor.links() if one.startswith("/console")]
    return seen


def test_by_keyboard_alone(house: House) -> None:
    phone = hired(house.running.centre, "keys", Role.ADMINISTRATOR)
    with house.visitor() as visitor:
        visitor.go("/console/staff")
        keys = visitor.page.keyboard
        keys.type("keys")
        keys.press("Tab")
        keys.type(PASSWORD)
        keys.press("Tab")
        keys.type(phone.code(time.time()))
        keys.press("Enter")
        visitor.page.wait_for_url("**/console/staff")
        keys.press("j")
        first = _focused(visitor)
        keys.press("j")
        assert (first, _focused(visitor)) == ("administrator", "auditor")
        keys.press("k")
        keys.press("Enter")
        visitor.page.wait_for_url("**/console/staff/administrator")
        visitor.page.locator("summary:has-text('停用')").focus()
        keys.press("Enter")
        question = visitor.page.locator("details.confirm[open]")
        expect(question).to_contain_text("停用 试用administrator 的账号？")
        visitor.picture("confirm")
        keys.press("Escape")
        expect(question).to_have_count(0)
        assert _focused(visitor) == "停用…"
        assert visitor.troubles == []


def test_the_first_tab_leads_past_the_menu(house: House) -> None:
    with house.visitor("auditor") as visitor:
        visitor.go("/console")
        visitor.page.keyboard.press("Tab")
        assert _focused(visitor) == "跳到正文"
        visitor.page.keyboard.press("Enter")
        assert visitor.page.evaluate("document.activeElement.id") == "content"


def _focused(visitor: Visitor) -> str:
    return visitor.page.evaluate("document.activeElement.innerText").strip()


def test_without_scripts_all_the_same(house: House) -> None:
    phone = hired(house.running.centre, "plain", Role.ADMINISTRATOR)
    hired(house.running.centre, "leaving", Role.OPERATOR)
    with house.visitor(scripts=False) as visitor:
        visitor.go("/console/staff/leaving")
        visitor.sign_in("plain", PASSWORD, phone.code(time.time()))
        assert visitor.path == "/console/staff/leaving"
        visitor.page.click("summary:has-text('停用')")
        visitor.page.click("details[open] button.danger")
        expect(visitor.page.locator(".banner.good")).to_contain_text("账号已停用")
        visitor.page.reload()
        expect(visitor.page.locator(".banner")).to_have_count(0)
        visitor.page.click("text=退出")
        assert visitor.go("/console/staff") == 200
        assert visitor.path == "/console/sign-in"


def test_an_open_form_of_an_ended_session_changes_nothing(house: House) -> None:
    hired(house.running.centre, "staying", Role.OPERATOR)
    with house.visitor("administrator") as visitor:
        visitor.go("/console/staff/staying")
        with house.running.centre.storage.transaction() as transaction:
            transaction.staff.end_sessions("administrator")
        visitor.page.click("summary:has-text('停用')")
        visitor.page.click("details[open] button.danger")
        expect(visitor.page.locator(".banner.wait")).to_contain_text("没有执行")
    assert house.running.centre.staff.accounts.get("staying").is_open
