import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offline_queue import batch, hashing, suites
from offline_queue import envelope as wire
from offline_queue.batch import BadBatch, BatchTooLarge
from offline_queue.crypto_errors import BadSignature
from offline_queue.envelope import Created, Envelope
from offline_queue.hashing import SUITES, Suite

KEYS = {suite: suites.generate(suite) for suite in SUITES}
KEY = KEYS["standard"]
CREATED = Created(1_790_000_000.0, 12.5, "b0071d00-0000-4000-8000-000000000000", trusted=False)
each_suite = pytest.mark.parametrize("suite", SUITES)


def an_envelope(seq: int, suite: Suite = "standard", size: int = 0) -> Envelope:
    return Envelope(
        id=f"id-{seq}",
        terminal="GD440100",
        epoch=1,
        seq=seq,
        reference=wire.reference("GD440100", 1, seq),
        case=f"id-{seq}",
        item="social-insurance-proof",
        item_version=1,
        created=CREATED,
        payload={"name": "证件样本\n", "rest": "x" * size},
        previous="",
        suite=suite,
    )


ENVELOPES = [an_envelope(seq) for seq in range(1, 4)]
BODY = batch.encode(ENVELOPES, KEY)


@each_suite
@pytest.mark.parametrize("count", [0, 1, 3])
def test_comes_back_as_it_went(suite: Suite, count: int) -> None:
    envelopes = [an_envelope(seq, suite) for seq in range(count)]
    decoded = batch.decode(batch.encode(envelopes, KEYS[suite]))
    batch.check_signature(decoded, KEYS[suite].public())
    assert decoded.suite == suite
    assert [entry.envelope for entry in decoded.entries] == envelopes
    assert [entry.position for entry in decoded.entries] == list(range(count))
    assert [entry.raw for entry in decoded.entries] == [wire.encode(envelope) for envelope in envelopes]
    assert [entry.digest for entry in decoded.entries] == [wire.digest(envelope) for envelope in envelopes]


def test_the_form_is_as_documented() -> None:
    """What proves a batch later: digests and signature, by the text of docs/sync-protocol.md alone."""
    first, *lines = BODY.decode().splitlines()
    assert json.loads(first).keys() == {"suite", "signature"}
    digests = [hashing.digest(line.encode()) for line in lines]
    signed = "kiosk-batch-1\n" + "".join(f"{digest}\n" for digest in digests)
    KEY.public().verify(batch.decode(BODY).signature, signed.encode())


@each_suite
def test_envelopes_of_before_a_change_of_suite_keep_their_digest(suite: Suite) -> None:
    mixed = [an_envelope(1, "standard"), an_envelope(2, "gm")]
    decoded = batch.decode(batch.encode(mixed, KEYS[suite]))
    batch.check_signature(decoded, KEYS[suite].public())
    assert [entry.digest for entry in decoded.entries] == [wire.digest(envelope) for envelope in mixed]


def test_what_cannot_be_read_is_told_apart_from_what_can() -> None:
    good = wire.encode(ENVELOPES[0])
    for line in (b"", b"garbage", b" " + good, good.replace(b'"version":2', b'"version":3'), b"\xff", b"[" * 9000):
        first, *lines, _ = BODY.split(b"\n")
        decoded = batch.decode(b"\n".join([first, lines[0], line, lines[2], b""]))
        assert [entry.envelope is None for entry in decoded.entries] == [False, True, False]
        assert decoded.entries[1].reason
        assert decoded.entries[1].digest == hashing.digest(line)


def test_the_signature_covers_what_cannot_be_read_too() -> None:
    first, *lines, _ = BODY.split(b"\n")
    with pytest.raises(BadSignature):
        batch.check_signature(batch.decode(b"\n".join([first, *lines, b"garbage", b""])), KEY.public())


def test_no_envelope_can_be_changed_left_out_put_in_or_moved() -> None:
    first, one, two, three, end = BODY.split(b"\n")
    other = wire.encode(replace(ENVELOPES[1], payload={}))
    for lines in ([one, other, three], [one, three], [one, two, other, three], [two, one, three], []):
        with pytest.raises(BadSignature):
            batch.check_signature(batch.decode(b"\n".join([first, *lines, end])), KEY.public())


def test_another_terminals_key_does_not_fit() -> None:
    with pytest.raises(BadSignature):
        batch.check_signature(batch.decode(BODY), suites.generate().public())


def test_at_most_so_many_and_so_much() -> None:
    batch.decode(batch.encode([an_envelope(seq) for seq in range(batch.MOST)], KEY))
    with pytest.raises(BatchTooLarge):
        batch.decode(batch.encode([an_envelope(seq) for seq in range(batch.MOST + 1)], KEY))
    with pytest.raises(BatchTooLarge):
        batch.decode(batch.encode([an_envelope(1, size=batch.LARGEST)], KEY))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\n",
        b"[]\n",
        b'"text"\n',
        b'{"suite":"standard"}\n',
        b'{"suite":"none","signature":""}\n',
        b'{"suite":["gm"],"signature":""}\n',
        b'{"suite":"standard","signature":5}\n',
        b'{"suite":"standard","signature":"%"}\n',
        '{"suite":"standard","signature":"签"}\n'.encode(),
        b"[" * 9000 + b"\n",
        BODY[:-1],
        BODY[: BODY.index(b"\n")],
        b"\n" + BODY,
    ],
)
def test_what_is_no_batch_is_refused(body: bytes) -> None:
    with pytest.raises(BadBatch):
        batch.decode(body)


@given(st.binary(), st.booleans())
def test_garbage_is_no_batch_or_unreadable(data: bytes, after: bool) -> None:
    body = (BODY if after else b"") + data + b"\n"
    try:
        entries = batch.decode(body).entries
    except BadBatch:
        assert not after
    else:
        assert all(entry.envelope is None and entry.reason for entry in entries[len(ENVELOPES) :])


def test_repr_holds_nothing_personal() -> None:
    decoded = batch.decode(BODY)
    assert "样本" not in repr(decoded) + repr(decoded.entries[0])
