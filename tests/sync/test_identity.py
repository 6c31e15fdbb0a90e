"""A terminal's identity at the real centre."""

import time
from pathlib import Path

import httpx
import pytest

from central.centre import Centre
from offline_queue.credentials import CredentialStore, needs_renewal
from offline_queue.enrolment import EnrolmentRefused, enrol, renew
from offline_queue.hashing import SUITES, Suite
from offline_queue.http_client import Signature, open_client
from tests.central.helpers import TERMINAL, Running, running

DAY = 86400.0


class Clock:
    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


def a_store(tmp_path: Path, suite: Suite = "standard") -> CredentialStore:
    return CredentialStore(tmp_path / "identity", bytes(32), TERMINAL, suite)


def line(centre: Running, store: CredentialStore) -> httpx.Client:
    return open_client(centre.url, Signature(store.load))


def problem(response: httpx.Response) -> str:
    return response.json()["type"].rpartition(":")[2]


@pytest.mark.parametrize("suite", SUITES)
def test_a_terminal_enrols_is_known_and_renews(tmp_path: Path, suite: Suite) -> None:
    store = a_store(tmp_path, suite)
    with running(tmp_path / "centre") as centre, line(centre, store) as client:
        first = enrol(store, client, "")
        assert client.get("/v1/terminal").status_code == 200
        second = renew(store, client, first)
        assert client.get("/v1/terminal").status_code == 200
    assert second.key_id != first.key_id
    assert second.grant.epoch == first.grant.epoch == 1
    assert not needs_renewal(second.grant, second.grant.time)


def test_a_terminal_that_was_off_for_a_year_renews_by_itself(tmp_path: Path) -> None:
    store, clock = a_store(tmp_path), Clock()

    def with_clock(centre: Centre) -> Centre:
        centre.close()
        return Centre.open(centre.settings, clock)

    with running(tmp_path / "centre", adapt=with_clock) as centre, line(centre, store) as client:
        first = enrol(store, client, "")
        clock.now += 366 * DAY
        refused = client.get("/v1/terminal")
        assert (refused.status_code, problem(refused)) == (401, "expired")
        assert needs_renewal(first.grant, clock.now)
        assert renew(store, client, first).grant.epoch == first.grant.epoch
        assert client.get("/v1/terminal").status_code == 200


def test_a_wrong_code_is_refused_in_words(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    with running(tmp_path / "centre") as centre, line(centre, store) as client:
        with pytest.raises(EnrolmentRefused, match="new one-time code"):
            enrol(store, client, "AA-BB-CC")
        assert store.load() is None
