"""The item editor in a real browser: what is typed shows at once as the terminal will show it, and nothing is lost."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from central.centre import Centre
from central.staff.roles import Role
from tests.central.console.browsing import DESKTOP, House, chromium, pictures
from tests.central.helpers import running
from tests.central.staff_helpers import cheap, hired

EDITOR = "/console/catalogue/items/social-insurance-proof/edit"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with chromium() as browser, running(tmp_path_factory.mktemp("editor") / "central", adapt=_staffed) as made:
        yield House(made, browser, pictures())


def _staffed(centre: Centre) -> Centre:
    centre = cheap(centre)
    hired(centre, "authority", Role.AUTHORITY)
    return centre


def test_what_is_typed_shows_as_the_terminal_will_show_it(house: House) -> None:
    with house.visitor("authority") as visitor:
        assert visitor.go(EDITOR) == 200
        tile = visitor.page.locator("#preview .tile")
        expect(tile).to_contain_text("社保参保证明打印")
        visitor.page.fill('[name="title.en"]', "Proof for people")
        visitor.page.select_option("#preview_language", "en")
        expect(tile).to_contain_text("Proof for people")
        visitor.page.fill('[name="title.en"]', "")
        expect(visitor.page.locator("#preview")).to_contain_text("1 处没有填对")
        assert visitor.troubles == []


@pytest.mark.parametrize("scripts", [True, False])
def test_it_works_without_scripts_too(house: House, scripts: bool) -> None:
    with house.visitor("authority", DESKTOP, scripts=scripts) as visitor:
        visitor.go(EDITOR)
        page = visitor.page
        page.fill('[name="summary.en"]', f"With scripts: {scripts}")
        page.locator('button[value="add:form"]').click()
        expect(page.locator('[name="form.2.name"]')).to_have_value("")
        page.locator('button[value="remove:form.2"]').click()
        expect(page.locator('[name="form.2.name"]')).to_have_count(0)
        expect(page.locator('[name="summary.en"]')).to_have_value(f"With scripts: {scripts}")
        page.click("button[value=propose]")
        expect(page.locator(".differences")).to_contain_text(f"With scripts: {scripts}")
        page.click("text=撤回…")
        page.click("details button")
        assert visitor.path == "/console/catalogue/proposals"
