"""Whatever people, or their links of last year, ask a page for: an answer, never a failure of the centre."""

from collections.abc import Iterator
from typing import Final
from urllib.parse import quote

import pytest
from fastapi.routing import APIRoute
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from central.app import ROUTERS
from central.console.shield import is_page
from central.staff.access import COOKIE
from central.staff.roles import Role
from central.staff.sessions import csrf_of
from tests.central.access_table import RULES, Rule
from tests.central.console import busy
from tests.central.inside import Inside
from tests.central.staff_helpers import session_of

PAGES: Final = [rule for rule in RULES if is_page(rule.path) and "sign-out" not in rule.path]
LOOKED_AT: Final = [rule for rule in PAGES if rule.method == "GET"]
SENT: Final = [rule for rule in PAGES if rule.method == "POST"]


def _names(kind: str) -> list[str]:
    routes = (route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute))
    return sorted({one.alias for route in routes if is_page(route.path) for one in getattr(route.dependant, kind)})


_TEXTS: Final = st.text(max_size=12) | st.sampled_from(
    ["", "0", "-1", "2", str(2**31), str(2**63), "1e999", "nan", "2026-13-45", "2026-11", "9999-12-31", "0001-01-01",
     "GD4401001", "GD440100-000001-9", "' OR 1=1 --", "%", "\\", "on", "clerk", "social-insurance-proof"]
)  # fmt: skip
_SEGMENTS: Final = _TEXTS.map(lambda text: quote(text, safe="", errors="replace") or "0")
_QUERIES: Final = st.lists(st.tuples(st.sampled_from([*_names("query_params"), "page", "sort"]), _TEXTS), max_size=4)
_FIELDS: Final = st.lists(st.tuples(st.sampled_from(_names("body_params")), _TEXTS), max_size=8)
_SOME: Final = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _encoded(pairs: list[tuple[str, str]]) -> str:
    return "&".join(f"{quote(name)}={quote(value, safe='', errors='replace')}" for name, value in pairs)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def inside(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inside]:
    """On either engine: they differ in what they take."""
    url = "" if request.param == "sqlite" else request.getfixturevalue("postgres").create("any_address")
    made = Inside(tmp_path_factory.mktemp("central"), url, adapt=busy.staffed)
    busy.fill(made.centre)
    yield made
    made.close()


def _ask(inside: Inside, rule: Rule, address: str, body: bytes = b"") -> int:
    role = next((role for role in Role if role in rule.who), Role.AUDITOR)
    token, token_hash = session_of(inside.centre, role)
    headers = {
        "Cookie": f"{COOKIE}={token}",
        "X-CSRF-Token": csrf_of(token_hash),
        "Content-Type": "application/x-www-form-urlencoded",
    }
    return inside.ask(rule.method, address, body, headers, signed=False).status_code


@_SOME
@given(st.sampled_from(LOOKED_AT), _SEGMENTS, _QUERIES)
def test_no_address_makes_a_page_fail(inside: Inside, rule: Rule, part: str, query: list[tuple[str, str]]) -> None:
    assert _ask(inside, rule, f"{rule.address(part)}?{_encoded(query)}") < 500


@_SOME
@given(st.sampled_from(SENT), _SEGMENTS, _FIELDS)
def test_no_form_makes_a_page_fail(inside: Inside, rule: Rule, part: str, fields: list[tuple[str, str]]) -> None:
    assert _ask(inside, rule, rule.address(part), _encoded(fields).encode()) < 500
