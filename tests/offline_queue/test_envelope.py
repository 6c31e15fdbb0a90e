import json
from dataclasses import asdict, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offline_queue import envelope as wire
from offline_queue import rules
from offline_queue.envelope import BadEnvelope
from tests.offline_queue.helpers import NOW, TERMINAL, new_matter, stamp

GOOD = rules.seal(new_matter("id-1", name="证件样本"), TERMINAL, 42, stamp(NOW))
values = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()), st.lists)


def test_comes_back_as_it_went() -> None:
    assert wire.decode(wire.encode(GOOD)) == GOOD


def test_digest_tells_contents_apart() -> None:
    assert wire.digest(GOOD) == wire.digest(replace(GOOD))
    assert wire.digest(GOOD) != wire.digest(replace(GOOD, payload={"name": "样本证件"}))


@given(st.sampled_from([*asdict(GOOD), "extra"]), values)
def test_a_field_of_another_kind_is_refused_or_harmless(name: str, value: Any) -> None:
    fields = asdict(GOOD) | {name: value}
    try:
        envelope = wire.from_fields(fields)
    except BadEnvelope:
        return
    assert isinstance(wire.digest(envelope), str)
    assert name != "extra"


@pytest.mark.parametrize("name", list(asdict(GOOD)))
def test_a_missing_field_is_refused(name: str) -> None:
    fields = {key: value for key, value in asdict(GOOD).items() if key != name}
    with pytest.raises(BadEnvelope):
        wire.decode(json.dumps(fields).encode())


@pytest.mark.parametrize("wall", [-1, float("inf"), "1", None, True, 1e12])
def test_times_no_calendar_knows_are_refused(wall: object) -> None:
    fields = asdict(GOOD)
    fields["created"] = {**fields["created"], "wall": wall}
    with pytest.raises(BadEnvelope):
        wire.from_fields(fields)


@given(st.binary(max_size=60))
def test_garbage_is_refused(data: bytes) -> None:
    with pytest.raises(BadEnvelope):
        wire.decode(data)


@pytest.mark.parametrize("data", [b"[" * 100_000, b'{"version":1,"payload":' + b'{"a":' * 5000 + b"1" + b"}" * 5001])
def test_deep_nesting_is_refused(data: bytes) -> None:
    with pytest.raises(BadEnvelope):
        wire.decode(data)


def test_every_single_wrong_character_of_a_reference_shows() -> None:
    good = wire.reference(TERMINAL, 42)
    assert wire.reference_is_valid(good.lower())
    for position, old in enumerate(good):
        for new in wire.CHECK_ALPHABET:
            if old != "-" and new != old:
                assert not wire.reference_is_valid(good[:position] + new + good[position + 1 :])


def test_repr_holds_nothing_personal() -> None:
    assert repr(GOOD) == f"<Envelope {GOOD.reference} {GOOD.item}>"
