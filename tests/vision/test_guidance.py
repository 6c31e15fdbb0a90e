import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.vision.engine import Box
from kiosk.vision.guidance import FrameFacts, guide

LIGHT = FrameFacts(640, 480, 120.0)
DARK = FrameFacts(640, 480, 20.0)


def face(size: int, x: int = 320, y: int = 240) -> Box:
    return Box(x - size // 2, y - size // 2, x + size // 2, y + size // 2)


@pytest.mark.parametrize(
    ("faces", "frame", "code"),
    [
        ([], LIGHT, "no_face"),
        ([], DARK, "too_dark"),
        ([face(200)], LIGHT, "hold_still"),
        ([face(200)], DARK, "too_dark"),
        ([face(100)], LIGHT, "too_far"),
        ([face(100)], DARK, "too_far"),
        ([face(400)], LIGHT, "too_near"),
        ([face(200, x=130)], LIGHT, "off_centre"),
        ([face(200, y=380)], LIGHT, "off_centre"),
        ([face(200), face(200, x=130)], LIGHT, "several_faces"),
        ([face(200), face(80, x=60)], DARK, "several_faces"),
    ],
)
def test_one_instruction_at_a_time(faces: list[Box], frame: FrameFacts, code: str) -> None:
    assert guide(faces, frame) == code


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    x, y, side = draw(st.integers(-50, 640)), draw(st.integers(-50, 480)), draw(st.integers(1, 600))
    return Box(x, y, x + side, y + side)


@given(st.lists(boxes(), max_size=4), st.floats(0, 255))
def test_only_one_face_in_good_light_is_ever_compared(faces: list[Box], brightness: float) -> None:
    code = guide(faces, FrameFacts(640, 480, brightness))
    assert code != "hold_still" or (len(faces) == 1 and brightness > 40)
