"""Bodies of requests, packed and unpacked: bounded, whole, or a problem."""

import gzip
import json
import socket
import struct
import time
import zlib

import httpx
import pytest

from offline_queue import batch, http_signature
from offline_queue.clock import system_stamp
from tests.central.helpers import Running, Terminal, is_problem, make, own_key, post, proof

PATH = "/v1/submissions"
PACKED = {"Content-Encoding": "gzip"}


def test_a_packed_batch_is_a_batch(client: httpx.Client) -> None:
    envelopes = [proof(seq) for seq in range(1, 101)]
    response = client.post(PATH, content=gzip.compress(batch.encode(envelopes, own_key())), headers=PACKED)
    answer = response.json()
    assert [one["outcome"] for one in answer["answers"]] == ["filed"] * 100
    assert (answer["limit"], answer["settled"]) == (100, {"epoch": 1, "count": 100})
    assert answer["time"] == pytest.approx(time.time(), abs=60)
    assert post(client, []) == []


def good() -> bytes:
    return batch.encode([proof(1)], own_key())


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"", {}, 422),
        (b"{\n", {}, 422),
        (b"\xff\xfe\n", {}, 422),
        (b"[" * 100_000 + b"\n", {}, 422),
        (b"null\n", {}, 422),
        (b'{"suite": "none", "signature": ""}\n', {}, 422),
        (b'{"suite": "gm", "signature": ""}\n', {}, 422),
        (good()[:-1], {}, 422),
        (good() + b"{}\n", {}, 422),
        (good().replace(b"loan", b"home"), {}, 422),
        (b" " * ((1 << 20) + 1), {}, 413),
        (json.dumps({"suite": "standard", "signature": ""}).encode() + b"\n" * 102, {}, 413),
        (good(), PACKED, 400),
        (gzip.compress(good())[:-9], PACKED, 400),
        (gzip.compress(good()) + b"x", PACKED, 400),
        (gzip.compress(good()) * 2, PACKED, 400),
        (zlib.compress(good()), PACKED, 400),
        (gzip.compress(b" " * (100 << 20)), PACKED, 413),
        (good(), {"Content-Encoding": "br"}, 415),
    ],
)
def test_a_bad_body_is_answered_with_a_remedy(
    shared_client: httpx.Client, body: bytes, headers: dict[str, str], status: int
) -> None:
    assert is_problem(shared_client.post(PATH, content=body, headers=headers), status)


def test_a_batch_signed_by_another_key_is_none(shared: Running, shared_client: httpx.Client) -> None:
    other = shared.enrolled("GD440200")
    assert is_problem(shared_client.post(PATH, content=batch.encode([proof(1)], other.key)), 422)


def test_an_envelope_of_another_terminal_is_rejected_alone(client: httpx.Client) -> None:
    answers = post(client, [make(1, terminal="GD440200"), proof(1)])
    assert [answer["outcome"] for answer in answers] == ["rejected", "filed"]
    assert answers[0]["position"] == 0


def test_whoever_leaves_in_the_middle_of_a_body_disturbs_nobody(
    shared: Running, shared_client: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    terminal = shared.enrolled("GD440210")
    for cut in (send_part, send_part_and_reset):
        cut(shared, terminal)
    assert shared_client.get("/v1/terminal").status_code == 200
    assert caplog.text == ""


def send_part(centre: Running, terminal: Terminal) -> None:
    with connected(centre, terminal) as connection:
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(1024):
            pass


def send_part_and_reset(centre: Running, terminal: Terminal) -> None:
    with connected(centre, terminal) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def connected(centre: Running, terminal: Terminal) -> socket.socket:
    """After half of a signed request."""
    body = batch.encode([proof(1)], terminal.key)
    request = http_signature.Request("POST", PATH, "", body)
    headers = http_signature.sign(request, terminal.key, terminal.key_id, system_stamp(time.time()), bytes(16))
    told = "".join(f"{name}: {text}\r\n" for name, text in headers.items())
    head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n{told}\r\n"
    connection = socket.create_connection(("127.0.0.1", httpx.URL(centre.url).port or 0), timeout=15)
    connection.sendall(head.encode() + body[: len(body) // 2])
    return connection
