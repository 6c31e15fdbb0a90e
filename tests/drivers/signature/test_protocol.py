"""Signatures and touches as bytes."""

import contextlib
import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import ProtocolError
from drivers.signature.contract import Act, Ask, PadEvent, Plausibility, Point, Signature
from drivers.signature.protocol import (
    MAX_POINTS,
    MAX_STROKES,
    NEED_MORE,
    AskParser,
    Damaged,
    PadParser,
    Ready,
    decode,
    encode,
    encode_ask,
    encode_event,
    encode_ready,
    judge,
)
from drivers.signature.redaction import StrokeRedactor
from drivers.signature.specimens import SIZE, SPECIMENS

FRACTION = st.integers(0, 10_000).map(lambda value: value / 10_000)
POINT = st.builds(
    Point, st.just(0.0), FRACTION, FRACTION, st.none() | st.integers(0, 1000).map(lambda value: value / 1000)
)
SIGNATURE = st.builds(
    Signature,
    st.lists(st.lists(POINT, min_size=1, max_size=5).map(tuple), max_size=5).map(tuple),
    st.tuples(st.integers(1, 4000), st.integers(1, 4000)),
)


# --- a signature ------------------------------------------------------------------------------------------------------


@given(SIGNATURE)
def test_there_and_back(signature: Signature) -> None:
    assert decode(encode(signature)) == signature


@pytest.mark.parametrize("name", SPECIMENS)
def test_specimens_there_and_back(name: str) -> None:
    once = decode(encode(SPECIMENS[name]))
    assert decode(encode(once)) == once
    assert judge(once) is judge(SPECIMENS[name])


def changed(**changes: Any) -> bytes:
    whole = {"version": 1, "size": [10, 10], "strokes": [[[0, 0.5, 0.5], [1, 0.6, 0.6, 0.1]]], **changes}
    return json.dumps(whole).encode()


def test_the_unchanged_example_is_good() -> None:
    assert len(decode(changed()).strokes[0]) == 2


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"null",
        b"{}",
        b"\xff",
        b"[" * 100_000,
        b" " * 1_000_001,
        changed(version=2),
        changed(size=[10]),
        changed(size=[0, 10]),
        changed(size=[10, 10**9]),
        changed(size=[True, 10]),
        changed(strokes=None),
        changed(strokes=[[]]),
        changed(strokes=[[[]]]),
        changed(strokes=["abc"]),
        changed(strokes=[[[0, 0.5, 0.5, 0.5, 0.5]]]),
        changed(strokes=[[[0, 1.5, 0.5]]]),
        changed(strokes=[[[0, float("nan"), 0.5]]]),
        changed(strokes=[[[float("inf"), 0.5, 0.5]]]),
        changed(strokes=[[[0, "0", 0.5]]]),
        changed(strokes=[[[0, True, 0.5]]]),
        changed(strokes=[[[2, 0.5, 0.5], [1, 0.5, 0.5]]]),
        changed(strokes=[[[0, 0, 0]]] * (MAX_STROKES + 1)),
        changed(strokes=[[[0, 0, 0]] * (MAX_POINTS + 1)]),
    ],
)
def test_what_is_no_signature(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        decode(data)


@given(st.binary(max_size=200), st.integers(0, 60))
def test_any_bytes_make_a_signature_or_a_protocol_error(noise: bytes, at: int) -> None:
    for data in (noise, changed()[:at] + noise + changed()[at:]):
        with contextlib.suppress(ProtocolError):
            assert decode(data).size[0] >= 1


@pytest.mark.parametrize(
    ("name", "look"),
    [
        ("cursive", Plausibility.PLAUSIBLE),
        ("characters", Plausibility.PLAUSIBLE),
        ("dot", Plausibility.DOT),
        ("short", Plausibility.SHORT),
        ("none", Plausibility.EMPTY),
    ],
)
def test_plausibility(name: str, look: Plausibility) -> None:
    assert judge(SPECIMENS[name]) is look


def test_one_quick_stroke_is_short() -> None:
    assert judge(Signature(((Point(0, 0, 0), Point(0.1, 1, 1)),), SIZE)) is Plausibility.SHORT


def test_a_signature_does_not_show_itself() -> None:
    assert repr(SPECIMENS["cursive"]) == "<Signature, 3 strokes>"
    assert repr(PadEvent(Act.MOVE, 1, 0.123, 0.5)) == "<PadEvent move>"


# --- a pad at a line --------------------------------------------------------------------------------------------------

EVENTS = [
    PadEvent(Act.DOWN, 1.5, 0.1, 0.2, 3, 0.5),
    PadEvent(Act.MOVE, 1.6, 0.1, 0.2, 3),
    PadEvent(Act.UP, 1.7, 1.0, 0.0, 3),
    PadEvent(Act.UNDO),
    PadEvent(Act.CLEAR),
    PadEvent(Act.DONE),
]


def messages(*portions: bytes) -> list[object]:
    parser = PadParser()
    found: list[object] = []
    for portion in portions:
        parser.receive_data(portion)
        found += list(iter(parser.next_event, NEED_MORE))
    return found


def test_messages_whole_and_byte_by_byte() -> None:
    data = encode_ready(SIZE) + b"".join(map(encode_event, EVENTS))
    assert messages(data) == [Ready(SIZE), *EVENTS]
    assert messages(*(bytes([byte]) for byte in data)) == [Ready(SIZE), *EVENTS]


@pytest.mark.parametrize(
    "event",
    [
        PadEvent(Act.MOVE, 1, math.nan, 0.5),
        PadEvent(Act.MOVE, 1, 1.5, 0.5),
        PadEvent(Act.MOVE, 1, 0.5, -0.1),
        PadEvent(Act.MOVE, -1, 0.5, 0.5),
        PadEvent(Act.MOVE, 1, 0.5, 0.5, 0, 2.0),
        PadEvent(Act.MOVE, 1, 0.5, 0.5, -1),
    ],
)
def test_touches_that_cannot_be(event: PadEvent) -> None:
    assert messages(encode_event(event)) == [Damaged("a number out of its range")]


def test_noise_and_a_line_without_an_end() -> None:
    assert messages(b"\xfe\x81\n" + encode_ready(SIZE)) == [Damaged("no message of a pad"), Ready(SIZE)]
    assert messages(b"x" * 2000) == [Damaged("no message of a pad")]


@given(st.lists(st.binary(max_size=60), max_size=20))
def test_any_bytes_in_any_portions(portions: list[bytes]) -> None:
    assert messages(*portions) == messages(b"".join(portions))
    AskParser().receive(b"".join(portions))


def test_questions_in_portions() -> None:
    data = b"\0noise\n" + b"".join(map(encode_ask, Ask))
    parser = AskParser()
    assert [ask for byte in data for ask in parser.receive(bytes([byte]))] == list(Ask)


@given(st.integers(1, 50))
def test_a_trace_tells_that_somebody_wrote_and_not_what(cut: int) -> None:
    data = encode_ready(SIZE) + b"".join(map(encode_event, EVENTS))
    redactor = StrokeRedactor()
    kept = b"".join(redactor.received(data[at : at + cut]) for at in range(0, len(data), cut))
    assert len(kept) == len(data)
    found = messages(kept)
    assert [type(each) for each in found] == [type(each) for each in messages(data)]
    places = [(event.x, event.y, event.pressure) for event in found if isinstance(event, PadEvent)]
    assert all(x in (0, 1) and y in (0, 1) and not pressure for x, y, pressure in places)
