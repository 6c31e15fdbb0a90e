"""The platforms as terminals ask them, over the wire, and what they are told when a platform fails."""

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from central.platforms.faults import Fault
from central.platforms.identity.checks import GOOD_FOR, MOST_MISSES
from central.platforms.maps.nearest import Found, Point
from central.platforms.settings import NAMES
from central.province.cast import cast_firms
from tests.central.helpers import Running, is_problem
from tests.central.platforms.people import (
    NAME,
    NOBODY,
    NUMBER,
    OTHER_NAME,
    OTHER_NUMBER,
    Clock,
    ask,
    evidence,
    phone_code,
    told,
)

KEY = "0190b6a4-7a50-7000-8000-00000000"


@pytest.fixture
def proof(terminal: httpx.Client) -> str:
    return evidence(terminal)


@pytest.fixture(scope="module")
def other_terminal(province: Running) -> Iterator[httpx.Client]:
    with province.client(province.enrolled("GD440200")) as made:
        yield made


# --- identity --------------------------------------------------------------------------------------------------------


def test_a_name_that_is_not_the_numbers_opens_nothing(terminal: httpx.Client) -> None:
    answer = told(terminal, "identity/verifications", name=OTHER_NAME, number="931586198001010028")
    assert answer["outcome"] == "mismatch"
    body = {"number": "931586198001010028", "evidence": answer["evidence"]}
    assert is_problem(ask(terminal, "licences/mine", **body), 403, "no-evidence")


def test_evidence_is_of_one_person_at_one_terminal_for_a_while(
    terminal: httpx.Client, other_terminal: httpx.Client, platform_clock: Clock
) -> None:
    proof = evidence(terminal)
    assert ask(terminal, "licences/mine", number=NUMBER, evidence=proof).status_code == 200
    assert is_problem(ask(other_terminal, "licences/mine", number=NUMBER, evidence=proof), 403, "no-evidence")
    assert is_problem(ask(terminal, "licences/mine", number=OTHER_NUMBER, evidence=proof), 403, "no-evidence")
    platform_clock.now += GOOD_FOR + 1
    assert is_problem(ask(terminal, "licences/mine", number=NUMBER, evidence=proof), 403, "no-evidence")


def test_who_tries_names_for_a_number_is_stopped_for_an_hour(
    terminal: httpx.Client, other_terminal: httpx.Client, platform_clock: Clock
) -> None:
    number = "PAK310080010103"
    for _ in range(MOST_MISSES):
        assert told(terminal, "identity/verifications", name="某某", number=number)["outcome"] == "mismatch"
    refused = ask(terminal, "identity/verifications", name=NAME, number=number)
    assert is_problem(refused, 429)
    assert int(refused.headers["Retry-After"]) == 3600
    assert told(other_terminal, "identity/verifications", name=NAME, number=number)["outcome"] == "match"
    platform_clock.now += 3601
    assert told(terminal, "identity/verifications", name=NAME, number=number)["outcome"] == "match"


def test_a_number_is_taken_as_people_type_it(terminal: httpx.Client) -> None:
    assert told(terminal, "identity/verifications", name=NAME, number="110105 19491231 002x")["outcome"] == "match"


def test_the_code_of_a_phone_is_a_person_once(province: Running, terminal: httpx.Client) -> None:
    code = phone_code(province)
    holder = told(terminal, "identity/codes", code=code)
    assert (holder["name"], holder["number"], holder["birth"]) == (NAME, NUMBER, "1949-12-31")
    assert ask(terminal, "licences/mine", number=NUMBER, evidence=holder["evidence"]).status_code == 200
    assert is_problem(ask(terminal, "identity/codes", code=code), 403, "code-spent")
    assert len(base64.b64decode(terminal.get("/v1/platforms/identity/code-key").json()["key"])) == 32


# --- licences, sharing, credit ---------------------------------------------------------------------------------------


def test_a_licence_is_listed_shown_and_checked(terminal: httpx.Client, proof: str) -> None:
    mine = told(terminal, "licences/mine", number=NUMBER, evidence=proof)["licences"]
    shown = told(terminal, "licences/show", number=NUMBER, evidence=proof, id=mine[0]["id"])
    document = {name: shown[name] for name in ("layout", "seal")}
    assert told(terminal, "licences/verify", **document)["finding"] == "genuine"
    changed = base64.b64encode(base64.b64decode(document["layout"]).replace("样".encode(), "祥".encode())).decode()
    assert told(terminal, "licences/verify", layout=changed, seal=document["seal"])["finding"] == "tampered"
    assert told(terminal, "licences/verify", layout="AA==", seal="AA==") == {
        "finding": "tampered",
        "state": None,
        "key_id": "",
    }


def test_a_firm_is_acted_for_by_whom_it_has(terminal: httpx.Client, proof: str) -> None:
    firms = list(cast_firms())
    own = next(one.code for one in firms if one.representative_number == NUMBER)
    other = next(one.code for one in firms if one.representative_number == OTHER_NUMBER)
    kinds = {
        one["kind"] for one in told(terminal, "licences/mine", number=NUMBER, evidence=proof, holder=own)["licences"]
    }
    assert "business_licence" in kinds
    assert is_problem(ask(terminal, "licences/mine", number=NUMBER, evidence=proof, holder=other), 403, "not-acting")
    assert told(terminal, "credit/report", number=NUMBER, evidence=proof, holder=own)["grade"]
    assert is_problem(ask(terminal, "credit/report", number=NUMBER, evidence=proof, holder=other), 403, "not-acting")


def test_what_is_fetched_is_on_record_for_the_person(terminal: httpx.Client, proof: str) -> None:
    before = len(told(terminal, "sharing/accesses", number=NUMBER, evidence=proof)["accesses"])
    wanted = {"number": NUMBER, "evidence": proof, "service": "fund-query", "consent": "fund-query-1"}
    shared = told(terminal, "sharing/fetch", items=["person", "housing_fund"], **wanted)["items"]
    assert [one["item"] for one in shared] == ["person", "housing_fund"]
    assert shared[0]["value"]["name"] == NAME
    found = told(terminal, "sharing/accesses", number=NUMBER, evidence=proof)["accesses"]
    assert len(found) == before + 2
    assert {one["consent"] for one in found[:2]} == {"fund-query-1"}
    assert {one["item"] for one in found[:2]} == {"person", "housing_fund"}
    assert all(one["terminal"] == "GD440100" for one in found[:2])


def test_without_consent_nothing_is_shared(terminal: httpx.Client, proof: str) -> None:
    wanted = {"number": NUMBER, "evidence": proof, "service": "x", "items": ["person"]}
    assert is_problem(ask(terminal, "sharing/fetch", **wanted), 422)
    assert is_problem(ask(terminal, "sharing/fetch", consent="", **wanted), 422)
    assert is_problem(ask(terminal, "sharing/fetch", consent="x-1", **wanted | {"items": ["nonsense"]}), 404)


def test_a_promise_may_do(terminal: httpx.Client, proof: str) -> None:
    answer = told(terminal, "credit/eligibility", number=NUMBER, evidence=proof)
    assert set(answer) == {"eligible", "rule", "reason"}
    assert set(answer["reason"]) == {"zh-Hans", "zh-Hant", "en"}


# --- help and map ----------------------------------------------------------------------------------------------------


def test_the_pack_of_help_is_signed_and_fetched_once(province: Running, terminal: httpx.Client) -> None:
    first = terminal.get("/v1/platforms/help/pack")
    assert terminal.get("/v1/platforms/help/pack").content == first.content
    again = terminal.get("/v1/platforms/help/pack", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    envelope = first.json()
    payload = base64.b64decode(envelope["payload"])
    kind = envelope["payloadType"].encode()
    signed = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)
    key = province.centre.secrets.signing_key.public_key()
    key.verify(base64.b64decode(envelope["signatures"][0]["sig"]), signed)
    assert len(json.loads(payload)["entries"]) >= 20


def test_help_is_searched(terminal: httpx.Client) -> None:
    found = told(terminal, "help/search", query="退款", limit=1)["entries"]
    assert [one["code"] for one in found] == ["paid-not-printed"]


def test_the_nearest_that_can_is_found_from_a_place_and_from_here(province: Running, terminal: httpx.Client) -> None:
    there = {"latitude": 22.81, "longitude": 113.29, "item": "social-insurance-proof"}
    found = terminal.get("/v1/platforms/maps/nearest", params=there).json()["found"]
    assert found[0]["can"]
    assert found[0]["site"]["region"] == "440606"
    with province.client(province.enrolled("GD4401001")) as here:
        around = here.get("/v1/platforms/maps/nearest", params={"limit": 3}).json()["found"]
    assert len(around) == 3
    assert "GD4401001" not in {one["site"]["code"] for one in around}
    assert is_problem(terminal.get("/v1/platforms/maps/nearest"), 404, "not-on-map")
    assert is_problem(terminal.get("/v1/platforms/maps/nearest", params=there | {"item": "none"}), 404)


def test_the_map_goes_by_what_a_terminal_says(province: Running, platform_clock: Clock) -> None:
    name, platform_clock.now = "GD440606024", time.time()
    maps = province.centre.platforms.maps
    with province.client(province.enrolled(name)) as here:

        def own(**printer: Any) -> Found:
            beat = {"program": "1.4.0", "uptime": 100.0, "devices": [{"name": "receipt_printer", **printer}]}
            assert here.post("/v1/heartbeats", json=beat).is_success
            around = maps.nearest(Point(22.81, 113.29), {"id_card", "receipt_printer"}, 100)
            return next(one for one in around if one.site.code == name)

        fine = own(state="online")
        assert (fine.hindrance, fine.heard) == (None, True)
        assert own(state="degraded").hindrance is None
        assert own(state="user_error", who="staff", needed=False).hindrance == "device"
        assert own(state="user_error", who="staff").hindrance == "out_of_order"
        own(state="online")
        platform_clock.now += 3600
        around = maps.nearest(Point(22.81, 113.29), (), 100)
        assert next(one for one in around if one.site.code == name).hindrance == "silent"


# --- faults ----------------------------------------------------------------------------------------------------------

ASKED: dict[str, tuple[str, dict[str, Any]]] = {
    "identity": ("identity/verifications", {"name": NAME, "number": OTHER_NUMBER}),
    "licences": ("licences/mine", {"number": NUMBER}),
    "sharing": ("sharing/fetch", {"number": NUMBER, "items": ["person"], "service": "x", "consent": "x-1"}),
    "payments": ("payments/bills", {"number": ""}),
    "help": ("help/search", {"query": "社保"}),
    "credit": ("credit/report", {"number": NUMBER}),
    "phones": ("phones", {"purpose": "picture", "title": {"en": "x"}}),
}


def asked(terminal: httpx.Client, province: Running, name: str, proof: str) -> httpx.Response:
    if name == "maps":
        return terminal.get("/v1/platforms/maps/nearest", params={"latitude": 23, "longitude": 113})
    path, body = ASKED[name]
    if name == "payments":
        holder = province.centre.platforms.register.person(NUMBER)
        assert holder is not None
        body = {"number": holder.bills[0].number}
    if name in ("licences", "sharing", "credit"):
        body = body | {"evidence": proof}
    return ask(terminal, path, **body)


@pytest.mark.parametrize(("fault", "status"), [("down", 503), ("wrong", 502)])
@pytest.mark.parametrize("name", NAMES)
def test_a_platform_that_fails_is_told_with_a_remedy(
    province: Running, terminal: httpx.Client, proof: str, name: str, fault: Any, status: int
) -> None:
    assert asked(terminal, province, name, proof).status_code in (200, 201)
    province.centre.platforms.faults.set(name, Fault(fault))
    answer = asked(terminal, province, name, proof)
    province.centre.platforms.faults.clear(name)
    assert is_problem(answer, status, "platform-unavailable" if fault == "down" else "platform-wrong")
    assert int(answer.headers["Retry-After"]) >= 1
    assert name in answer.json()["detail"]
    assert asked(terminal, province, name, proof).status_code in (200, 201)


def test_one_platform_that_is_down_takes_no_other_with_it(
    province: Running, terminal: httpx.Client, proof: str
) -> None:
    province.centre.platforms.faults.set("licences", Fault("down"))
    assert asked(terminal, province, "credit", proof).status_code == 200
    province.centre.platforms.faults.clear("licences")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("identity/verifications", {"name": "", "number": NUMBER}),
        ("identity/verifications", {"name": NAME, "number": "\x00"}),
        ("identity/verifications", {"name": NAME, "number": NUMBER, "more": 1}),
        ("identity/verifications", {"name": NAME, "number": NUMBER, "portrait": "!"}),
        ("licences/show", {"number": NUMBER, "evidence": "x", "id": "a b"}),
        ("payments", {"key": "short", "item": "x", "amount": 1}),
        ("payments", {"key": KEY, "item": "x", "amount": 0}),
        ("phones", {"purpose": "nonsense", "title": {}}),
        ("help/search", {"query": ""}),
    ],
)
def test_what_does_not_fit_is_a_problem_that_repeats_nothing(
    terminal: httpx.Client, path: str, body: dict[str, Any]
) -> None:
    answer = ask(terminal, path, **body)
    assert is_problem(answer, 422)
    assert NUMBER not in answer.text


def test_a_stranger_asks_no_platform(province: Running, phone: httpx.Client) -> None:
    for path, body in ASKED.values():
        assert is_problem(ask(phone, path, **body), 401)
    assert is_problem(phone.get("/v1/platforms/maps/nearest"), 401)


def test_a_number_nobody_has_is_unknown(terminal: httpx.Client) -> None:
    assert told(terminal, "identity/verifications", name=NAME, number=NOBODY)["outcome"] == "unknown"
