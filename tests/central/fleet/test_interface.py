"""What a terminal says and is answered, through the real application."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zlib import crc32

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from uuid6 import uuid7

from central.fleet import operating
from central.fleet.wire import Kind
from tests.central.fleet.fleet import device, out_of_paper
from tests.central.helpers import DEADLINE, Running, Terminal, is_problem, running
from tests.waiting import eventually

BEAT: dict[str, Any] = {"program": "1.4.0", "uptime": 10.0, "devices": [device()]}


@pytest.fixture
def terminal(shared: Running, request: pytest.FixtureRequest) -> Terminal:
    """One a test: they share the centre."""
    return shared.enrolled(f"GD{crc32(request.node.name.encode()):010}")


@pytest.fixture
def client(shared: Running, terminal: Terminal) -> Iterator[httpx.Client]:
    with shared.client(terminal) as made:
        yield made


def command(centre: Running, terminal: Terminal, kind: Kind, **arguments: str) -> str:
    with centre.centre.fleet.work(terminal.name) as (transaction, now):
        made = operating.command(transaction, [terminal.name], kind, arguments, now=now, by="operator")
    return made[0].id


def ids(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["commands"]]


def test_a_heartbeat_is_answered_with_time_interval_and_wishes(client: httpx.Client, shared: Running) -> None:
    answer = client.post("/v1/heartbeats", json=BEAT).json()

    assert answer.keys() == {"time", "interval", "splay", "wait", "commands", "desired"}
    assert answer["desired"] == {"configuration": 0, "catalogue": shared.centre.catalogue.number, "program": ""}
    assert answer["commands"] == []


def test_nobody_reports_without_a_signature(shared: Running) -> None:
    with shared.anonymous() as client:
        assert is_problem(client.post("/v1/heartbeats", json=BEAT), 401, "bad-signature")


@pytest.mark.parametrize(
    "wrong",
    [
        {"program": "1.4.0"},
        BEAT | {"uptime": -1},
        BEAT | {"uptime": float("nan")},
        BEAT | {"devices": [device(state="broken")]},
        BEAT | {"devices": [device()] * 41},
        BEAT | {"devices": [device("Card Reader")]},
        BEAT | {"queue": {"waiting": -1}},
        BEAT | {"results": [{"id": "1", "state": "done"}]},
    ],
)
def test_a_heartbeat_of_another_form_is_refused_by_name_of_the_field(client: httpx.Client, wrong: Any) -> None:
    content = httpx.Request("POST", "http://x", json=wrong).content if "nan" not in str(wrong) else b'{"uptime": NaN}'
    assert is_problem(client.post("/v1/heartbeats", content=content), 422)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.binary(max_size=300)
    | st.dictionaries(st.sampled_from(sorted(BEAT)), st.integers()).map(repr).map(str.encode)
)
def test_no_bytes_do_harm(client: httpx.Client, body: bytes) -> None:
    assert client.post("/v1/heartbeats", content=body).status_code == 422


def test_what_a_newer_terminal_tells_besides_is_ignored(client: httpx.Client) -> None:
    assert client.post("/v1/heartbeats", json=BEAT | {"humidity": 0.4}).status_code == 200


def test_a_command_is_repeated_until_its_end_is_told(shared: Running, client: httpx.Client, terminal: Terminal) -> None:
    made = command(shared, terminal, "sync_now")
    assert ids(client.post("/v1/heartbeats", json=BEAT)) == [made]

    accepted = BEAT | {"results": [{"id": made, "state": "accepted"}]}
    assert ids(client.post("/v1/heartbeats", json=accepted)) == [made]
    done = BEAT | {"results": [{"id": made, "state": "done", "detail": "3 filed"}]}
    assert ids(client.post("/v1/heartbeats", json=done)) == []
    assert ids(client.post("/v1/heartbeats", json=done)) == []


def test_the_first_end_of_a_command_counts(shared: Running, client: httpx.Client, terminal: Terminal) -> None:
    path = f"/v1/commands/{command(shared, terminal, 'sync_now')}/result"

    assert client.post(path, json={"state": "accepted"}).json() == {"state": "accepted"}
    assert client.post(path, json={"state": "done"}).json() == {"state": "done"}
    assert client.post(path, json={"state": "failed", "detail": "later"}).json() == {"state": "done"}
    assert client.post(path, json={"state": "accepted"}).json() == {"state": "done"}


def test_nobody_ends_what_another_terminal_was_told(shared: Running, client: httpx.Client) -> None:
    other = shared.enrolled("GD4499999")
    made = command(shared, other, "sync_now")

    assert is_problem(client.post(f"/v1/commands/{made}/result", json={"state": "done"}), 404)
    with shared.client(other) as others:
        assert ids(others.post("/v1/heartbeats", json=BEAT)) == [made]


def test_the_same_command_is_not_given_twice(shared: Running, terminal: Terminal) -> None:
    first = command(shared, terminal, "restart", what="app")
    assert command(shared, terminal, "restart", what="app") == first
    assert command(shared, terminal, "restart", what="machine") != first


def test_who_waits_is_answered_as_soon_as_there_is_a_command(
    shared: Running, client: httpx.Client, terminal: Terminal
) -> None:
    answers: list[httpx.Response] = []
    waiter = threading.Thread(target=lambda: answers.append(client.get("/v1/commands/next", params={"wait": 50})))
    waiter.start()
    eventually(lambda: len(shared.centre.fleet.waiting) == 1, "the request that waits")
    made = command(shared, terminal, "sync_now")
    waiter.join(DEADLINE)

    assert not waiter.is_alive()
    assert ids(answers[0]) == [made]
    assert len(shared.centre.fleet.waiting) == 0


def test_what_another_process_made_is_seen_too(shared: Running, client: httpx.Client, terminal: Terminal) -> None:
    answers: list[httpx.Response] = []
    waiter = threading.Thread(target=lambda: answers.append(client.get("/v1/commands/next", params={"wait": 50})))
    waiter.start()
    eventually(lambda: len(shared.centre.fleet.waiting) == 1, "the request that waits")
    with shared.centre.storage.transaction() as transaction:  # nobody is woken by hand
        now = time.time()
        made = operating.command(transaction, [terminal.name], "sync_now", {}, now=now, by="cli")[0].id
    waiter.join(DEADLINE)

    assert not waiter.is_alive()
    assert ids(answers[0]) == [made]


def test_commands_that_are_known_are_not_waited_for(shared: Running, client: httpx.Client, terminal: Terminal) -> None:
    known = command(shared, terminal, "restart", what="machine")

    assert ids(client.get("/v1/commands/next")) == [known]
    assert ids(client.get("/v1/commands/next", params={"after": known})) == []
    newer = command(shared, terminal, "sync_now")
    assert ids(client.get("/v1/commands/next", params={"after": known, "wait": 50})) == [newer]


def test_a_configuration_is_fetched_by_its_version(shared: Running, client: httpx.Client, terminal: Terminal) -> None:
    with shared.centre.fleet.work(terminal.name) as (transaction, now):
        change = {"terminal.language": "zh-Hant"}
        version = operating.configure(transaction, [terminal.name], change, now=now, by="operator")[terminal.name]

    assert client.post("/v1/heartbeats", json=BEAT).json()["desired"]["configuration"] == version
    assert client.get(f"/v1/configurations/{version}").json() == {"version": version, "settings": change}
    assert is_problem(client.get(f"/v1/configurations/{version + 1}"), 404)


def test_a_call_for_staff_is_one_work_order(client: httpx.Client) -> None:
    call = {"id": str(uuid7()), "topic": "social-insurance-proof"}
    first, again = (client.post("/v1/help-calls", json=call) for _ in range(2))

    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert client.post("/v1/help-calls", json=call | {"id": str(uuid7())}).json() != first.json()


def test_faults_of_a_heartbeat_stand_in_the_state(shared: Running, client: httpx.Client, terminal: Terminal) -> None:
    client.post("/v1/heartbeats", json=BEAT | {"devices": [out_of_paper()]})
    with shared.centre.storage.reading() as transaction:
        found = transaction.fleet.states.one(terminal.name)
    assert found
    assert (found.standing, found.who) == ("faulty", "staff")


def test_who_waits_is_sent_elsewhere_when_the_centre_ends(tmp_path: Path) -> None:
    answers: list[httpx.Response] = []
    with running(tmp_path / "central") as centre, centre.client() as client:
        waiter = threading.Thread(target=lambda: answers.append(client.get("/v1/commands/next", params={"wait": 50})))
        waiter.start()
        eventually(lambda: len(centre.centre.fleet.waiting) == 1, "the request that waits")
        centre.centre.end()
        waiter.join(DEADLINE)

    assert is_problem(answers[0], 503)
    assert int(answers[0].headers["Retry-After"]) >= 1
