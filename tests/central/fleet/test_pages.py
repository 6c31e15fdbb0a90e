"""The fleet in the console: a filled one in a real Chromium, and what operators do with it."""

from collections.abc import Iterator

import pytest

from central.centre import Centre
from central.staff.roles import Role
from central.storage.audit import AuditRow, Filter
from tests.central.console.browsing import DESKTOP, PHONE, House, Visitor, chromium, pictures
from tests.central.fleet.synthetic import fill
from tests.central.helpers import running
from tests.central.staff_helpers import cheap, hired

TERMINALS = 170
"""More than have a place on the map."""
PAGES = ("", "/map", "/rollouts", "/rollouts/1", "/orders", "/consumables", "/usage", "?standing=faulty&sort=-uptime")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    with chromium() as browser, running(folder / "central", adapt=_staffed) as made:
        fill(made.centre, TERMINALS)
        yield House(made, browser, pictures())


def _staffed(centre: Centre) -> Centre:
    centre = cheap(centre)
    for role in (Role.OPERATOR, Role.AUDITOR, Role.AUTHORITY):
        hired(centre, role.value, role)
    return centre


@pytest.fixture
def operator(house: House) -> Iterator[Visitor]:
    with house.visitor("operator") as visitor:
        yield visitor
        assert [one for one in visitor.troubles if "status of 422" not in one] == []


@pytest.fixture
def name(house: House) -> str:
    with house.running.centre.storage.reading() as transaction:
        return transaction.fleet.states.all()[0].terminal


def rows(house: House, action: str) -> list[AuditRow]:
    with house.running.centre.storage.reading() as transaction:
        return transaction.audit.find(Filter(action=action), limit=5)


@pytest.mark.parametrize(("role", "size"), [("operator", "desk"), ("authority", "desk"), ("operator", "phone")])
def test_every_page_is_whole_and_fits(house: House, name: str, role: str, size: str) -> None:
    with house.visitor(role, PHONE if size == "phone" else DESKTOP) as visitor:
        for page in (*PAGES, f"/terminals/{name}"):
            assert visitor.go(f"/console/fleet{page}") == 200, page
            assert visitor.sideways() <= 0, page
            visitor.picture(f"fleet-{role}-{size}-{page.strip('/?').replace('/', '-') or 'list'}")
        assert visitor.troubles == []


def test_the_map_leads_to_the_terminals_of_a_place(operator: Visitor) -> None:
    operator.go("/console/fleet/map")
    operator.page.click("svg a[href*='box=']", force=True)
    assert operator.path == "/console/fleet"
    assert 1 <= operator.page.locator("tbody tr").count() < TERMINALS


def test_filters_and_order_are_kept_together(operator: Visitor) -> None:
    operator.go("/console/fleet?who=technician&sort=paper")
    told = operator.page.locator("tbody tr td:nth-child(5)").all_inner_texts()
    paper = operator.page.locator("tbody tr td:nth-child(6)").all_inner_texts()
    shares = [float(one.rstrip("%")) for one in paper]

    assert set(told) == {"技术人员"}
    assert shares == sorted(shares)
    assert all("who=technician" in link for link in operator.links() if "sort=" in link)


def test_a_command_is_given_seen_and_taken_back(operator: Visitor, house: House, name: str) -> None:
    operator.go(f"/console/fleet/terminals/{name}")
    operator.page.click("text=重新启动…")
    operator.page.select_option("#what", "machine")
    operator.page.click("details[open] button:has-text('重新启动')")
    assert "已下命令" in operator.page.inner_text(".banner")
    row = operator.page.locator("#commands tr", has_text="machine").first
    assert "等待终端" in row.inner_text()

    row.locator("button").click()
    assert "已撤销" in operator.page.locator("#commands tr", has_text="machine").first.inner_text()
    assert rows(house, "fleet.command")[0].subject == name
    assert rows(house, "fleet.cancel")[0].subject == name


def test_a_change_of_settings_is_shown_before_it_is_made_and_can_be_rolled_back(
    operator: Visitor, house: House, name: str
) -> None:
    operator.go(f"/console/fleet/terminals/{name}/configuration")
    operator.page.fill("[name='journey.idle_seconds']", "0")
    operator.page.click("text=查看改动")
    assert "1 到 3600" in operator.page.inner_text(".error")
    operator.page.fill("[name='journey.idle_seconds']", "120")
    operator.page.click("text=查看改动")
    assert operator.page.inner_text("ins") == "120"
    operator.page.click("button:has-text('确认')")

    first = operator.page.locator("#configuration details").first
    assert "120" in first.inner_text()
    older = operator.page.locator("#configuration > details").nth(1)
    older.locator("summary").first.click()
    older.locator("summary.button").click()
    older.locator("button:has-text('恢复')").click()
    assert "恢复版本" in operator.page.locator("#configuration details").first.inner_text()
    assert rows(house, "fleet.roll_back")[0].subject == name


def test_a_roll_out_is_begun_paused_and_aborted(operator: Visitor, house: House) -> None:
    operator.go("/console/fleet/rollouts/1")
    operator.page.click("text=终止…")
    operator.page.click("details[open] button:has-text('终止')")
    operator.go("/console/fleet/rollouts/new")
    operator.page.fill("#settings", "journey.idle_seconds = 0")
    operator.page.click("text=开始第一批")
    assert "journey.idle_seconds" in operator.page.inner_text(".banner")
    operator.page.fill("#settings", "journey.idle_seconds = 75")
    operator.page.click("text=开始第一批")
    assert "第一批已经开始" in operator.page.inner_text(".banner")
    operator.page.click("text=暂停…")
    operator.page.click("details[open] button:has-text('暂停')")
    assert "已暂停" in operator.page.inner_text("main")
    assert rows(house, "fleet.pause")


def test_an_order_is_assigned_and_closed_with_a_reason(operator: Visitor, house: House) -> None:
    operator.go("/console/fleet/orders")
    first = operator.page.locator("tbody tr").first
    first.locator("summary").click()
    first.locator("[name='to']").fill("李工")
    first.locator("button:has-text('指派')").click()
    assert "李工" in operator.page.locator("tbody tr").first.inner_text()

    first = operator.page.locator("tbody tr").first
    first.locator("summary").click()
    first.locator("[name='reason']").fill("误报")
    first.locator("button:has-text('关闭')").click()
    assert "误报" in operator.page.inner_text("main")
    assert rows(house, "fleet.order_close")


def test_who_only_reads_sees_nothing_to_press(house: House, name: str) -> None:
    with house.visitor("auditor") as visitor:
        for page in (f"/terminals/{name}", "/orders", "/rollouts", "/rollouts/1"):
            visitor.go(f"/console/fleet{page}")
            assert visitor.page.locator("main form").count() == 0, page


def test_the_usage_of_a_month_can_be_taken_along(operator: Visitor) -> None:
    operator.go("/console/fleet/usage")
    with operator.page.expect_download() as download:
        operator.page.click("text=下载 CSV")
    text = download.value.path().read_text(encoding="utf-8-sig")

    assert text.splitlines()[0] == "month,region,hall,item,filed,refused,rated"
    assert "social-insurance-proof" in text
