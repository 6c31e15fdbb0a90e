"""A citizen whose words are nowhere in the logs, whatever becomes of what she filed."""

import io
import json
import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from central.centre import Centre
from central.observe.logs import JsonLines, Text
from offline_queue import batch
from tests.central.helpers import CANARY, CANARY_NUMBER, Running, make, own_key, post, proof, running

WORDS = (CANARY, json.dumps(CANARY)[1:-1], CANARY_NUMBER)


@pytest.fixture(params=[JsonLines, Text])
def output(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """Of every logger of the centre, at its most talkative; the client in the same process is not it."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(request.param())
    handler.addFilter(lambda record: not record.name.startswith("http"))
    root, own = logging.getLogger(), logging.getLogger("central")
    levels = root.level, own.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    own.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(levels[0])
    own.setLevel(levels[1])


class Broken:
    """It fails with what was filed in its message."""

    def receive(self, _terminal: str, found: batch.Batch, **_: object) -> None:
        raise ValueError(found.entries[0].raw.decode())


def test_nothing_of_her_is_logged(output: io.StringIO, centre: Running, client: httpx.Client) -> None:
    (answer, _refused) = post(client, [proof(1), proof(2, item="no-such-item")])
    assert answer["outcome"] == "filed"
    statuses = [
        client.post("/v1/submissions", content=CANARY.encode()).status_code,
        client.post("/v1/submissions", content=b'{"%s": 1}\n' % CANARY.encode()).status_code,
        client.post("/v1/receipts", json={"receipts": [{"id": CANARY, "digest": CANARY_NUMBER}]}).status_code,
        client.get(f"/v1/matters/{CANARY_NUMBER}", params={"name": CANARY}).status_code,
        client.get(f"/v1/{CANARY}/{CANARY_NUMBER}").status_code,
        client.request("DELETE", f"/v1/matters/{CANARY}").status_code,
        client.get("/v1/terminal", headers={"Signature": CANARY_NUMBER, "User-Agent": CANARY_NUMBER}).status_code,
    ]
    with centre.anonymous() as stranger:
        statuses.append(stranger.post("/v1/enrolments", json={"terminal": CANARY, "code": CANARY}).status_code)
    assert all(400 <= status < 500 for status in statuses[:6] + statuses[7:]), statuses
    _is_silent(output, lines=len(statuses))


def test_nothing_of_her_is_logged_when_the_centre_fails(output: io.StringIO, tmp_path: Path) -> None:
    def adapt(centre: Centre) -> Centre:
        return replace(centre, intake=Broken())  # type: ignore[arg-type]

    with running(tmp_path, adapt=adapt) as centre, centre.client() as client:
        failed = client.post("/v1/submissions", content=batch.encode([proof(1)], own_key()))
    assert failed.status_code == 500
    number = failed.headers["Request-Id"]
    assert re.fullmatch("[0-9a-f]{16}", number)
    assert failed.json()["request"] == number
    told = [line for line in output.getvalue().splitlines() if "ValueError" in line]
    assert told
    assert all(number in line for line in told)
    _is_silent(output, lines=1)


def test_each_request_has_a_number_of_its_own_that_no_client_chooses(client: httpx.Client) -> None:
    answers = [client.get("/v1/terminal", headers={"Request-Id": CANARY_NUMBER}) for _ in range(2)]
    numbers = [answer.headers["Request-Id"] for answer in answers]
    assert len(set(numbers)) == 2
    assert CANARY_NUMBER not in numbers


def test_what_is_searched_for_is_found_when_it_is_there(output: io.StringIO) -> None:
    logging.getLogger("central").warning("for %s", make(1, payload={"name": CANARY}).payload)
    with pytest.raises(AssertionError):
        _is_silent(output, lines=0)


def _is_silent(output: io.StringIO, lines: int) -> None:
    text = output.getvalue()
    assert text.count("answered") >= lines
    for word in WORDS:
        assert word not in text
