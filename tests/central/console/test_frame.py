"""What every page has in common: headers, cookies, forms that cannot be forged, messages, problems for people."""

import re
from collections.abc import Iterator

import httpx
import pytest

from central.app import create_app
from central.centre import Centre
from central.console import frame, shield
from central.console.static_files import asset
from central.settings import Settings
from central.staff.access import COOKIE, SECURE_COOKIE
from central.staff.roles import Role
from tests.central.helpers import Running, running
from tests.central.staff_helpers import PASSWORD, Phone, cheap, field, hired, post, session_of, sign_in


@pytest.fixture(scope="module")
def phones() -> dict[str, Phone]:
    return {}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, phones: dict[str, Phone]) -> Iterator[Running]:
    def staffed(centre: Centre) -> Centre:
        centre = cheap(centre)
        for role in Role:
            phones[role] = hired(centre, role.value, role)
        return centre

    with running(tmp_path_factory.mktemp("central"), adapt=staffed) as made:
        yield made


@pytest.fixture
def browser(desk: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=desk.url, follow_redirects=True) as made:
        yield made


def signed_in(desk: Running, browser: httpx.Client, role: Role) -> None:
    token, _ = session_of(desk.centre, role.value)
    browser.cookies.set(COOKIE, token)


@pytest.mark.parametrize("path", ["/console/sign-in", "/console/none", "/console", asset("console.css")])
def test_headers_of_whatever_is_shown(browser: httpx.Client, path: str) -> None:
    headers = browser.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert (headers["X-Content-Type-Options"], headers["X-Frame-Options"]) == ("nosniff", "DENY")
    assert headers["Cache-Control"] == ("no-store" if "static" not in path else "public, max-age=31536000, immutable")
    assert "Strict-Transport-Security" not in headers


def test_programs_are_spared_the_headers_of_pages(browser: httpx.Client) -> None:
    assert "Content-Security-Policy" not in browser.get("/v1/health").headers


def test_no_script_and_no_style_stands_in_a_page(browser: httpx.Client) -> None:
    text = browser.get("/console/sign-in").text
    assert not re.search(r"<script(?![^>]*src=)|<style|\sstyle=|\son[a-z]+=", text)


def test_a_static_file_that_changed_has_another_name(browser: httpx.Client) -> None:
    assert browser.get(asset("console.css")).headers["Content-Type"] == "text/css; charset=utf-8"
    assert browser.get("/console/static/console.000000000000.css").status_code == 404
    assert browser.get("/console/static/..%2fframe.py").status_code == 404


def test_in_and_out(desk: Running, browser: httpx.Client, phones: dict[str, Phone]) -> None:
    answer = sign_in(browser, "authority", phones["authority"].code(desk.centre.now()))
    assert answer.url.path == "/console"
    token = browser.cookies[COOKIE]
    assert post(browser, "/console", "/console/sign-out").url.path == "/console/sign-in"
    browser.cookies.set(COOKIE, token)
    assert browser.get("/console").url.path == "/console/sign-in", "the session has ended at the centre too"


def test_the_cookie_is_kept_from_scripts_and_other_sites(
    desk: Running, browser: httpx.Client, phones: dict[str, Phone]
) -> None:
    form = field(browser.get("/console/sign-in"))
    code = phones["operator"].code(desk.centre.now())
    told = {"csrf": form, "name": "operator", "password": PASSWORD, "code": code}
    answer = browser.post("/console/sign-in", data=told, follow_redirects=False)
    (cookie,) = [one for one in answer.headers.get_list("Set-Cookie") if one.startswith(f"{COOKIE}=")]
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))
    assert "Max-Age" not in cookie


@pytest.mark.anyio
async def test_over_tls_cookies_are_secure_and_bound_to_the_host(tmp_path_factory: pytest.TempPathFactory) -> None:
    centre = cheap(Centre.open(Settings(tmp_path_factory.mktemp("central"))))
    phone = hired(centre, "lin", Role.OPERATOR)
    app = create_app(lambda: centre)
    app.state.centre = centre
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="https://centre") as client:
        page = await client.get("/console/sign-in")
        told = {"csrf": field(page), "name": "lin", "password": PASSWORD, "code": phone.code(centre.now())}
        answer = await client.post("/console/sign-in", data=told)
        assert answer.headers["Strict-Transport-Security"]
        cookies = answer.headers.get_list("Set-Cookie")
        assert any(one.startswith(f"{SECURE_COOKIE}=") and "; Secure" in one for one in cookies)
        assert (await client.get("/console")).status_code == 200
    centre.close()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.mark.parametrize("sent", [{}, {"csrf": ""}, {"csrf": "0" * 64}, {"csrf": "é"}])
def test_a_form_that_is_not_ours_changes_nothing(desk: Running, browser: httpx.Client, sent: dict[str, str]) -> None:
    signed_in(desk, browser, Role.ADMINISTRATOR)
    answer = browser.post("/console/staff/clerk/close", data=sent)
    assert answer.status_code == 403
    assert 'data-problem="csrf"' in answer.text
    assert desk.centre.staff.accounts.get("clerk").is_open


def test_a_file_in_the_place_of_the_form_field(desk: Running, browser: httpx.Client) -> None:
    signed_in(desk, browser, Role.ADMINISTRATOR)
    assert browser.post("/console/staff/clerk/close", files={"csrf": b"x"}).status_code == 403


def test_the_field_of_another_session_does_not_fit(desk: Running, browser: httpx.Client) -> None:
    signed_in(desk, browser, Role.ADMINISTRATOR)
    foreign = field(browser.get("/console/staff/new"))
    signed_in(desk, browser, Role.ADMINISTRATOR)
    assert browser.post("/console/staff/clerk/close", data={"csrf": foreign}).status_code == 403


def test_nobody_is_signed_in_by_a_form_from_elsewhere(desk: Running, browser: httpx.Client) -> None:
    assert browser.post("/console/sign-in", data={"name": "clerk", "csrf": ""}).status_code == 403
    field_of_ours = field(browser.get("/console/sign-in"))
    browser.cookies.clear()
    assert browser.post("/console/sign-in", data={"name": "clerk", "csrf": field_of_ours}).status_code == 403


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.example", "//evil.example", "/console//evil.example", "/console/\\evil", "/consolex", "javascript:1",
     "/console/\nx", "/v1/health"],
)  # fmt: skip
def test_no_way_leads_from_the_sign_in_to_elsewhere(wanted: str) -> None:
    assert not frame.is_inside(wanted)


@pytest.mark.parametrize("wanted", ["/console", "/console/audit?who=lin&page=2", "/console/staff/chen.wei"])
def test_ways_back(desk: Running, browser: httpx.Client, wanted: str) -> None:
    assert frame.is_inside(wanted)
    asked = browser.get(wanted)
    assert asked.url.path == "/console/sign-in"
    assert asked.url.params.get("next", "/console") == wanted


def test_a_part_of_a_page_sends_the_whole_page_to_the_sign_in(browser: httpx.Client) -> None:
    answer = browser.get("/console/audit", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/console/sign-in")


def test_a_message_is_shown_once_and_only_if_it_is_ours(desk: Running, browser: httpx.Client) -> None:
    signed_in(desk, browser, Role.ADMINISTRATOR)
    hired(desk.centre, "leaving", Role.OPERATOR)
    said = post(browser, "/console/staff/leaving", "/console/staff/leaving/close")
    assert "账号已停用" in said.text
    assert "账号已停用" not in browser.get("/console/staff/leaving").text
    for forged in ("x", "e30=.", "e30=.00", ".", "\xe9"):
        cookies = f"notice={forged}; {COOKIE}={browser.cookies[COOKIE]}"
        answer = browser.get("/console/staff", headers={b"Cookie": cookies.encode("latin-1")})
        assert answer.status_code == 200
        assert 'class="banner' not in answer.text


def test_what_people_type_stays_text(desk: Running, browser: httpx.Client) -> None:
    signed_in(desk, browser, Role.ADMINISTRATOR)
    evil = '"><script>alert(1)</script>'
    answer = post(
        browser, "/console/staff/new", "/console/staff", name=evil, called=evil, department=evil, roles="clerk"
    )
    assert answer.status_code == 422
    assert "<script>alert" not in answer.text
    assert "<script>alert" not in browser.get("/console/audit", params={"who": evil}).text
    assert "<script>alert" not in browser.get("/console/sign-in", params={"next": evil}).text


@pytest.mark.parametrize(
    "query", ["page=0", "page=x", "page=99999999999", "sort=none", "sort=--id", "page=²", "sort=-id&page=1"]
)
def test_addresses_that_make_no_sense_show_something(desk: Running, browser: httpx.Client, query: str) -> None:
    signed_in(desk, browser, Role.ADMINISTRATOR)
    assert browser.get(f"/console/staff?{query}").status_code == 200


def test_a_form_that_is_too_large_is_not_read(
    desk: Running, browser: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shield, "LARGEST", 1000)
    signed_in(desk, browser, Role.ADMINISTRATOR)
    answer = browser.post("/console/staff", data={"called": "x" * 2000})
    assert answer.status_code in (400, 413)
    assert "没有保存" in answer.text


@pytest.mark.parametrize("path", ["/console/audit?who=%00", "/console/staff/a%00b", "/console/set-up/%00"])
def test_zero_bytes_lead_nowhere(desk: Running, browser: httpx.Client, path: str) -> None:
    signed_in(desk, browser, Role.AUDITOR)
    answer = browser.get(path)
    assert answer.status_code == 404
    assert "Content-Security-Policy" in answer.headers


def test_zero_bytes_are_not_taken_in_a_form(desk: Running, browser: httpx.Client) -> None:
    signed_in(desk, browser, Role.ADMINISTRATOR)
    answer = post(browser, "/console/staff/new", "/console/staff", name="zero", called="\0", roles="operator")
    assert answer.status_code in (400, 422)
    assert "没有保存" in answer.text


def test_a_page_that_fails_is_a_page(desk: Running, browser: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    signed_in(desk, browser, Role.ADMINISTRATOR)
    monkeypatch.setattr(type(desk.centre.staff.accounts), "list", fail)
    answer = browser.get("/console/staff")
    assert answer.status_code == 500
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "平台出错了" in answer.text


def test_programs_that_ask_for_pages_of_the_interface_get_problems(browser: httpx.Client) -> None:
    assert browser.get("/v1/none").headers["Content-Type"] == "application/problem+json"


def test_the_menu_leads_only_where_one_may_go(desk: Running, browser: httpx.Client) -> None:
    for role in Role:
        signed_in(desk, browser, role)
        menu = browser.get("/console").text.split("menu-open")[1].split("</nav>")[0]
        for path in re.findall(r'href="([^"]+)"', menu):
            assert browser.get(path).status_code == 200, (role, path)
