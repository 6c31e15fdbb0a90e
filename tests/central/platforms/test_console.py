"""The operator rehearses faults from the console; who only reads cannot, and real platforms are left alone."""

from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from central.platforms.settings import Choice
from central.staff.roles import Role
from central.storage.audit import Filter
from tests.central.helpers import Running
from tests.central.staff_helpers import hired, post, session_of

PAGE = "/console/platforms"


@pytest.fixture(scope="module")
def operator(province: Running) -> Iterator[httpx.Client]:
    hired(province.centre, "chen", Role.OPERATOR)
    with httpx.Client(base_url=province.url, follow_redirects=True, trust_env=False) as client:
        client.cookies.set("staff", session_of(province.centre, "chen")[0])
        yield client


def test_a_fault_is_rehearsed_and_ended_and_both_are_on_record(province: Running, operator: httpx.Client) -> None:
    begun = post(operator, PAGE, f"{PAGE}/payments/fault", kind="down", minutes="10")
    assert "非税支付：故障演练开始" in begun.text
    fault = province.centre.platforms.faults.of("payments")
    assert fault is not None
    assert (fault.kind, fault.until is not None) == ("down", True)
    ended = post(operator, PAGE, f"{PAGE}/payments/recovery")
    assert "非税支付已恢复正常" in ended.text
    assert province.centre.platforms.faults.of("payments") is None
    with province.centre.storage.reading() as transaction:
        actions = [(one.action, one.subject) for one in transaction.audit.find(Filter(action="platform."), limit=9)]
    assert {("platform.fault", "payments"), ("platform.clear", "payments")} <= set(actions)


@pytest.mark.parametrize(("name", "kind"), [("nothing", "down"), ("payments", "late")])
def test_what_is_none_is_refused(operator: httpx.Client, name: str, kind: str) -> None:
    answer = post(operator, PAGE, f"{PAGE}/{name}/fault", kind=kind, minutes="10")
    assert answer.status_code in (404, 422)


def test_a_real_platform_is_left_alone(
    province: Running, operator: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = province.centre.platforms.chosen
    real = replace(chosen, choices={**chosen.choices, "maps": Choice("geo")})
    monkeypatch.setattr(type(province.centre.platforms), "chosen", property(lambda _: real), raising=False)
    assert "geo" in operator.get(PAGE).text
    answer = post(operator, PAGE, f"{PAGE}/maps/fault", kind="down", minutes="10")
    assert answer.status_code == 409
    assert province.centre.platforms.faults.of("maps") is None
