"""The pad for signing: fingers in, ink on the screen, every touch handed on."""

from collections.abc import Iterator
from typing import Any

import pytest

from drivers.signature.contract import Act, PadEvent
from tests.screens.helpers import Terminal

pytestmark = pytest.mark.xdist_group("kivy")
ROUNDS = 5


class Desk:
    """A pad alone in the window."""

    def __init__(self) -> None:
        from kivy.core.window import Window

        from screens.signature_pad import SignaturePad

        self.told: list[PadEvent] = []
        self.window = Window
        self.pad: Any = SignaturePad(self.told.append, size_hint=(None, None), size=(500, 200), pos=(20, 300))
        self.window.add_widget(self.pad)
        self.draw()

    def draw(self) -> None:
        from kivy.base import EventLoop

        for _ in range(ROUNDS):
            EventLoop.idle()

    def finger(self, x: float, y: float) -> Any:
        """At a place of the pad, 0 to 1 from its lower left corner."""
        from kivy.tests.common import UnitTestTouch

        return UnitTestTouch(self.pad.x + x * self.pad.width, self.pad.y + y * self.pad.height)

    def write(self, *places: tuple[float, float]) -> None:
        (x, y), *rest = places
        touch = self.finger(x, y)
        touch.touch_down()
        for x, y in rest:
            touch.touch_move(self.pad.x + x * self.pad.width, self.pad.y + y * self.pad.height)
        touch.touch_up()
        self.draw()

    def dark(self) -> int:
        """Pixels of the pad that are as dark as ink, its frame aside."""
        import numpy as np

        self.draw()
        image = self.pad.export_as_image()
        pixels = np.frombuffer(image.texture.pixels, np.uint8).reshape(image.texture.height, image.texture.width, 4)
        inner = pixels[12:-12, 12:-12, :3]
        return int((inner.max(axis=2) < 100).sum())


@pytest.fixture
def desk(terminal: Terminal) -> Iterator[Desk]:
    made = Desk()
    yield made
    made.window.remove_widget(made.pad)


def test_every_touch_is_handed_on_in_places_of_the_pad(desk: Desk) -> None:
    desk.write((0.1, 0.5), (0.5, 0.75), (0.9, 0.5))
    assert [event.act for event in desk.told] == [Act.DOWN, Act.MOVE, Act.MOVE, Act.UP]
    places = [(round(event.x, 2), round(event.y, 2)) for event in desk.told]
    assert places == [(0.1, 0.5), (0.5, 0.25), (0.9, 0.5), (0.9, 0.5)]
    assert all(before.t <= after.t for before, after in zip(desk.told, desk.told[1:], strict=False))


def test_ink_is_seen_and_goes_away(desk: Desk) -> None:
    empty = desk.dark()
    desk.write((0.1, 0.5), (0.9, 0.6))
    once = desk.dark()
    assert once > empty + 200
    desk.write((0.1, 0.8), (0.9, 0.9))
    assert (desk.pad.strokes, desk.dark() > once) == (2, True)
    assert desk.pad.undo()
    assert (desk.pad.strokes, desk.dark()) == (1, once)
    desk.pad.clear()
    assert (desk.pad.strokes, desk.dark()) == (0, empty)
    assert not desk.pad.undo()


def test_nothing_is_taken_off_while_somebody_writes(desk: Desk) -> None:
    desk.write((0.1, 0.5), (0.9, 0.6))
    finger = desk.finger(0.1, 0.8)
    finger.touch_down()
    assert not desk.pad.undo()
    finger.touch_up()
    assert (desk.pad.strokes, desk.pad.undo()) == (2, True)


def test_places_that_come_faster_than_frames_are_told_one_by_one(desk: Desk) -> None:
    finger = desk.finger(0.1, 0.5)
    finger.touch_down()
    for x in (0.2, 0.3, 0.4):
        there = desk.finger(x, 0.5)
        finger.move({"x": there.sx, "y": there.sy})
    finger.touch_up()
    assert [round(event.x, 2) for event in desk.told if event.act is Act.MOVE] == [0.2, 0.3, 0.4]


def test_a_dot_is_seen(desk: Desk) -> None:
    empty = desk.dark()
    desk.write((0.5, 0.6))
    assert desk.dark() > empty


def test_a_finger_that_slides_over_the_edge_stays_on_it(desk: Desk) -> None:
    desk.write((0.9, 0.5), (1.5, 0.5), (1.5, -0.5))
    assert all(0 <= event.x <= 1 and 0 <= event.y <= 1 for event in desk.told)
    assert [event.act for event in desk.told][-1] is Act.UP


def test_a_second_finger_draws_nothing_and_is_told(desk: Desk) -> None:
    first, second = desk.finger(0.2, 0.5), desk.finger(0.8, 0.5)
    for touch in (first, second):
        touch.touch_down()
    for touch in (second, first):
        touch.touch_up()
    assert desk.pad.strokes == 1
    assert len({event.finger for event in desk.told}) == 2


def test_a_touch_beside_the_pad_is_not_its_own(desk: Desk) -> None:
    desk.write((0.5, 1.2))
    assert desk.told == []


def test_a_long_stroke_is_drawn_to_its_end(desk: Desk) -> None:
    desk.write((0.1, 0.9), (0.1, 0.5))
    short = desk.dark()
    desk.pad.clear()
    desk.write(*((0.1 + 0.8 * (at % 2), at / 500) for at in range(450)), (0.1, 0.9), (0.1, 0.5))
    assert desk.pad.strokes == 1
    assert desk.dark() > 20 * short
    assert desk.pad.undo()
    assert desk.dark() < short
