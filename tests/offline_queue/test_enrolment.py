"""The terminal's side of enrolment and renewal, against a centre that loses answers."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from offline_queue import credentials, http_signature, sealed, suites
from offline_queue.credentials import Credentials, CredentialStore
from offline_queue.enrolment import EnrolmentRefused, enrol, renew
from offline_queue.hashing import SUITES, Suite
from offline_queue.http_client import Signature
from offline_queue.retry import FailureKind
from offline_queue.transport import TransportFailed

TERMINAL = "GD440100"
START = 1_790_000_000.0
PROBLEM = {"Content-Type": "application/problem+json"}
SEALING_KEYS = {suite: sealed.generate(suite)[1] for suite in SUITES}
Mishap = Callable[[httpx.Response], httpx.Response]


class Centre:
    """Answers the same key always the same; ``mishap`` is what becomes of its next answer."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.signed_by: list[str] = []
        self.granted: dict[str, dict[str, Any]] = {}
        self.mishap: Mishap | None = None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        fields = json.loads(request.content)
        self.asked.append({"path": request.url.path, **fields})
        if request.url.path.endswith("/renewal"):
            self.signed_by.append(http_signature.read(request.headers).key_id)
        suite = fields.get("suite", "standard")
        grant = self.granted.setdefault(fields["public_key"], self._grant(suite))
        answer = httpx.Response(201, json=grant)
        mishap, self.mishap = self.mishap, None
        return mishap(answer) if mishap else answer

    def _grant(self, suite: Suite) -> dict[str, Any]:
        times = {"time": START, "not_after": START + 90 * 86400.0}
        names = {"terminal": TERMINAL, "key_id": f"key-{len(self.granted)}", "certificate": ""}
        return {**names, **times, "epoch": 1, "sealing_key": SEALING_KEYS[suite]}


@pytest.fixture
def centre() -> Centre:
    return Centre()


@pytest.fixture
def store(tmp_path: Path) -> CredentialStore:
    return CredentialStore(tmp_path, bytes(32), TERMINAL)


def line_to(centre: Centre, store: CredentialStore) -> httpx.Client:
    return httpx.Client(
        base_url="http://centre", transport=httpx.MockTransport(centre), auth=Signature(store.load), trust_env=False
    )


@pytest.fixture
def client(centre: Centre, store: CredentialStore) -> httpx.Client:
    return line_to(centre, store)


def lost(_: httpx.Response) -> httpx.Response:
    raise httpx.ReadError("cut")


def says(status: int, *, problem: bool = True) -> Mishap:
    headers = PROBLEM if problem else {"Content-Type": "text/html"}
    return lambda _: httpx.Response(status, headers=headers, content=b'{"detail": "The code is spent."}')


def with_fields(**changes: Any) -> Mishap:
    return lambda answer: httpx.Response(201, json=answer.json() | changes)


def without_end(answer: httpx.Response) -> httpx.Response:
    """What JSON does not have, and some parsers take."""
    return httpx.Response(201, content=re.sub(rb'("not_after": ?)[0-9.]+', rb"\1NaN", answer.content))


def enrolled(store: CredentialStore, client: httpx.Client) -> Credentials:
    return enrol(store, client, "a code")


@pytest.mark.parametrize("suite", SUITES)
def test_a_code_becomes_an_identity(tmp_path: Path, centre: Centre, suite: Suite) -> None:
    store = CredentialStore(tmp_path, bytes(32), TERMINAL, suite)
    earned = enrol(store, line_to(centre, store), "a code")
    public = earned.key.public().pem()
    assert centre.asked == [
        {"path": "/v1/enrolments", "terminal": TERMINAL, "code": "a code", "suite": suite, "public_key": public}
    ]
    loaded = store.load()
    assert loaded
    assert (loaded.key.pem(), loaded.grant) == (earned.key.pem(), earned.grant)


def test_when_the_answer_is_lost_the_same_key_is_asked_for_again(
    centre: Centre, store: CredentialStore, client: httpx.Client
) -> None:
    centre.mishap = lost
    with pytest.raises(TransportFailed) as failed:
        enrolled(store, client)
    assert failed.value.failure.kind is FailureKind.UNANSWERED
    assert store.load() is None
    assert enrolled(store, client).key_id == "key-0"
    assert len(centre.granted) == 1


def test_a_refusal_says_why_and_the_next_try_has_another_key(
    centre: Centre, store: CredentialStore, client: httpx.Client
) -> None:
    centre.mishap = says(403)
    with pytest.raises(EnrolmentRefused, match=r"one-time code .* The code is spent\."):
        enrolled(store, client)
    enrolled(store, client)
    assert len(centre.granted) == 2


@pytest.mark.parametrize(
    ("mishap", "kind"),
    [
        (says(403, problem=False), FailureKind.UNAUTHORISED),
        (says(200, problem=False), FailureKind.SERVER),
        (says(429), FailureKind.BUSY),
        (says(503), FailureKind.BUSY),
        (says(500), FailureKind.SERVER),
        (with_fields(sealing_key="no key"), FailureKind.SERVER),
        (with_fields(sealing_key=suites.generate().public().pem()), FailureKind.SERVER),
        (with_fields(terminal="GD440101"), FailureKind.SERVER),
        (with_fields(epoch=0), FailureKind.SERVER),
        (with_fields(epoch=1 << 40), FailureKind.SERVER),
        (with_fields(key_id=""), FailureKind.SERVER),
        (with_fields(key_id='k"\r\n'), FailureKind.SERVER),
        (without_end, FailureKind.SERVER),
    ],
    ids=[
        "login page",
        "page",
        "busy",
        "down",
        "broken",
        "no key",
        "wrong key",
        "other terminal",
        "epoch",
        "endless epoch",
        "no id",
        "bad id",
        "no time",
    ],
)
def test_what_is_no_answer_is_asked_again_with_the_same_key(
    centre: Centre, store: CredentialStore, client: httpx.Client, mishap: Mishap, kind: FailureKind
) -> None:
    centre.mishap = mishap
    with pytest.raises(TransportFailed) as failed:
        enrolled(store, client)
    assert failed.value.failure.kind is kind
    assert store.load() is None
    enrolled(store, client)
    assert len(centre.granted) == 1


@given(
    content=st.binary()
    | st.recursive(st.none() | st.text() | st.floats(), st.lists).map(lambda v: json.dumps(v).encode())
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
def test_garbage_is_no_answer(centre: Centre, store: CredentialStore, client: httpx.Client, content: bytes) -> None:
    centre.mishap = lambda _: httpx.Response(201, content=content)
    with pytest.raises(TransportFailed):
        enrolled(store, client)
    assert store.load() is None


def test_a_renewal_is_signed_with_the_old_key(centre: Centre, store: CredentialStore, client: httpx.Client) -> None:
    old = enrolled(store, client)
    new = renew(store, client, old)
    assert centre.signed_by == [old.key_id]
    assert new.key.pem() != old.key.pem()
    loaded = store.load()
    assert loaded
    assert loaded.key_id == new.key_id == "key-1"


@pytest.mark.parametrize("mishap", [lost, says(401), says(403), says(503)], ids=["lost", "401", "403", "503"])
def test_a_renewal_that_fails_leaves_the_old_identity(
    centre: Centre, store: CredentialStore, client: httpx.Client, mishap: Mishap
) -> None:
    old = enrolled(store, client)
    centre.mishap = mishap
    with pytest.raises((TransportFailed, EnrolmentRefused)):
        renew(store, client, old)
    loaded = store.load()
    assert loaded
    assert loaded.key.pem() == old.key.pem()


def test_a_renewal_without_an_answer_is_asked_for_again_with_the_same_key(
    centre: Centre, store: CredentialStore, client: httpx.Client
) -> None:
    old = enrolled(store, client)
    centre.mishap = lost
    with pytest.raises(TransportFailed):
        renew(store, client, old)
    assert renew(store, client, old).key_id == "key-1"
    assert len(centre.granted) == 2


def test_two_processes_renew_once(centre: Centre, store: CredentialStore, client: httpx.Client) -> None:
    old = enrolled(store, client)
    new = renew(store, client, old)
    assert renew(store, client, old).key.pem() == new.key.pem()
    assert len(centre.asked) == 2


class Killed(BaseException):
    pass


class Steps:
    """Counts what is done to the disk and the line, before and after; the ``last`` one is that of a process."""

    def __init__(self, last: int = 0) -> None:
        self.done = 0
        self.last = last

    def around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def stepping(*arguments: Any) -> Any:
            self.step()
            result = call(*arguments)
            self.step()
            return result

        return stepping

    def step(self) -> None:
        self.done += 1
        if self.done == self.last:
            raise Killed


def live(tmp_path: Path, centre: Centre, steps: Steps, monkeypatch: pytest.MonkeyPatch) -> Credentials:
    """A terminal from its start to its second certificate."""
    with monkeypatch.context() as counted:
        counted.setattr(credentials, "write_over", steps.around(credentials.write_over))
        store = CredentialStore(tmp_path, bytes(32), TERMINAL)
        signature = Signature(store.load)
        with httpx.Client(
            base_url="http://centre", transport=httpx.MockTransport(steps.around(centre)), auth=signature
        ) as client:
            current = store.load() or enrol(store, client, "a code")
            return renew(store, client, current) if current.key_id == "key-0" else current


STEPS = 12


@pytest.mark.parametrize("last", range(1, STEPS + 1))
def test_killed_at_any_step_it_ends_with_the_same_two_keys(
    tmp_path: Path, centre: Centre, monkeypatch: pytest.MonkeyPatch, last: int
) -> None:
    with pytest.raises(Killed):
        live(tmp_path, centre, Steps(last), monkeypatch)
    assert live(tmp_path, centre, Steps(), monkeypatch).key_id == "key-1"
    assert len(centre.granted) == 2


def test_there_are_no_more_steps(tmp_path: Path, centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = Steps()
    live(tmp_path, centre, steps, monkeypatch)
    assert steps.done == STEPS
