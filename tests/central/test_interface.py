"""Look-up, catalogue, health, and the form of every error."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from central.centre import Centre
from central.intake import Intake
from central.limits import Buckets
from central.sealing import Sealer
from central.storage.database import Storage, Transaction
from central.storage.errors import StorageUnavailable
from offline_queue import batch
from offline_queue import envelope as wire
from tests.central.helpers import (
    CANARY,
    CANARY_NUMBER,
    TERMINAL,
    Running,
    is_problem,
    make,
    own_key,
    post,
    proof,
    running,
)


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


def test_lookup_of_a_refused_matter_says_the_rule_and_the_remedy(client: httpx.Client) -> None:
    envelope = make(7, item="no-such-item")
    post(client, [envelope])
    view = client.get(f"/v1/matters/{envelope.reference}").json()
    assert (view["state"], view["rule"], view["number"], view["title"]) == ("refused", "unknown_item", None, {})
    assert set(view["remedy"]) == {"zh-Hans", "zh-Hant", "en"}


@pytest.mark.parametrize("key", ["GD440100-000099-0", "nonsense", "44-20261122-000001-0", "%00", "-", "--", "²-²"])
def test_lookup_of_what_is_not_there(shared_client: httpx.Client, key: str) -> None:
    assert is_problem(shared_client.get(f"/v1/matters/{key}"), 404)


def test_lookup_of_a_number_that_has_not_arrived(shared_client: httpx.Client) -> None:
    response = shared_client.get(f"/v1/matters/{wire.reference(TERMINAL, 1, 4711)}")
    assert is_problem(response, 404)
    assert "offline" in response.json()["remedy"]


def test_catalogue_is_fetched_once(shared_client: httpx.Client) -> None:
    first = shared_client.get("/v1/catalogue")
    etag = first.headers["ETag"]
    again = shared_client.get("/v1/catalogue", headers={"If-None-Match": f'"other", {etag}'})
    other = shared_client.get("/v1/catalogue", headers={"If-None-Match": '"other"'})
    assert (first.status_code, again.status_code, other.status_code) == (200, 304, 200)
    assert again.content == b""
    assert again.headers["ETag"] == etag


def test_health_needs_no_signature(shared: Running) -> None:
    with shared.anonymous() as client:
        assert client.get("/v1/health").json()["status"] == "ok"


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/v1/none", 404), ("PUT", "/v1/submissions", 405)])
def test_wrong_addresses_are_problems_too(shared_client: httpx.Client, method: str, path: str, status: int) -> None:
    assert is_problem(shared_client.request(method, path), status)


@pytest.mark.parametrize("epoch", ["-1", "x", str(2**70)])
def test_an_epoch_that_is_none_is_a_problem(shared_client: httpx.Client, epoch: str) -> None:
    assert is_problem(shared_client.get("/v1/terminal", params={"epoch": epoch}), 422)


def test_a_terminal_learns_what_the_centre_has_spoken_on(client: httpx.Client) -> None:
    post(client, [proof(1), make(2, item="no-such-item")])
    post(client, [proof(1, epoch=2)])
    now = client.get("/v1/terminal").json()
    assert now["settled"] == {"epoch": 1, "count": 2}, "the epoch it was given last, whatever it uses"
    assert client.get("/v1/terminal", params={"epoch": 2}).json()["settled"] == {"epoch": 2, "count": 1}
    assert client.get("/v1/terminal", params={"epoch": 9}).json()["settled"] == {"epoch": 9, "count": 0}
    assert now["not_after"] > now["time"]


class Gone(Storage):
    """A database that answers until :attr:`gone`."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.gone = False

    @contextmanager
    def transaction(self) -> Generator[Transaction]:
        if self.gone:
            raise StorageUnavailable("disk full")
        with super().transaction() as transaction:
            yield transaction

    reading = transaction


def test_without_its_database_the_centre_asks_to_come_again(tmp_path: Path) -> None:
    made: list[Gone] = []

    def adapt(centre: Centre) -> Centre:
        made.append(Gone(centre.settings.database))
        return replace(centre, storage=made[0])

    with running(tmp_path, adapt=adapt) as centre, centre.client() as client:
        assert client.get("/v1/health").status_code == 200
        made[0].gone = True
        for path in ("/v1/terminal", "/v1/catalogue"):
            response = client.get(path)
            assert is_problem(response, 503)
            assert int(response.headers["Retry-After"]) > 0
        assert client.get("/v1/health").status_code == 200, "to start it again would mend nothing"
        made[0].close()


def test_a_terminal_that_asks_too_often_is_slowed_alone(tmp_path: Path) -> None:
    def adapt(centre: Centre) -> Centre:
        return replace(centre, requests=Buckets(rate=0.001, size=2))

    with running(tmp_path, adapt=adapt) as centre, centre.client() as client:
        assert [client.get("/v1/terminal").status_code for _ in range(2)] == [200, 200]
        response = client.get("/v1/terminal")
        assert is_problem(response, 429)
        assert 900 < int(response.headers["Retry-After"]) <= 1000
        with centre.client(centre.enrolled("GD440200")) as other:
            assert other.get("/v1/terminal").status_code == 200


def test_a_bucket_fills_again() -> None:
    buckets = Buckets(rate=2, size=3)
    assert [buckets.take("a", 10.0) for _ in range(5)] == [0, 0, 0, 0.5, 0.5]
    assert buckets.take("b", 10.0) == 0
    assert [buckets.take("a", 11.0) for _ in range(3)] == [0, 0, 0.5]
    assert [buckets.take("a", 1000.0) for _ in range(4)] == [0, 0, 0, 0.5]


def broken() -> float:
    raise ValueError(CANARY)


def test_what_nobody_expected_is_a_problem_and_logged_without_its_message(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def adapt(centre: Centre) -> Centre:
        sealer, opening = Sealer(centre.secrets.storage_key), centre.casework.opening
        return replace(centre, intake=Intake(centre.storage, sealer, (), centre.attachments.missing, opening, broken))

    with running(tmp_path, adapt=adapt) as centre, centre.client() as client:
        response = client.post("/v1/submissions", content=batch.encode([proof(1)], own_key()))
        assert is_problem(response, 500)
    assert "ValueError at" in caplog.text
    assert CANARY not in caplog.text
    assert CANARY not in response.text


def test_keys_are_made_once_and_kept_private(tmp_path: Path) -> None:
    def contents() -> dict[str, bytes]:
        paths = (path for pattern in ("*.key", "*.pub", "*.crt") for path in tmp_path.glob(pattern))
        return {path.name: path.read_bytes() for path in paths}

    with running(tmp_path):
        first = contents()
    with running(tmp_path):
        assert contents() == first
    assert {"catalogue.key", "storage.key", "sealing.key", "authority.key", "authority.crt"} < set(first)
    for path in tmp_path.glob("*.key"):
        assert path.stat().st_mode & 0o777 == 0o600
    assert b"BEGIN PUBLIC KEY" in first["catalogue.pub"]
