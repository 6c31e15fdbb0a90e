"""Whatever is sent to whatever address: a problem or an answer, never a failure of the centre."""

import base64
import gzip
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offline_queue import envelope as wire
from offline_queue import hashing
from tests.central.access_table import INTERFACE, Rule
from tests.central.helpers import is_problem, proof
from tests.central.inside import KEY, Inside


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def inside(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inside]:
    """On either engine: they differ in what they take."""
    url = "" if request.param == "sqlite" else request.getfixturevalue("postgres").create("any_bytes")
    made = Inside(tmp_path_factory.mktemp("central"), url)
    yield made
    made.close()


def check(response: httpx.Response) -> None:
    if response.status_code >= 400:
        assert is_problem(response, response.status_code)
    assert response.status_code < 500


anything: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
FIELDS = [*vars(proof(1)), "extra"]


def bent(changes: dict[str, Any]) -> bytes:
    """An envelope with other things in some fields, as canonical as can be."""
    fields = json.loads(wire.encode(proof(1))) | changes
    return json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode(errors="surrogatepass")


def in_a_batch(lines: list[bytes]) -> bytes:
    digests = [hashing.digest(line) for line in lines]
    signature = KEY.sign("".join(f"{line}\n" for line in ("kiosk-batch-1", *digests)).encode())
    first = json.dumps({"suite": "standard", "signature": base64.b64encode(signature).decode()}).encode()
    return b"".join(line + b"\n" for line in (first, *lines))


lines = st.binary(max_size=60).map(lambda line: line.replace(b"\n", b"")) | st.builds(
    bent, st.dictionaries(st.sampled_from(FIELDS), anything, max_size=2)
)
batches = st.lists(lines, max_size=3).map(in_a_batch)
bodies = st.binary(max_size=200) | anything.map(lambda value: json.dumps(value).encode()) | batches
HEADERS = (
    "Content-Encoding", "Content-Type", "Upload-Offset", "Upload-Length", "Kiosk-Suite", "If-None-Match", "Kiosk-Clock",
    "Signature", "Signature-Input", "Content-Digest", "Content-Length", "Authorization", "X-Forwarded-For",
)  # fmt: skip
texts = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20) | st.sampled_from(
    ["gzip", "0", "10", "gm", "application/offset+octet-stream", "application/json"]
)
headers = st.dictionaries(st.sampled_from(HEADERS), texts, max_size=4)
segments = st.text(max_size=12).map(lambda text: quote(text, safe="~:@!$&'()*+,;=", errors="replace"))
keys = segments | st.sampled_from(["0" * 64, "GD440100-000001-8", "44-20261122-000001-7", "..%2f..", "%00"])


@settings(max_examples=300, deadline=None)
@given(
    rule=st.sampled_from(INTERFACE),
    key=keys,
    body=bodies,
    headers=headers,
    signed=st.booleans(),
    query=segments,
)
def test_no_bytes_make_the_centre_fail(
    inside: Inside, rule: Rule, key: str, body: bytes, headers: dict[str, str], signed: bool, query: str
) -> None:
    address = rule.address(key) + (f"?epoch={query}" if query else "")
    response = inside.ask(rule.method, address, body, headers, signed=signed)
    check(response)
    assert signed or rule.who != "terminal" or response.status_code in (401, 404, 405, 307)


@settings(max_examples=150, deadline=None)
@given(st.lists(lines, max_size=4), st.booleans())
def test_every_line_of_a_batch_has_its_answer(inside: Inside, lines: list[bytes], packed: bool) -> None:
    body = in_a_batch(lines)
    headers = {"Content-Encoding": "gzip"} if packed else {}
    response = inside.ask("POST", "/v1/submissions", gzip.compress(body) if packed else body, headers, signed=True)
    assert response.status_code == 200
    assert len(response.json()["answers"]) == len(lines)


contents = st.dictionaries(
    st.sampled_from(["envelope", "state", "number", "result", "rule", "remedy"]),
    anything | st.sampled_from(["filed", "refused", "44-20261122-000001-7", bent({}).decode()]),
    max_size=6,
)


@settings(max_examples=150, deadline=None)
@given(contents, st.text(max_size=8))
def test_whatever_was_sealed_has_its_answer(inside: Inside, content: dict[str, Any], matter_id: str) -> None:
    envelope = content.get("envelope")
    if isinstance(envelope, str) and envelope.startswith('{"attachments"'):
        matter_id = json.loads(envelope)["id"]
    copy = inside.sealer.seal(matter_id, json.dumps(content).encode())
    digest = hashing.digest(str(envelope).encode(errors="replace"))
    line = {"id": matter_id, "digest": digest, "sealed": base64.b64encode(copy).decode()}
    response = inside.ask("POST", "/v1/receipts/content", json.dumps(line).encode(), {}, signed=True)
    assert response.status_code == 200
    (answer,) = response.json()["answers"]
    assert answer["outcome"] in ("filed", "refused", "rejected")
