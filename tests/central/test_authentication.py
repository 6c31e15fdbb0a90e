"""Who may ask for what: nothing without a good signature but enrolment and health."""

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from central.centre import Centre
from central.enrolment import key_id
from central.limits import Rush
from offline_queue import http_signature, suites
from offline_queue.clock import system_stamp
from offline_queue.http_client import open_client
from tests.central.access_table import SIGNED, Rule
from tests.central.helpers import TERMINAL, Running, Terminal, enrol, is_problem, running

PATH = "/v1/terminal"


@pytest.mark.parametrize("rule", SIGNED, ids=lambda rule: f"{rule.method} {rule.path}")
@pytest.mark.parametrize("header", [None, "Bearer x", "Basic eDp4"])
def test_nothing_without_a_signature(shared: Running, rule: Rule, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    with shared.anonymous() as client:
        response = client.request(rule.method, rule.address("0" * 64), headers=headers)
    assert is_problem(response, 401, "bad-signature")
    assert response.headers["WWW-Authenticate"]


@pytest.fixture(scope="module")
def terminal(shared: Running) -> Terminal:
    return shared.enrolled("GD440300")


def signed(terminal: Terminal, method: str = "GET", path: str = PATH, body: bytes = b"") -> dict[str, str]:
    where, _, query = path.partition("?")
    request = http_signature.Request(method, where, query, body)
    return http_signature.sign(request, terminal.key, terminal.key_id, system_stamp(time.time()), bytes(16))


def test_a_signed_request_may_come_again(shared: Running, terminal: Terminal) -> None:
    headers = signed(terminal)
    with shared.anonymous() as client:
        answers = [client.get(PATH, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("Content-Digest", r".*", http_signature.content_digest(b"x")),
        ("Kiosk-Clock", r"wall=1", "wall=2"),
        ("Signature-Input", r"AAAA", "AAAB"),
        ("Signature-Input", r'"@query" ', ""),
        ("Signature", r":.*:", ":AAAA:"),
        ("Signature", r"=:", "=:AAAA"),
        *((name, r".*", "") for name in ("Content-Digest", "Kiosk-Clock", "Signature-Input", "Signature")),
    ],
)
def test_a_request_that_was_changed_is_refused(
    shared: Running, terminal: Terminal, name: str, old: str, new: str
) -> None:
    headers = signed(terminal)
    changed = re.sub(old, new, headers[name], count=1)
    assert changed != headers[name]
    with shared.anonymous() as client:
        assert is_problem(client.get(PATH, headers=headers | {name: changed}), 401, "bad-signature")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", f"{PATH}?epoch=1", b""),
        ("GET", "/v1/catalogue", b""),
        ("GET", "/v1/%74erminal", b""),
        ("GET", PATH, b"x"),
    ],
)
def test_a_signature_holds_for_its_request_alone(
    shared: Running, terminal: Terminal, method: str, path: str, body: bytes
) -> None:
    with shared.anonymous() as client:
        response = client.request(method, path, headers=signed(terminal), content=body)
    assert is_problem(response, 401, "bad-signature")


def test_the_key_of_another_signs_for_nobody(shared: Running, terminal: Terminal) -> None:
    other = replace(terminal, key=suites.generate())
    with shared.anonymous() as client:
        assert is_problem(client.get(PATH, headers=signed(other)), 401, "bad-signature")


def test_a_key_nobody_enrolled_is_unknown(shared: Running) -> None:
    key = suites.generate()
    stranger = Terminal(TERMINAL, key, key_id(key.public()), {})
    with shared.anonymous() as client:
        assert is_problem(client.get(PATH, headers=signed(stranger)), 401, "unknown-key")


def test_a_revoked_key_is_told_so(centre: Running) -> None:
    terminal = centre.enrolled()
    with centre.client(terminal) as client:
        assert client.get(PATH).status_code == 200
        with centre.centre.storage.transaction() as transaction:
            transaction.terminals.revoke(terminal.key_id, now=time.time())
        assert is_problem(client.get(PATH), 401, "revoked")


def test_a_certificate_ends_and_is_renewed_before(tmp_path: Path) -> None:
    ahead = [0.0]

    def adapt(centre: Centre) -> Centre:
        return replace(centre, now=lambda: time.time() + ahead[0])

    with running(tmp_path, adapt=adapt) as centre:
        old = centre.enrolled()
        key = suites.generate()
        with centre.client(old) as client:
            answer = client.post("/v1/enrolments/renewal", json={"public_key": key.public().pem()})
            assert answer.status_code == 201
            assert (answer.json()["epoch"], answer.json()["terminal"]) == (1, TERMINAL)
            assert client.get(PATH).status_code == 200, "the old one stays good until its end"
            ahead[0] = 91 * 86400.0
            assert is_problem(client.get(PATH), 401, "expired")
            late = client.post("/v1/enrolments/renewal", json={"public_key": suites.generate().public().pem()})
            assert late.status_code == 201, "who was switched off for long needs nobody"


def test_both_suites_sign(shared: Running) -> None:
    for number, suite in enumerate(("standard", "gm")):
        terminal = shared.enrolled(f"GD44050{number}", suite)
        with shared.client(terminal) as client:
            assert client.get(PATH).status_code == 200
        assert bool(terminal.answer["certificate"]) == (suite == "standard")
        assert "BEGIN PUBLIC KEY" in terminal.answer["sealing_key"]


# --- enrolment over the wire ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A centre that has no neighbours."""
    with running(tmp_path_factory.mktemp("strict"), neighbours=False) as made:
        yield made


def told(answer: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in answer.items() if name != "time"}


def test_a_code_enrols_and_is_spent(strict: Running) -> None:
    code, key = strict.code(), suites.generate()
    with strict.anonymous() as client:
        first = enrol(client, TERMINAL, key, code)
        assert first.status_code == 201
        assert told(enrol(client, TERMINAL, key, code).json()) == told(first.json())
        assert is_problem(enrol(client, TERMINAL, suites.generate(), code), 403)
    answer = first.json()
    with open_client(strict.url, Terminal(TERMINAL, key, answer["key_id"], answer).signature()) as client:
        assert client.get(PATH).json()["settled"] == {"epoch": answer["epoch"], "count": 0}


def test_without_a_code_nobody_enrols_at_a_centre_without_neighbours(strict: Running) -> None:
    with strict.anonymous() as client:
        assert is_problem(enrol(client, TERMINAL, suites.generate()), 403)


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "Via", "X-Real-IP"])
def test_what_came_through_a_proxy_is_no_neighbour(shared: Running, header: str) -> None:
    with shared.anonymous() as client:
        client.headers[header] = "127.0.0.1"
        assert is_problem(enrol(client, TERMINAL, suites.generate()), 403)


def test_a_neighbour_keeps_its_epoch_with_its_key(shared: Running) -> None:
    first = shared.enrolled("GD440600")
    assert told(shared.enrolled("GD440600", key=first.key).answer) == told(first.answer)
    assert shared.enrolled("GD440600").answer["epoch"] == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"terminal": "../../etc"},
        {"terminal": "gd440100"},
        {"terminal": "GD440100\n"},
        {"terminal": 5},
        {"public_key": "x"},
        {"public_key": ""},
        {"public_key": "x" * 5000},
        {"public_key": suites.generate().pem()},
        {"public_key": suites.generate("gm").public().pem()},
        {"suite": "gm"},
        {"suite": "none"},
        {"code": None},
        {"code": "x" * 200},
    ],
)
def test_an_enrolment_that_says_nonsense_is_a_problem(shared: Running, changes: dict[str, Any]) -> None:
    with shared.anonymous() as client:
        response = enrol(client, TERMINAL, suites.generate(), **changes)
    assert is_problem(response, 422)
    assert "PRIVATE" not in response.text


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b"[" * 50_000, b'{"terminal": "\\ud800"}'])
def test_an_enrolment_that_is_no_json_is_a_problem(shared: Running, body: bytes) -> None:
    with shared.anonymous() as client:
        assert is_problem(client.post("/v1/enrolments", content=body), 422)


def test_an_enrolment_is_small(shared: Running) -> None:
    with shared.anonymous() as client:
        assert is_problem(client.post("/v1/enrolments", content=b" " * 100_000), 413)


def test_a_renewal_needs_a_key_of_the_same_suite(shared: Running, terminal: Terminal) -> None:
    with shared.client(terminal) as client:
        for key in (suites.generate("gm").public().pem(), "x"):
            assert is_problem(client.post("/v1/enrolments/renewal", json={"public_key": key}), 422)


def test_the_clock_of_a_terminal_is_noted_and_never_believed(centre: Running) -> None:
    terminal = centre.enrolled()
    request = http_signature.Request("GET", PATH, "", b"")
    wrong = replace(system_stamp(time.time()), wall=86400.0)
    headers = http_signature.sign(request, terminal.key, terminal.key_id, wrong, bytes(16))
    with centre.anonymous() as client:
        assert client.get(PATH, headers=headers).status_code == 200
    with centre.centre.storage.reading() as transaction:
        (known,) = transaction.terminals.all()
    assert known.clock_offset == pytest.approx(86400.0 - time.time(), abs=60)
    assert known.last_seen == pytest.approx(time.time(), abs=60)


# --- a rush --------------------------------------------------------------------------------------------------------


def test_who_comes_in_a_rush_is_asked_to_come_again_at_another_time_each(tmp_path: Path) -> None:
    rush = Rush()
    rush.is_on = lambda in_line: in_line >= 0
    with running(tmp_path, adapt=lambda centre: replace(centre, rush=rush)) as centre, centre.client() as client:
        answers = [client.get(PATH) for _ in range(12)]
    assert all(is_problem(answer, 503) for answer in answers)
    assert len({answer.headers["Retry-After"] for answer in answers}) > 1


def test_a_rush_is_on_while_somebody_waits_for_longer_than_he_should() -> None:
    rush = Rush(longest=1.0)
    assert not rush.is_on(in_line=100)
    rush.served(1.5)
    assert rush.is_on(in_line=1)
    assert not rush.is_on(in_line=0)
    rush.served(0.5)
    assert not rush.is_on(in_line=100)
