import json
from dataclasses import fields as fields_of
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offline_queue import envelope as wire
from offline_queue import hashing
from offline_queue.envelope import Attachment, BadEnvelope, Created, Envelope

DIGEST = hashing.digest(b"a page")
GOOD = Envelope(
    id="0190b5a0-1111-7222-8333-444455556666",
    terminal="GD440100",
    epoch=1,
    seq=42,
    reference=wire.reference("GD440100", 1, 42),
    case="case-7",
    item="social-insurance-proof",
    item_version=3,
    created=Created(1_790_000_000.0, 12.5, "b0071d00-0000-4000-8000-000000000000", trusted=False),
    payload={"name": "证件样本", "answers": {"period": "all", "share": 0.5}},
    previous=DIGEST,
    consents=("notice-1",),
    attachments=(Attachment("page", DIGEST, 6, "image/jpeg"),),
)
values = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()), st.lists)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
    max_leaves=10,
)  # fmt: skip


def as_fields(envelope: Envelope = GOOD) -> dict[str, Any]:
    return json.loads(wire.encode(envelope))


def canonical(fields: object) -> bytes:
    return json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode(errors="surrogatepass")


@pytest.mark.parametrize("envelope", [GOOD, replace(GOOD, suite="gm", previous="", attachments=(), consents=())])
def test_comes_back_as_it_went(envelope: Envelope) -> None:
    assert wire.decode(wire.encode(envelope)) == envelope


@given(st.dictionaries(st.text(st.characters(codec="utf-8")), json_values))
def test_every_payload_comes_back(payload: dict[str, Any]) -> None:
    envelope = replace(GOOD, payload=payload)
    assert wire.decode(wire.encode(envelope)) == envelope


def test_digest_is_that_of_the_bytes_by_the_suite() -> None:
    assert wire.digest(GOOD) == hashing.digest(wire.encode(GOOD))
    assert wire.digest(GOOD) != wire.digest(replace(GOOD, payload={"name": "样本证件"}))
    state = replace(GOOD, suite="gm")
    assert wire.digest(state) == hashing.digest(wire.encode(state), "gm") != hashing.digest(wire.encode(state))


texts = st.text('"\\/ aé证\u2028😀', min_size=1).filter(str.isprintable)
numbers = st.integers(0, wire.LARGEST)
times = st.floats(0, wire.LATEST) | st.integers(0, int(wire.LATEST))
envelopes = st.builds(
    replace,
    st.just(GOOD),
    id=texts,
    terminal=texts,
    epoch=numbers,
    seq=numbers,
    reference=texts,
    case=texts,
    item=texts,
    item_version=numbers,
    created=st.builds(Created, times, times, texts, st.booleans()),
    payload=st.dictionaries(st.text(st.characters(codec="utf-8")), json_values),
    previous=st.sampled_from(["", DIGEST]),
    consents=st.tuples() | st.tuples(texts, texts),
    attachments=st.tuples() | st.tuples(st.builds(Attachment, texts, st.just(DIGEST), numbers, texts)),
    suite=st.sampled_from(hashing.SUITES),
)


@given(envelopes)
def test_written_out_around_its_payload_it_is_the_same(envelope: Envelope) -> None:
    wire.check(envelope)
    assert wire.encode_around(envelope, wire.canonical(envelope.payload)) == wire.encode(envelope)


@given(st.sampled_from([*as_fields(), "extra"]), values)
def test_a_field_of_another_kind_is_refused_or_harmless(name: str, value: Any) -> None:
    data = canonical(as_fields() | {name: value})
    try:
        envelope = wire.decode(data)
    except BadEnvelope:
        return
    assert wire.encode(envelope) == data
    assert name != "extra"


@given(st.sampled_from([field.name for field in fields_of(Attachment)]), values)
def test_an_attachment_of_another_kind_is_refused_or_harmless(name: str, value: Any) -> None:
    fields = as_fields()
    data = canonical(fields | {"attachments": [fields["attachments"][0] | {name: value}]})
    try:
        envelope = wire.decode(data)
    except BadEnvelope:
        return
    assert wire.encode(envelope) == data


@pytest.mark.parametrize("name", list(as_fields()))
def test_a_missing_field_is_refused(name: str) -> None:
    with pytest.raises(BadEnvelope):
        wire.decode(canonical({key: value for key, value in as_fields().items() if key != name}))


@pytest.mark.parametrize("part", ["created", "attachments"])
def test_a_missing_field_of_a_part_is_refused(part: str) -> None:
    fields = as_fields()
    inner = fields[part] if part == "created" else fields[part][0]
    for name in list(inner):
        less = {key: value for key, value in inner.items() if key != name}
        with pytest.raises(BadEnvelope):
            wire.decode(canonical(fields | {part: less if part == "created" else [less]}))


@pytest.mark.parametrize("version", [1, 3, "2", 2.0, True, None])
def test_another_version_is_refused(version: object) -> None:
    with pytest.raises(BadEnvelope):
        wire.decode(canonical(as_fields() | {"version": version}))


@pytest.mark.parametrize("wall", [-1, float("inf"), float("nan"), "1", None, True, 1e12])
def test_times_no_calendar_knows_are_refused(wall: object) -> None:
    fields = as_fields()
    with pytest.raises(BadEnvelope):
        wire.decode(canonical(fields | {"created": fields["created"] | {"wall": wall}}))


@pytest.mark.parametrize("number", [-1, 2**53, 1.0, True, "1"])
@pytest.mark.parametrize("name", ["epoch", "seq", "item_version"])
def test_numbers_not_every_reader_keeps_are_refused(name: str, number: object) -> None:
    with pytest.raises(BadEnvelope):
        wire.decode(canonical(as_fields() | {name: number}))


@pytest.mark.parametrize("text", ["", "a\0b", "a\nb", "\ud800", "x" * (wire.LONGEST + 1)])
@pytest.mark.parametrize("name", ["id", "terminal", "reference", "case", "item"])
def test_texts_not_every_database_keeps_are_refused(name: str, text: str) -> None:
    with pytest.raises(BadEnvelope):
        wire.decode(canonical(as_fields() | {name: text}))


@pytest.mark.parametrize("digest", ["", "x" * 64, DIGEST.upper(), DIGEST + "0", 5])
def test_what_is_no_digest_is_refused(digest: object) -> None:
    fields = as_fields()
    with pytest.raises(BadEnvelope):
        wire.decode(canonical(fields | {"attachments": [fields["attachments"][0] | {"digest": digest}]}))
    if digest:
        with pytest.raises(BadEnvelope):
            wire.decode(canonical(fields | {"previous": digest}))


def test_two_attachments_of_one_name_are_refused() -> None:
    with pytest.raises(BadEnvelope):
        wire.decode(wire.encode(replace(GOOD, attachments=GOOD.attachments * 2)))


@pytest.mark.parametrize(
    "other",
    [
        b" " + wire.encode(GOOD),
        wire.encode(GOOD) + b"\n",
        json.dumps(as_fields(), ensure_ascii=False, sort_keys=True).encode(),
        json.dumps(as_fields(), sort_keys=True, separators=(",", ":")).encode(),
        wire.encode(GOOD).replace(b'"share":0.5', b'"share":5e-1'),
        wire.encode(GOOD).replace(b'"period":"all"', b'"period":"one","period":"all"'),
    ],
    ids=["space before", "line end", "spaces", "escapes", "number", "twice"],
)
def test_another_spelling_of_the_same_is_refused(other: bytes) -> None:
    """Else one matter had several digests."""
    assert json.loads(other) == as_fields()
    with pytest.raises(BadEnvelope, match="canonical"):
        wire.decode(other)


@given(st.binary(max_size=60))
def test_garbage_is_refused(data: bytes) -> None:
    with pytest.raises(BadEnvelope):
        wire.decode(data)


@pytest.mark.parametrize("data", [b"[" * 100_000, b'{"version":2,"payload":' + b'{"a":' * 5000 + b"1" + b"}" * 5001])
def test_deep_nesting_is_refused(data: bytes) -> None:
    with pytest.raises(BadEnvelope):
        wire.decode(data)


@pytest.mark.parametrize("epoch", [1, 2])
def test_every_single_wrong_character_of_a_reference_shows(epoch: int) -> None:
    good = wire.reference("GD440100", epoch, 42)
    assert wire.reference_is_valid(good.lower())
    for position, old in enumerate(good):
        for new in wire.CHECK_ALPHABET:
            if old != "-" and new != old:
                assert not wire.reference_is_valid(good[:position] + new + good[position + 1 :])


def test_numbers_of_a_new_epoch_are_others() -> None:
    assert wire.reference("GD440100", 1, 42) != wire.reference("GD440100", 2, 42)


def test_repr_holds_nothing_personal() -> None:
    assert repr(GOOD) == f"<Envelope {GOOD.reference} {GOOD.item}>"
