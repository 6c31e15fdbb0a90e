"""From touches to strokes, for every order of touches."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import DriverError, ProtocolError
from drivers.signature.contract import Act, Covered, PadEvent, TooMuch
from drivers.signature.protocol import MAX_POINTS, MAX_STROKES, decode, encode
from drivers.signature.recorder import Recorder

SIZE = (100, 50)
TOUCHES = (Act.DOWN, Act.MOVE, Act.UP)


def record(*events: PadEvent) -> Recorder:
    recorder = Recorder(SIZE)
    for event in events:
        recorder.receive(event)
    return recorder


def stroke(t: float, x: float = 0.1, finger: int = 0) -> list[PadEvent]:
    places = zip(TOUCHES, (x, x + 0.1, x + 0.2), strict=True)
    return [PadEvent(act, t + at / 10, place, 0.5, finger) for at, (act, place) in enumerate(places)]


def test_time_starts_with_the_first_touch() -> None:
    (only,) = record(*stroke(1000.0)).signature().strokes
    assert [(round(point.t, 3), round(point.x, 3)) for point in only] == [(0, 0.1), (0.1, 0.2), (0.2, 0.3)]


def test_undo_clear_and_done() -> None:
    two = [*stroke(0), *stroke(1)]
    assert len(record(*two).signature().strokes) == 2
    assert len(record(*two, PadEvent(Act.UNDO)).signature().strokes) == 1
    assert record(*two, PadEvent(Act.CLEAR)).signature().strokes == ()
    assert record(PadEvent(Act.UNDO), PadEvent(Act.CLEAR), PadEvent(Act.DONE)).done
    assert len(record(*two, PadEvent(Act.CLEAR), *stroke(5)).signature().strokes) == 1


def test_a_second_finger_draws_nothing() -> None:
    first, second = stroke(0, 0.1, 1), stroke(0.01, 0.7, 2)
    mixed = [event for pair in zip(first, second, strict=True) for event in pair]
    (only,) = record(*mixed).signature().strokes
    assert max(point.x for point in only) < 0.4


def test_a_hand_that_rested_is_no_stroke_and_the_dot_of_an_i_is_one() -> None:
    hand = [PadEvent(Act.DOWN, 0, 0.9, 0.9), PadEvent(Act.UP, 3, 0.905, 0.9)]
    dot = [PadEvent(Act.DOWN, 4, 0.5, 0.2), PadEvent(Act.UP, 4.1, 0.5, 0.2)]
    assert len(record(*hand, *dot).signature().strokes) == 1


def test_done_while_something_rests_on_the_pad() -> None:
    with pytest.raises(Covered):
        record(PadEvent(Act.DOWN, 0, 0.9, 0.9), PadEvent(Act.DONE))


def test_a_finger_that_was_down_before_the_pad_was_shown() -> None:
    assert not record(PadEvent(Act.MOVE, 0, 0.5, 0.5), PadEvent(Act.UP, 1, 0.5, 0.5)).written


def test_time_that_goes_back() -> None:
    with pytest.raises(ProtocolError):
        record(PadEvent(Act.DOWN, 5, 0.5, 0.5), PadEvent(Act.MOVE, 4, 0.6, 0.5))


def test_bounds() -> None:
    moves = (PadEvent(Act.MOVE, at / 100, at % 2, 0.5) for at in range(MAX_POINTS + 1))
    with pytest.raises(TooMuch):
        record(PadEvent(Act.DOWN, 0, 0.5, 0.5), *moves)
    with pytest.raises(TooMuch):
        record(*(event for at in range(MAX_STROKES + 1) for event in stroke(at)))


@given(
    st.lists(
        st.builds(
            PadEvent, st.sampled_from(Act), st.integers(0, 9).map(float), st.just(0.5), st.just(0.5), st.integers(0, 2)
        ),
        max_size=60,
    )
)
def test_any_touches_make_a_signature_or_a_typed_error(events: list[PadEvent]) -> None:
    recorder = Recorder(SIZE)
    try:
        for event in events:
            recorder.receive(event)
    except DriverError:
        return
    assert len(decode(encode(recorder.signature())).strokes) == len(recorder.signature().strokes)
