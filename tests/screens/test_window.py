"""What the window promises to the shell: revisions, updates in place, forgetting, preview, dock."""

from dataclasses import replace
from typing import Any

import pytest

from kiosk.presenters.views import Countdown, FaceBody, PinBody, ReviewBody
from screens.gallery import sample_frame
from screens.samples import samples
from tests.screens.helpers import Terminal

pytestmark = pytest.mark.xdist_group("kivy")
SAMPLES = dict(samples())


def labels(terminal: Terminal) -> list[Any]:
    from kivy.uix.label import Label

    content = terminal.window.content()
    assert content is not None
    return [widget for widget in content.walk(restrict=True) if isinstance(widget, Label)]


def texts(terminal: Terminal) -> str:
    return "\n".join(label.text for label in labels(terminal))


def test_revision_counts_views_that_were_drawn(terminal: Terminal) -> None:
    terminal.show(SAMPLES["choice.zh-Hans"])
    before = terminal.window.revision
    terminal.window.show(SAMPLES["consent.zh-Hans"])
    assert terminal.window.revision == before
    terminal.turn_until(lambda: terminal.window.revision == before + 1)


def test_a_tick_of_the_countdown_rebuilds_no_control(terminal: Terminal) -> None:
    view = SAMPLES["choice.zh-Hans"]
    terminal.show(view)
    before = set(labels(terminal))
    terminal.show(replace(view, chrome=replace(view.chrome, countdown=Countdown(7, 90, "…"))))
    assert set(labels(terminal)) == before
    assert "7" in texts(terminal).splitlines()


def test_a_finger_keeps_its_key_while_digits_are_typed(terminal: Terminal) -> None:
    view = SAMPLES["pin.zh-Hans"]
    assert isinstance(view.body, PinBody)
    terminal.show(view)
    before = terminal.touchable("pin.5")
    terminal.show(replace(view, body=replace(view.body, digits=5)))
    assert terminal.touchable("pin.5") == before


def test_the_same_kind_of_body_is_updated_in_place(terminal: Terminal) -> None:
    view = SAMPLES["review.zh-Hans"]
    assert isinstance(view.body, ReviewBody)
    terminal.show(view)
    frame = terminal.window.content()
    terminal.show(replace(view, body=replace(view.body, note="另一句话"), banner=None))
    assert terminal.window.content() is frame
    assert "另一句话" in texts(terminal)
    assert view.body.note not in texts(terminal)


def test_a_screen_that_was_left_leaves_nothing_behind(terminal: Terminal) -> None:
    from screens.components.text import Text

    terminal.show(SAMPLES["review.zh-Hans"])
    left = labels(terminal)
    assert "110*************2X" in texts(terminal)
    terminal.show(SAMPLES["home.zh-Hans"])
    assert [label.text for label in left if isinstance(label, Text) and label.text] == []
    assert [label for label in left if isinstance(label, Text) and label.texture_size[0] > 1] == []


def test_a_dialog_takes_all_touches(terminal: Terminal) -> None:
    terminal.show(SAMPLES["choice.zh-Hans"])
    below = terminal.touchable("choice0")
    terminal.show(SAMPLES["dialog.zh-Hans"])
    on_screen = {touchable.id for touchable in terminal.window.touchables() if not touchable.id.startswith("dock.")}
    assert on_screen == {"leave", "stay"}
    terminal.events.clear()
    terminal.press(below)
    assert terminal.events == []


def test_touchables_are_counted_from_the_upper_left(terminal: Terminal) -> None:
    terminal.show(SAMPLES["home.zh-Hans"])
    language, service = terminal.touchable("language.en"), terminal.touchable("service")
    assert language.y < service.y
    assert 0 < service.x < 540


def test_the_camera_picture_is_a_mirror_and_upright(terminal: Terminal) -> None:
    from screens.bodies.cue import FaceScreen

    terminal.frame = sample_frame()
    terminal.show(SAMPLES["face.zh-Hans"])
    frame = terminal.window.content()
    assert frame is not None
    body = frame.body
    assert isinstance(body, FaceScreen)
    assert isinstance(SAMPLES["face.zh-Hans"].body, FaceBody)
    shown = terminal.frames
    terminal.turn_until(lambda: terminal.frames > shown + 2)
    left, bottom = body.preview.picture.tex_coords[:2]
    assert (left, bottom) == (1, 1)
    assert body.preview.sequence == 1


@pytest.mark.parametrize("size", [(300, 0), (0, 300), (300, 225), (900, 225), (225, 900)])
def test_the_camera_picture_fits_any_room(terminal: Terminal, size: tuple[int, int]) -> None:
    from kivy.clock import Clock
    from kivy.graphics import InstructionGroup

    from screens.components.preview import FacePreview

    preview = FacePreview(size=(1, 1))
    preview.size = size
    Clock.tick_draw()
    assert preview.canvas is not None
    drawn = [part for part in preview.canvas.children if isinstance(part, InstructionGroup)]
    assert bool(drawn) == (min(size) > 0)


def test_the_dock_shows_the_cabinet_and_plays_its_verbs(terminal: Terminal) -> None:
    terminal.show(SAMPLES["home.zh-Hans"])
    terminal.turn_until(lambda: any(t.id == "dock.id_card.place.expired" for t in terminal.window.touchables()))
    terminal.press(terminal.touchable("dock.id_card.place.expired"))
    assert terminal.cabinet.done.get(timeout=10) == ("id_card", "place", "expired")
    terminal.press(terminal.touchable("dock.network.cut"))
    assert terminal.cabinet.done.get(timeout=10) == ("network", "cut", "")


def test_the_dock_folds_a_unit(terminal: Terminal) -> None:
    terminal.turn_until(lambda: any(t.id == "dock.network.cut" for t in terminal.window.touchables()))
    terminal.press(terminal.touchable("dock.network"))
    assert not any(t.id == "dock.network.cut" for t in terminal.window.touchables())
    terminal.press(terminal.touchable("dock.network"))
    terminal.turn_until(lambda: any(t.id == "dock.network.cut" for t in terminal.window.touchables()))


def test_a_finger_on_a_control_is_known_until_it_leaves(terminal: Terminal) -> None:
    from kivy.core.window import Window
    from kivy.tests.common import UnitTestTouch

    terminal.show(SAMPLES["pin.zh-Hans"])
    key = terminal.touchable("pin.5")
    finger = UnitTestTouch(key.x, Window.height - key.y)
    assert not terminal.window.pressed
    finger.touch_down()
    assert terminal.window.pressed
    finger.touch_up()
    terminal.turn_until(lambda: not terminal.window.pressed)
