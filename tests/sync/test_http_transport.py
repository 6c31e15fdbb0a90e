"""The transport against a real socket that answers as broken centres and proxies do."""

import json
import socket

import pytest

from offline_queue.http_transport import HttpTransport, open_client
from offline_queue.retry import FailureKind
from offline_queue.sync import TransportFailed
from tests.central.helpers import proof
from tests.sync.helpers import http, raw_server

ENVELOPE = proof(1)


def failure_of(answer: bytes) -> TransportFailed:
    with raw_server([answer]) as url, open_client(url, "token") as client, pytest.raises(TransportFailed) as failed:
        HttpTransport(client).submit([ENVELOPE])
    assert "110105" not in str(failed.value)
    return failed.value


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("500 Oops", FailureKind.SERVER),
        ("502 Bad Gateway", FailureKind.SERVER),
        ("301 Moved", FailureKind.SERVER),
        ("503 Busy", FailureKind.BUSY),
        ("429 Slow", FailureKind.BUSY),
        ("401 No", FailureKind.UNAUTHORISED),
        ("403 No", FailureKind.UNAUTHORISED),
        ("408 Late", FailureKind.UNANSWERED),
        ("400 Bad", FailureKind.REJECTED),
        ("413 Large", FailureKind.REJECTED),
        ("422 Odd", FailureKind.REJECTED),
    ],
)
def test_what_a_status_means(status: str, kind: FailureKind) -> None:
    assert failure_of(http(status)).failure.kind is kind


@pytest.mark.parametrize(
    ("value", "seconds"), [("120", 120.0), ("0", 0.0), ("", 0.0), ("Wed, 21 Oct 2026 07:28:00 GMT", 0.0), ("-5", 0.0)]
)
def test_retry_after(value: str, seconds: float) -> None:
    assert failure_of(http("503 Busy", b"", f"Retry-After: {value}")).failure.retry_after == seconds


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"garbage\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
    ],
)
def test_half_an_answer_is_none(answer: bytes) -> None:
    assert failure_of(answer).failure.kind is FailureKind.UNANSWERED


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"[]",
        b"{}",
        json.dumps({"answers": [{"id": "x", "outcome": "maybe"}]}).encode(),
        json.dumps({"answers": [{"id": "x", "outcome": "filed"}]}).encode(),
        json.dumps({"answers": [{"id": "x", "outcome": "refused"}]}).encode(),
    ],
)
def test_an_answer_nobody_can_read_files_nothing(body: bytes) -> None:
    assert failure_of(http("200 OK", body)).failure.kind is FailureKind.SERVER


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    with open_client(url, "token") as client, pytest.raises(TransportFailed) as failed:
        HttpTransport(client).submit([ENVELOPE])
    assert failed.value.failure.kind is FailureKind.NETWORK


def test_fields_of_a_newer_centre_do_no_harm() -> None:
    answer = {"id": "x", "outcome": "filed", "number": "44", "result": {"a": 1}, "new": True}
    body = json.dumps({"answers": [answer], "also_new": 1}).encode()
    with raw_server([http("200 OK", body)]) as url, open_client(url, "token") as client:
        (verdict,) = HttpTransport(client).submit([ENVELOPE])
    assert (verdict.id, verdict.outcome, verdict.answer.number) == ("x", "filed", "44")
    assert dict(verdict.answer.result) == {"a": 1}
