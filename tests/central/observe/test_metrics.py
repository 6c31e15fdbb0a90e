"""What Prometheus is told, and who may ask."""

from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.central.helpers import Running, is_problem, make, post, proof, rating, running

Sample = dict[tuple[str, frozenset[tuple[str, str]]], float]


def asked(centre: Running, token: str | None = None) -> httpx.Response:
    token = (centre.data / "metrics.token").read_text() if token is None else token
    with centre.anonymous() as client:
        return client.get("/metrics", headers={"Authorization": f"Bearer {token}"} if token else {})


def samples(centre: Running) -> Sample:
    families = text_string_to_metric_families(asked(centre).text)
    return {(one.name, frozenset(one.labels.items())): one.value for family in families for one in family.samples}


def value(found: Sample, name: str, **labels: str) -> float:
    return found.get((name, frozenset(labels.items())), 0.0)


@pytest.mark.parametrize("token", ["", "x", "é"])
def test_nobody_is_told_without_the_token(shared: Running, token: str) -> None:
    with shared.anonymous() as client:
        headers = [(b"Authorization", f"Bearer {token}".encode())] if token else []
        assert is_problem(client.get("/metrics", headers=headers), 401, "metrics-token")
    assert asked(shared).status_code == 200
    assert (shared.data / "metrics.token").stat().st_mode & 0o777 == 0o600


def test_requests_are_counted_by_route_and_never_by_path(shared: Running) -> None:
    with shared.client() as client:
        for key in ("GD440100-000001-9", "nonsense"):
            client.get(f"/v1/matters/{key}")
        client.get("/v1/of-nobody/110105194912310021")
        client.request("LOOK-AT-110105194912310021", "/v1/health")
    found = samples(shared)
    assert value(found, "central_requests_total", method="GET", route="/v1/matters/{key}", status="404") == 2
    assert value(found, "central_request_seconds_count", method="GET", route="/v1/matters/{key}") == 2
    assert value(found, "central_requests_total", method="GET", route="none", status="404") == 1
    assert value(found, "central_requests_total", method="other", route="/v1/health", status="405") == 1
    text = asked(shared).text
    for word in ("110105194912310021", "000001-9", "nonsense"):
        assert word not in text


def test_matters_are_counted_by_outcome_and_levels_come_from_the_database(database_url: str, tmp_path: Path) -> None:
    with running(tmp_path, database_url=database_url) as centre, centre.client() as client:
        filed = proof(1)
        post(client, [filed, make(2, item="no-such-item"), rating(3, filed.reference.replace("000001", "x"), 5)])
        post(client, [filed])
        found = samples(centre)
        assert value(found, "central_matters_total", outcome="filed") == 2, "the repeat too"
        assert value(found, "central_matters_total", outcome="refused") == 2
        assert value(found, "central_database_connections_in_use") == 0
        assert ("central_outbox_letters", frozenset()) in found
