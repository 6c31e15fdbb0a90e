"""Small drawn things: rating faces, the sign that the machine is at work, the emblem of the home screen."""

from typing import Any, cast

from kivy.clock import Clock
from kivy.graphics import InstructionGroup
from kivy.properties import NumericProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

from screens import style
from screens.components.pen import Pen
from screens.components.text import Icon

_STEP_SECONDS = 0.5
_MOUTHS = {5: 12, 4: 7, 3: 0, 2: -6, 1: -11}
"""How far the corners of the mouth stand above its middle."""


class Drawing(Widget):
    """Fits its design grid into the widget; redraws itself when it is moved or resized."""

    grid = (100.0, 100.0)

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        trigger = Clock.create_trigger(self._redraw, -1)
        self.bind(pos=trigger, size=trigger)

    def _redraw(self, *_: object) -> None:
        canvas = cast("Any", self.canvas)
        canvas.clear()
        group = InstructionGroup()
        canvas.add(group)
        across, up = self.grid
        scale = min(self.width / across, self.height / up)
        self.draw(Pen(group, (self.center_x - scale * across / 2, self.center_y - scale * up / 2), scale))

    def draw(self, pen: Pen) -> None:
        """On a grid of this size; a drawing may reach beyond it."""


class Face(Drawing):
    """Five: broad smile. One: corners down. The word below says the same."""

    stars = NumericProperty(3)

    def draw(self, pen: Pen) -> None:
        pen.disc(50, 50, 46, "glow", edge="ink", weight=2)
        for x in (34, 66):
            pen.oval(x, 62, 5, 7, "ink")
        lift = _MOUTHS[int(self.stars)]
        ends, middle = 34 + lift * 0.5, 34 - lift
        pen.curve([(28, ends), (40, middle), (60, middle), (72, ends)], "ink", 2.4)


class Working(BoxLayout):
    """Three dots of which one is large in turn; in elder mode an hourglass that stands still."""

    def __init__(self, extent: float, **kwargs: Any) -> None:
        size = (style.u(3 * extent), style.u(extent))
        super().__init__(size_hint=(None, None), size=size, pos_hint={"center_x": 0.5}, **kwargs)
        self._timer = None
        if style.moves():
            self._dots = Dots()
            self.add_widget(self._dots)
        else:
            self.width = style.u(extent)
            self.add_widget(Icon(name="wait", extent=extent))

    def on_parent(self, _: object, parent: object) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if parent and style.moves():
            self._timer = Clock.schedule_interval(self._dots.step, _STEP_SECONDS)


def working_sign(_: object) -> Working:
    """Below a sentence."""
    return Working(5)


def large_working_sign(_: object) -> Working:
    """In the middle of a screen where nothing else is to be done."""
    return Working(11)


class Dots(Drawing):
    turn = NumericProperty(0)

    def step(self, _seconds: float) -> None:
        self.turn = (self.turn + 1) % 3
        self._redraw()

    def draw(self, pen: Pen) -> None:
        for index, x in enumerate((-50, 50, 150)):
            here = index == self.turn
            pen.disc(x, 50, 34 if here else 22, "primary_dark" if here else "border")


class Flower(Drawing):
    """A kapok blossom, the flower of Guangdong, as a quiet ornament."""

    def draw(self, pen: Pen) -> None:
        for x, y in ((50, 76), (76, 57), (66, 27), (34, 27), (24, 57)):
            pen.disc(x, y, 22, "on_primary", alpha=0.07)
            pen.disc(x, y, 22, "clear", edge="on_primary", weight=0.5, alpha=0.16)
        pen.disc(50, 50, 9, "on_primary", alpha=0.12)
