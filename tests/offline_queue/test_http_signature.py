import re
from dataclasses import replace

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offline_queue import http_signature, suites
from offline_queue.crypto_errors import BadSignature
from offline_queue.envelope import LATEST, Created
from offline_queue.hashing import SUITES, Suite
from offline_queue.http_signature import BadForm, Request

CLOCK = Created(1_790_000_000.25, 12.5, "b0071d00-0000-4000-8000-000000000000", trusted=True)
POST = Request("POST", "/v1/submissions", "dry=1", b"content")
NONCE = bytes(range(16))
KEYS = {suite: suites.generate(suite) for suite in SUITES}
KEY = KEYS["standard"]
HEADERS = http_signature.sign(POST, KEY, "k-1", CLOCK, NONCE)
seconds = st.floats(0, LATEST)
each_suite = pytest.mark.parametrize("suite", SUITES)


@each_suite
@pytest.mark.parametrize("request_", [POST, Request("GET", "/v1/terminal", "", b"")], ids=["post", "get"])
def test_what_was_signed_is_good(suite: Suite, request_: Request) -> None:
    signed = http_signature.read(http_signature.sign(request_, KEYS[suite], "k-1", CLOCK, NONCE))
    http_signature.verify(signed, request_, KEYS[suite].public())
    assert (signed.key_id, signed.clock) == ("k-1", CLOCK)


def test_headers_are_as_documented() -> None:
    """docs/sync-protocol.md; the digest of RFC 9530, the base of RFC 9421, 2.5."""
    digest = "sha-256=:7XACtDnprIRfIjV9giusFERzD722AW0+yUMil7nsn3M=:"
    clock = "wall=1790000000.250, monotonic=12.500, boot=b0071d00-0000-4000-8000-000000000000, trusted=1"
    parameters = (
        '("@method" "@path" "@query" "content-digest" "kiosk-clock")'
        ';created=1790000000;keyid="k-1";nonce="AAECAwQFBgcICQoLDA0ODw"'
    )
    base = "\n".join(
        (
            '"@method": POST',
            '"@path": /v1/submissions',
            '"@query": ?dry=1',
            f'"content-digest": {digest}',
            f'"kiosk-clock": {clock}',
            f'"@signature-params": {parameters}',
        )
    )
    assert HEADERS["Content-Digest"] == digest
    assert HEADERS["Kiosk-Clock"] == clock
    assert HEADERS["Signature-Input"] == f"kiosk={parameters}"
    KEY.public().verify(http_signature.read(HEADERS).signature, base.encode())


@pytest.mark.parametrize(
    "other",
    [
        replace(POST, method="PUT"),
        replace(POST, path="/v1/submission"),
        replace(POST, query=""),
        replace(POST, query="dry=2"),
        replace(POST, content=b"other"),
    ],
    ids=["method", "path", "no query", "query", "content"],
)
def test_another_request_is_not_the_signed_one(other: Request) -> None:
    with pytest.raises(BadSignature):
        http_signature.verify(http_signature.read(HEADERS), other, KEY.public())


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("Signature-Input", "created=1790000000", "created=1790000001"),
        ("Signature-Input", "k-1", "k-2"),
        ("Signature-Input", "AAECAw", "AAECAx"),
        ("Kiosk-Clock", "trusted=1", "trusted=0"),
        ("Content-Digest", "7XAC", "7XAD"),
    ],
)
def test_no_header_can_be_changed(name: str, old: str, new: str) -> None:
    signed = http_signature.read(HEADERS | {name: HEADERS[name].replace(old, new)})
    with pytest.raises(BadSignature):
        http_signature.verify(signed, POST, KEY.public())


def test_a_digest_of_other_content_is_refused_though_signed() -> None:
    """A middleman that changes content and digest is told by the signature; one that changes the content, by this."""
    other = http_signature.sign(replace(POST, content=b"other"), KEY, "k-1", CLOCK, NONCE)
    with pytest.raises(BadSignature):
        http_signature.verify(http_signature.read(other), POST, KEY.public())


@pytest.mark.parametrize("name", list(HEADERS))
def test_a_missing_header_is_no_form(name: str) -> None:
    with pytest.raises(BadForm, match=name):
        http_signature.read({key: value for key, value in HEADERS.items() if key != name})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Signature-Input", 'kiosk=("@method" "@path");created=1;keyid="k";nonce="AAAAAAAAAAAAAAAAAAAAAA"'),
        ("Signature-Input", HEADERS["Signature-Input"].replace("kiosk=", "sig1=")),
        ("Signature-Input", HEADERS["Signature-Input"] + ', other=("@method")'),
        ("Signature-Input", HEADERS["Signature-Input"] + ";alg=none"),
        ("Signature-Input", HEADERS["Signature-Input"].replace("created=1790000000;", "")),
        ("Signature", "kiosk=:AAA:"),
        ("Signature", "kiosk=AAAA"),
        ("Signature", "kiosk=:" + "A" * 4000 + ":"),
        ("Content-Digest", "md5=:AAAA:"),
        ("Content-Digest", HEADERS["Content-Digest"] + ", sha-512=:AAAA:"),
        ("Kiosk-Clock", "wall=1, monotonic=1, boot=b, trusted=1"),
        ("Kiosk-Clock", "wall=nan, monotonic=1.000, boot=b, trusted=1"),
        ("Kiosk-Clock", "wall=١.000, monotonic=1.000, boot=b, trusted=1"),
    ],
)
def test_another_form_is_refused(name: str, text: str) -> None:
    with pytest.raises(BadForm, match=name):
        http_signature.read(HEADERS | {name: text})


@given(st.sampled_from(list(HEADERS)), st.text())
def test_garbage_is_no_form(name: str, text: str) -> None:
    with pytest.raises(BadForm):
        http_signature.read(HEADERS | {name: text})


@given(st.sampled_from(list(HEADERS)), st.data())
def test_no_character_can_change(name: str, data: st.DataObject) -> None:
    value = HEADERS[name]
    position = data.draw(st.integers(0, len(value) - 1))
    character = data.draw(st.characters(codec="latin-1").filter(lambda new: new != value[position]))
    try:
        signed = http_signature.read(HEADERS | {name: value[:position] + character + value[position + 1 :]})
    except BadForm:
        return
    with pytest.raises(BadSignature):
        http_signature.verify(signed, POST, KEY.public())


@given(seconds, seconds, st.from_regex(re.compile(r"[a-z0-9-]{1,64}"), fullmatch=True), st.booleans())
def test_clocks_come_back_to_the_millisecond(wall: float, monotonic: float, boot: str, trusted: bool) -> None:
    again = http_signature.read_clock(http_signature.write_clock(Created(wall, monotonic, boot, trusted)))
    assert again.wall == pytest.approx(wall, abs=0.001)
    assert again.monotonic == pytest.approx(monotonic, abs=0.001)
    assert (again.boot_id, again.trusted) == (boot, trusted)


@pytest.mark.parametrize("wall", [-1e9, 0.0, LATEST, LATEST + 1, 1e300])
def test_a_clock_far_off_still_signs_a_request_in_the_right_form(wall: float) -> None:
    headers = http_signature.sign(POST, KEY, "k-1", replace(CLOCK, wall=wall), NONCE)
    signed = http_signature.read(headers)
    http_signature.verify(signed, POST, KEY.public())
    assert 0 <= signed.clock.wall <= LATEST


def test_headers_are_found_in_any_case() -> None:
    lower = httpx.Headers({name.lower(): value for name, value in HEADERS.items()})
    assert http_signature.read(lower).key_id == "k-1"
