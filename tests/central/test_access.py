"""Who may call what: the table in docs/access.md, the routes, and what really happens are the same."""

import re
from collections.abc import Iterator
from typing import Final

import httpx
import pytest
from fastapi.routing import APIRoute

from central.app import ROUTERS, create_app
from central.centre import Centre
from central.staff.access import public, staff, who_may
from central.staff.roles import Role
from central.staff.sessions import csrf_of
from tests.central.access_table import RULES, Rule
from tests.central.inside import Inside
from tests.central.staff_helpers import cheap, hired, session_of

CALLERS: Final = ("anonymous", "terminal", *Role)
_PROBLEM: Final = re.compile(r'data-problem="([a-z-]*)"')


ROUTES: Final = [route for router in ROUTERS for route in router.routes]


def test_every_route_says_who_may_call_it() -> None:
    assert [route for route in ROUTES if not isinstance(route, APIRoute)] == []
    silent = [route.path for route in ROUTES if isinstance(route, APIRoute) and not who_may(route.dependant)]
    assert silent == []


def test_the_table_names_every_route_as_it_is() -> None:
    declared = {
        (method, route.path, who_may(route.dependant))
        for route in ROUTES
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }
    assert {(rule.method, rule.path, rule.who) for rule in RULES} == declared
    assert len(RULES) == len(declared)


def test_nothing_is_served_beside_the_routers() -> None:
    app = create_app(lambda: pytest.fail("not opened"))
    beside = [getattr(route, "path", "") for route in app.routes if not hasattr(route, "original_router")]
    assert beside == ["/openapi.json"]


def test_a_route_that_says_nothing_is_found_out() -> None:
    route = APIRoute("/x", lambda: None)
    assert who_may(route.dependant) == ""


def test_roles_have_to_be_named() -> None:
    with pytest.raises(ValueError, match="roles"):
        staff()
    assert public is not staff(Role.CLERK)


@pytest.fixture(scope="module")
def inside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inside]:
    made = Inside(tmp_path_factory.mktemp("central"), adapt=_with_staff)
    yield made
    made.close()


def _with_staff(centre: Centre) -> Centre:
    centre = cheap(centre)
    for role in Role:
        hired(centre, role.value, role)
    return centre


@pytest.mark.parametrize("caller", CALLERS)
def test_callers_get_as_far_as_the_table_says(inside: Inside, caller: str) -> None:
    wrong = [
        f"{rule.method} {rule.path}: {caller} should {'' if rule.lets_in(caller) else 'not '}be let in, {status}"
        for rule in RULES
        if (status := _knock(inside, rule, caller)) is not None
    ]
    assert wrong == []


def _knock(inside: Inside, rule: Rule, caller: str) -> int | None:
    """The answer's status when it is not what the rule says."""
    if rule.path == "/console/sign-out" and caller in rule.who:
        return None  # ends the session that the other routes need
    answer = _ask(inside, rule, caller)
    return answer.status_code if _was_let_in(answer) != rule.lets_in(caller) else None


def _ask(inside: Inside, rule: Rule, caller: str) -> httpx.Response:
    if caller in set(Role):
        token, token_hash = session_of(inside.centre, caller)
        headers = {"Cookie": f"staff={token}", "X-CSRF-Token": csrf_of(token_hash)}
        return inside.ask(rule.method, rule.address(), b"", headers, signed=False)
    return inside.ask(rule.method, rule.address(), b"", {}, signed=caller == "terminal")


def _was_let_in(answer: httpx.Response) -> bool:
    """Behind the door there may be nothing, or something wrong with what was sent: 404 and 422 come from inside."""
    if answer.status_code == 303:
        return not answer.headers["Location"].startswith("/console/sign-in")
    return answer.status_code != 401 and not (answer.status_code == 403 and _kind(answer) == "role")


def _kind(answer: httpx.Response) -> str:
    """Of a problem, for programs or people."""
    if answer.headers["Content-Type"] == "application/problem+json":
        return answer.json()["type"].rpartition(":")[2]
    found = _PROBLEM.search(answer.text)
    return found[1] if found else ""
