"""What a signature looks like."""

import io

import numpy as np
import pytest
from PIL import Image

from drivers.signature.contract import Point, Signature
from drivers.signature.picture import render, to_png
from drivers.signature.specimens import SIZE, SPECIMENS


def ink(signature: Signature, height: int = 200) -> "np.ndarray[tuple[int, int], np.dtype[np.uint8]]":
    return np.array(render(signature, height).getchannel("A"))


def line(seconds: float, *, pressure: float | None = None) -> Signature:
    points = tuple(Point(seconds * at / 20, 0.1 + 0.04 * at, 0.5, pressure) for at in range(21))
    return Signature((points,), SIZE)


def test_size_and_transparency() -> None:
    picture = Image.open(io.BytesIO(to_png(SPECIMENS["cursive"], 200)))
    assert (picture.size, picture.mode, picture.getpixel((0, 0))) == ((500, 200), "RGBA", (20, 30, 60, 0))
    on_paper = Image.open(io.BytesIO(to_png(SPECIMENS["cursive"], 200, paper=(255, 255, 255))))
    assert (on_paper.mode, on_paper.getpixel((0, 0))) == ("RGB", (255, 255, 255))


def test_the_ink_is_where_the_finger_was() -> None:
    drawn = ink(line(1.0))
    assert drawn[100, 55:445].min() > 250
    assert drawn[:90].max() == drawn[110:].max() == 0


def test_edges_are_soft() -> None:
    drawn = ink(SPECIMENS["cursive"])
    assert ((drawn > 20) & (drawn < 235)).sum() > 500


def test_a_fast_line_is_thinner_and_a_pressed_one_thicker() -> None:
    slow, fast = ink(line(4.0)).sum(), ink(line(0.2)).sum()
    assert fast < 0.8 * slow
    assert ink(line(1.0, pressure=0.1)).sum() < ink(line(1.0, pressure=1.0)).sum()


@pytest.mark.parametrize("name", ["dot", "none"])
def test_little_or_nothing(name: str) -> None:
    assert bool(ink(SPECIMENS[name]).any()) is (name == "dot")


def test_a_point_that_is_there_twice_and_time_that_stands_still() -> None:
    points = (Point(0, 0.5, 0.5), Point(0, 0.5, 0.5), Point(0, 0.6, 0.5))
    assert ink(Signature((points,), SIZE)).any()
