"""What the centre lost comes back over the wire: with the number its citizen holds in hand."""

import base64
import gzip
import json
import random
import sqlite3
from contextlib import closing
from typing import Any

import httpx
import pytest

from offline_queue import envelope as wire
from offline_queue import sealed, suites
from offline_queue.envelope import Envelope
from offline_queue.hashing import Suite
from tests.central.helpers import TERMINAL, Running, Terminal, is_problem, post, proof


def copy(terminal: Terminal, envelope: Envelope, answer: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """As the terminal keeps it."""
    kept = {"envelope": wire.encode(envelope).decode(), "state": answer["outcome"], "number": answer["number"]}
    sealer = sealed.Sealer(terminal.answer["sealing_key"], terminal.name, terminal.key.suite)
    content = sealer.seal(envelope.id, json.dumps(kept | {"result": answer["result"]}).encode())
    return {"id": envelope.id, "digest": wire.digest(envelope), "sealed": base64.b64encode(content).decode()} | changes


def bring_back(client: httpx.Client, *copies: dict[str, Any], packed: bool = False) -> httpx.Response:
    body = b"".join(json.dumps(one).encode() + b"\n" for one in copies)
    headers = {"Content-Encoding": "gzip"} if packed else {}
    return client.post("/v1/receipts/content", content=gzip.compress(body) if packed else body, headers=headers)


def forget(centre: Running) -> None:
    """What a backup of yesterday knows of today."""
    with closing(sqlite3.connect(centre.data / "central.db")) as connection:
        for table in ("matter", "batch", "acceptance", "day_sequence", "terminal_epoch"):
            connection.execute(f"DELETE FROM {table}")  # noqa: S608 - names from above
        connection.commit()


@pytest.mark.parametrize("suite", ["standard", "gm"])
@pytest.mark.parametrize("packed", [False, True])
def test_a_matter_comes_back_with_its_number(centre: Running, suite: Suite, packed: bool) -> None:
    terminal = centre.enrolled(suite=suite)
    envelope = proof(1, suite=suite)
    with centre.client(terminal) as client:
        (answer,) = post(client, [envelope], terminal.key)
        receipt = {"id": envelope.id, "digest": wire.digest(envelope)}
        assert client.post("/v1/receipts", json={"receipts": [receipt]}).json() == {"unknown": []}
        forget(centre)
        assert client.get("/v1/terminal").json()["settled"]["count"] == 0
        assert client.post("/v1/receipts", json={"receipts": [receipt]}).json() == {"unknown": [envelope.id]}
        for _ in range(2):
            response = bring_back(client, copy(terminal, envelope, answer), packed=packed)
            assert response.status_code == 200, response.text
            assert response.json()["answers"] == [answer]
        assert client.get(f"/v1/matters/{answer['number']}").json()["reference"] == envelope.reference
        assert client.get("/v1/terminal").json()["settled"]["count"] == 1
        assert post(client, [envelope], terminal.key) == [answer]


def test_what_cannot_be_opened_is_answered_alone(centre: Running) -> None:
    terminal, other = centre.enrolled(), centre.enrolled("GD440200")
    envelope, good = proof(1), proof(2)
    with centre.client(terminal) as client:
        answer, kept = post(client, [envelope, good], terminal.key)
        forget(centre)
        stranger = Terminal(TERMINAL, suites.generate(), "", {"sealing_key": sealed.generate()[1]})
        copies = [
            {},
            copy(terminal, envelope, answer, sealed="!"),
            copy(terminal, envelope, answer, sealed=""),
            copy(terminal, envelope, answer, id=good.id),
            copy(terminal, envelope, answer, digest="0" * 64),
            copy(other, envelope, answer),
            copy(stranger, envelope, answer),
            copy(terminal, good, kept),
        ]
        answers = bring_back(client, *copies).json()["answers"]
    assert [one["outcome"] for one in answers] == ["rejected"] * 7 + ["filed"]
    assert [one["position"] for one in answers[:7]] == list(range(7))
    assert answers[7]["number"] == kept["number"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"receipts": [{"id": "x"}]}, 422),
        ({"receipts": [{"id": "x", "digest": "y"}]}, 422),
        ({"receipts": [{"id": "x" * 300, "digest": "0" * 64}]}, 422),
        ({"receipts": [{"id": "x", "digest": "0" * 64}] * 1001}, 422),
        ({"receipts": [{"id": "\x00", "digest": "0" * 64}]}, 422),
        ({"receipts": [{"id": "", "digest": "0" * 64}]}, 422),
        ({"receipts": []}, 200),
    ],
)
def test_the_list_of_receipts_has_a_form(shared_client: httpx.Client, body: dict[str, Any], status: int) -> None:
    response = shared_client.post("/v1/receipts", json=body)
    assert response.status_code == status
    assert status == 200 or is_problem(response, status)


def test_copies_are_bounded_in_number_and_size(shared_client: httpx.Client) -> None:
    assert is_problem(bring_back(shared_client, *({"id": str(number)} for number in range(101))), 413)
    assert is_problem(shared_client.post("/v1/receipts/content", content=bytes((4 << 20) + 1)), 413)
    bomb = gzip.compress(bytes(50 << 20))
    headers = {"Content-Encoding": "gzip"}
    assert is_problem(shared_client.post("/v1/receipts/content", content=bomb, headers=headers), 413)


def test_a_thousand_receipts_fit(shared_client: httpx.Client) -> None:
    chance = random.Random(4)
    receipts = [{"id": f"{number:036d}", "digest": f"{chance.getrandbits(256):064x}"} for number in range(1000)]
    response = shared_client.post("/v1/receipts", json={"receipts": receipts})
    assert response.json() == {"unknown": [receipt["id"] for receipt in receipts]}
