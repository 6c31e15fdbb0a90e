"""Lookup, catalogue, authorisation, and everything a client can do wrong."""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offline_queue import envelope as wire
from tests.central.helpers import CANARY, CANARY_NUMBER, TERMINAL, Running, is_problem, make, post, proof, running


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("central")) as made:
        yield made


def test_lookup_by_reference_and_by_number(client: httpx.Client) -> None:
    envelope = proof(1)
    (answer,) = post(client, [envelope])
    by_reference = client.get(f"/v1/matters/{envelope.reference.lower()}")
    by_number = client.get(f"/v1/matters/{answer['number']}")
    view = by_reference.json()
    assert view == by_number.json()
    assert (view["state"], view["number"], view["terminal"]) == ("filed", answer["number"], TERMINAL)
    assert (view["reference"], view["rating"], view["created_at"]) == (envelope.reference, None, "2026-09-21T14:13:20Z")
    assert set(view["title"]) == {"zh-Hans", "zh-Hant", "en"}
    for word in (CANARY, CANARY_NUMBER, "1949", "certificate"):
        assert word not in by_reference.text


def test_lookup_of_a_refused_matter_says_the_rule(client: httpx.Client) -> None:
    envelope = make(7, item="no-such-item")
    post(client, [envelope])
    view = client.get(f"/v1/matters/{envelope.reference}").json()
    assert (view["state"], view["rule"], view["number"], view["title"]) == ("refused", "unknown_item", None, {})


@pytest.mark.parametrize("key", ["GD440100-000099-0", "nonsense", "44-20261122-000001-0", "%00", "-", "--", "²-²"])
def test_lookup_of_what_is_not_there(shared: Running, key: str) -> None:
    with shared.client() as client:
        assert is_problem(client.get(f"/v1/matters/{key}"), 404)


def test_lookup_of_a_number_that_has_not_arrived(shared: Running) -> None:
    with shared.client() as client:
        response = client.get(f"/v1/matters/{wire.reference(TERMINAL, 4711)}")
    assert is_problem(response, 404)
    assert "offline" in response.json()["remedy"]


def test_catalogue_is_fetched_once(shared: Running) -> None:
    with shared.client() as client:
        first = client.get("/v1/catalogue")
        etag = first.headers["ETag"]
        again = client.get("/v1/catalogue", headers={"If-None-Match": f'"other", {etag}'})
        other = client.get("/v1/catalogue", headers={"If-None-Match": '"other"'})
    assert (first.status_code, again.status_code, other.status_code) == (200, 304, 200)
    assert again.content == b""
    assert again.headers["ETag"] == etag


def test_health_needs_no_token(shared: Running) -> None:
    with shared.client(token="wrong") as client:
        response = client.get("/v1/health")
    assert response.json()["status"] == "ok"


PROTECTED = [("POST", "/v1/submissions"), ("GET", "/v1/matters/x"), ("GET", "/v1/catalogue")]


@pytest.mark.parametrize(("method", "path"), PROTECTED)
@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer wrong", "Basic {}", "bearer{}", "Bearer {}x", "Bearer ü"]
)
def test_nothing_else_without_the_token(shared: Running, method: str, path: str, header: str | None) -> None:
    headers: list[tuple[bytes, bytes]] = []
    if header is not None:
        headers = [(b"Authorization", header.format(shared.token).encode("latin-1"))]
    with httpx.Client(base_url=shared.url, trust_env=False) as client:
        response = client.request(method, path, headers=headers, content=b"[]" if method == "POST" else None)
    assert is_problem(response, 401)
    assert response.headers["WWW-Authenticate"] == "Bearer"


def test_every_route_is_in_the_authorisation_table(shared: Running) -> None:
    with shared.client() as client:
        paths: dict[str, dict[str, object]] = client.get("/openapi.json").json()["paths"]
    found = {(method.upper(), path.replace("{key}", "x")) for path, methods in paths.items() for method in methods}
    assert found == {*PROTECTED, ("GET", "/v1/health")}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b"[" * 100_000, 400),
        (b"{}", 422),
        (b"null", 422),
        (b"[1]", 422),
        (b"[{}]", 422),
        (b"[" + b"9" * 5000 + b"]", 400),
        (json.dumps([asdict(make(1)) | {"seq": "1"}]).encode(), 422),
        (json.dumps([asdict(make(1)) | {"seq": 2**70}]).encode(), 422),
        (json.dumps([asdict(make(1)) | {"payload": {"x": float("inf")}}]).encode(), 422),
        (json.dumps([asdict(make(1)) | {"id": "\ud800"}]).encode(), 422),
        (json.dumps([asdict(make(1)) | {"version": 99}]).encode(), 422),
        (json.dumps([{}] * 101).encode(), 413),
        (b"[" + b" " * (1 << 20) + b"]", 413),
    ],
)
def test_a_bad_body_is_answered_with_a_remedy(shared: Running, body: bytes, status: int) -> None:
    with shared.client() as client:
        assert is_problem(client.post("/v1/submissions", content=body), status)


def test_a_hundred_at_once_and_none_at_all(client: httpx.Client) -> None:
    assert len(post(client, [proof(seq) for seq in range(1, 101)])) == 100
    assert post(client, []) == []


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/v1/none", 404), ("PUT", "/v1/submissions", 405)])
def test_wrong_addresses_are_problems_too(shared: Running, method: str, path: str, status: int) -> None:
    with shared.client() as client:
        assert is_problem(client.request(method, path), status)


anything: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def changed(changes: dict[str, Any]) -> Any:
    return asdict(proof(1)) | changes


almost_envelopes = st.builds(
    changed, st.dictionaries(st.sampled_from([*asdict(make(1)), "extra"]), anything, max_size=2)
)


@pytest.fixture(scope="module")
def shared_client(shared: Running) -> Iterator[httpx.Client]:
    with shared.client() as made:
        yield made


@settings(max_examples=80, deadline=None)
@given(st.lists(almost_envelopes | anything, max_size=3) | anything)
def test_no_body_makes_the_centre_fail(shared_client: httpx.Client, body: Any) -> None:
    response = shared_client.post("/v1/submissions", content=json.dumps(body))
    if response.status_code == 200:
        assert len(response.json()["answers"]) == len(body)
    else:
        assert 400 <= response.status_code < 500
        assert is_problem(response, response.status_code)


def test_what_nobody_expected_is_a_problem_and_logged_without_its_message(
    centre: Running, client: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    with sqlite3.connect(centre.data / "central.db") as connection:
        connection.execute("DROP TABLE receipt")
    connection.close()
    response = client.post("/v1/submissions", content=json.dumps([asdict(proof(1))]))
    assert is_problem(response, 500)
    assert "OperationalError at" in caplog.text
    assert "receipt" not in caplog.text


def test_keys_and_token_are_made_once_and_kept_private(tmp_path: Path) -> None:
    def contents() -> dict[str, bytes]:
        names = ("terminal.token", "catalogue.key", "catalogue.pub", "storage.key")
        return {name: (tmp_path / name).read_bytes() for name in names}

    with running(tmp_path):
        first = contents()
    with running(tmp_path):
        assert contents() == first
    for name in ("terminal.token", "catalogue.key", "storage.key"):
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
    assert b"BEGIN PUBLIC KEY" in first["catalogue.pub"]
