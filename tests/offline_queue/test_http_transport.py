"""The transport against real sockets that answer as centres, broken centres and strangers do."""

import gzip
import json
import socket
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from offline_queue import batch, http_client
from offline_queue.http_client import open_client
from offline_queue.http_transport import HttpTransport
from offline_queue.retry import FailureKind
from offline_queue.transport import TransportFailed
from tests.offline_queue.asking import DIGEST, TERMINAL, filed, is_signed, talking_to, told
from tests.offline_queue.helpers import CANARY_NUMBER
from tests.offline_queue.scripted import envelope
from tests.offline_queue.web import http, raw_server, read_request, says, web

PROBLEM = "Content-Type: application/problem+json"


def failure_of(port: int, scheme: str = "http", verify: ssl.SSLContext | None = None) -> TransportFailed:
    with (
        talking_to(f"{scheme}://127.0.0.1:{port}", verify, seconds=5.0) as transport,
        pytest.raises(TransportFailed) as failed,
    ):
        transport.submit([envelope(1)])
    assert CANARY_NUMBER not in str(failed.value)
    return failed.value


def failure_after(answer: bytes) -> TransportFailed:
    with raw_server(says(answer)) as port:
        return failure_of(port)


@pytest.mark.parametrize("count", [1, 40])
def test_what_is_handed_in_is_signed_twice_and_large_batches_are_compressed(count: int) -> None:
    envelopes = [envelope(seq) for seq in range(1, count + 1)]
    answer = told({"answers": [filed(one.id) for one in envelopes], "limit": 70})
    with web(answer) as centre, talking_to(centre.url) as transport:
        answered = transport.submit(envelopes)
    (asked,) = centre.asked
    assert is_signed(asked)
    assert (asked.headers["Content-Type"], asked.path) == ("application/x-ndjson", "/v1/submissions")
    compressed = asked.headers.get("Content-Encoding") == "gzip"
    assert compressed == (count == 40)
    got = batch.decode(gzip.decompress(asked.body) if compressed else asked.body)
    batch.check_signature(got, TERMINAL.key.public())
    assert [entry.envelope for entry in got.entries] == envelopes
    assert [verdict.id for verdict in answered.verdicts] == [one.id for one in envelopes]
    assert (answered.limit, answered.verdicts[0].answer.number) == (70, "44-1")
    assert answered.seconds > 0


def test_every_word_of_the_centre_is_understood() -> None:
    envelopes = [envelope(seq) for seq in (1, 2, 3, 4)]
    answers = [
        filed(envelopes[0].id) | {"new": True},
        {"id": envelopes[1].id, "outcome": "refused", "rule": "unknown_item", "remedy": {"en": "Ask the clerk"}},
        {"id": envelopes[2].id, "outcome": "later", "retry_after": 7, "missing": [DIGEST]},
        {"id": "", "position": 3, "outcome": "rejected", "detail": "no envelope"},
    ]
    with web(told({"answers": answers, "limit": 100, "new": 1})) as centre, talking_to(centre.url) as transport:
        one, two, three, four = transport.submit(envelopes).verdicts
    assert (one.outcome, dict(one.answer.result)) == ("filed", {"a": 1})
    assert (two.answer.rule, dict(two.answer.remedy)) == ("unknown_item", {"en": "Ask the clerk"})
    assert (three.retry_after, three.missing) == (7.0, (DIGEST,))
    assert (four.id, four.outcome, four.detail) == (envelopes[3].id, "rejected", "no envelope")


def test_a_rejection_of_nothing_that_was_sent_means_nobody() -> None:
    answers = [{"id": "", "position": 9, "outcome": "rejected", "detail": "?"}]
    with web(told({"answers": answers})) as centre, talking_to(centre.url) as transport:
        (verdict,) = transport.submit([envelope(1)]).verdicts
    assert verdict.id == ""


def test_before_it_is_enrolled_nothing_is_sent() -> None:
    with (
        web() as centre,
        HttpTransport(open_client(centre.url), lambda: None) as transport,
        pytest.raises(TransportFailed) as failed,
    ):
        transport.submit([envelope(1)])
    assert failed.value.failure.kind is FailureKind.UNAUTHORISED
    assert not centre.asked


# --- everything that can go wrong -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("500 Oops", FailureKind.SERVER),
        ("502 Bad Gateway", FailureKind.SERVER),
        ("301 Moved", FailureKind.SERVER),
        ("404 Wrong address", FailureKind.SERVER),
        ("503 Busy", FailureKind.BUSY),
        ("429 Slow", FailureKind.BUSY),
        ("401 No", FailureKind.UNAUTHORISED),
        ("403 No", FailureKind.UNAUTHORISED),
        ("408 Late", FailureKind.UNANSWERED),
        ("413 Large", FailureKind.TOO_LARGE),
        ("400 Bad", FailureKind.REJECTED),
        ("422 Odd", FailureKind.REJECTED),
    ],
)
def test_what_a_status_means(status: str, kind: FailureKind) -> None:
    assert failure_after(http(status, b"{}", PROBLEM)).failure.kind is kind


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b'{"type": "/problems/unknown-key"}', "HTTP 401 unknown-key"),
        (b'{"type": 7}', "HTTP 401"),
        (b"[]", "HTTP 401"),
        (b"<html>", "HTTP 401"),
        (b'{"type": "<script>"}', "HTTP 401"),
    ],
)
def test_why_the_centre_does_not_know_the_terminal(body: bytes, detail: str) -> None:
    assert failure_after(http("401 No", body, PROBLEM)).failure.detail == detail


@pytest.mark.parametrize("status", ["400 Bad", "404 Not found", "405 No", "422 Odd"])
def test_only_the_centre_itself_can_reject(status: str) -> None:
    """A login page in between must not park a whole queue."""
    assert failure_after(http(status, b"<html>", "Content-Type: text/html")).failure.kind is FailureKind.SERVER


@pytest.mark.parametrize(
    ("value", "seconds"), [("120", 120.0), ("0", 0.0), ("", 0.0), ("Wed, 21 Oct 2026 07:28:00 GMT", 0.0), ("-5", 0.0)]
)
def test_retry_after(value: str, seconds: float) -> None:
    assert failure_after(http("503 Busy", b"", f"Retry-After: {value}")).failure.retry_after == seconds


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"garbage\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000,
    ],
)
def test_half_an_answer_is_none(answer: bytes) -> None:
    assert failure_after(answer).failure.kind is FailureKind.UNANSWERED


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"[]",
        b"{}",
        b"\xff",
        json.dumps({"answers": [{"id": "x", "outcome": "maybe"}]}).encode(),
        json.dumps({"answers": [{"id": "x", "outcome": "filed"}]}).encode(),
        json.dumps({"answers": [{"id": "x", "outcome": "refused"}]}).encode(),
        json.dumps({"answers": [{"id": "x", "outcome": "filed", "number": CANARY_NUMBER, "result": 7}]}).encode(),
        json.dumps({"answers": [filed() | {"result": {"a": {"b": [float("inf")]}}}]}).encode(),
        json.dumps({"answers": [filed() | {"result": {"a": float("nan")}}]}).encode(),
    ],
)
def test_an_answer_nobody_can_read_files_nothing(body: bytes) -> None:
    assert failure_after(http("200 OK", body)).failure.kind is FailureKind.SERVER


def test_an_answer_that_trickles_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte comes in time, the head never ends."""
    monkeypatch.setattr(http_client, "WHOLE_ANSWER", 0.3)

    def drip(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
        connection.settimeout(0.02)
        while True:
            connection.sendall(b"x")
            try:
                if not connection.recv(1):
                    return
            except TimeoutError:
                continue

    with raw_server(drip) as port:
        assert failure_of(port).failure.kind is FailureKind.UNANSWERED


def test_an_endless_answer_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_client, "LARGEST_ANSWER", 1 << 16)
    bomb = gzip.compress(bytes(1 << 20))
    assert failure_after(http("200 OK", bomb, "Content-Encoding: gzip")).failure.kind is FailureKind.UNANSWERED


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    assert failure_of(port).failure.kind is FailureKind.NETWORK


def test_a_name_that_does_not_exist() -> None:
    with talking_to("http://centre.invalid") as transport, pytest.raises(TransportFailed) as failed:
        transport.standing()
    assert failed.value.failure.kind is FailureKind.NETWORK


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Certificate and key of somebody else, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "stranger")])
    begin = datetime.now(UTC) - timedelta(days=1)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=9))
        .sign(key, SHA256())
    )
    file = tmp_path_factory.mktemp("stranger") / "pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(made.public_bytes(Encoding.PEM) + secret)
    return file


def test_a_stranger_at_the_other_end_is_told_apart_from_a_bad_line(stranger: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(stranger)
    with raw_server(says(http("200 OK", b"{}")), context) as port:
        assert failure_of(port, "https").failure.kind is FailureKind.INSECURE


def test_the_right_certificate_for_another_name(stranger: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(stranger)
    trusting = ssl.create_default_context(cafile=str(stranger))
    with raw_server(says(http("200 OK", b"{}")), context) as port:
        assert failure_of(port, "https", trusting).failure.kind is FailureKind.INSECURE


def test_no_tls_at_all_where_it_should_be() -> None:
    with raw_server(lambda connection: connection.sendall(b"HTTP/1.1 400 Bad\r\n\r\n")) as port:
        assert failure_of(port, "https").failure.kind is FailureKind.INSECURE


def test_a_handshake_that_is_cut_is_the_lines_fault() -> None:
    def cut(connection: socket.socket) -> None:
        connection.recv(16)

    with raw_server(cut) as port:
        assert failure_of(port, "https").failure.kind is FailureKind.NETWORK
