"""Building blocks of layout: columns, lines, cards, slots, and what can be touched."""

from collections.abc import Callable, Iterator
from pathlib import Path
from time import time
from typing import Any, Final, TypeVar

from kivy.lang import Builder
from kivy.properties import ListProperty, NumericProperty, StringProperty
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

from kiosk.journey.events import Event

Builder.load_file(str(Path(__file__).with_suffix(".kv")))

Act = Callable[[Event], None]
T = TypeVar("T")
PRESS_SECONDS: Final = 1.0


class Column(BoxLayout):
    """As high as its children need."""


class Band(BoxLayout):
    """As high as its highest child."""


class Space(Widget):
    """Takes what is left over."""


class Card(Column):
    """A white sheet with rounded corners."""

    fill = StringProperty("surface")
    edge = StringProperty("line")
    edge_width = NumericProperty(0.2)


class Disc(BoxLayout):
    """An icon on a coloured disc."""

    name = StringProperty()
    fill = StringProperty("primary_tint")
    tone = StringProperty("primary_dark")
    extent = NumericProperty(12)


class Slot(Column):
    """Holds what was built from a value, and builds again only when the value changed: a finger that rests on a
    button keeps it when something else on the screen changes."""

    gap = NumericProperty(0)
    """Space kept below, while there is something to show."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self._value: object = None

    def fill_with(self, value: T | None, build: Callable[[T], Widget]) -> None:
        """An empty value empties the slot."""
        if value == self._value:
            return
        self._value = value
        self.clear_widgets()
        widget = build(value) if value else None
        self.padding = (0, 0, 0, self.gap if widget else 0)
        if widget:
            self.add_widget(widget)


class Target(Widget):
    """Anything a finger is meant for. ``touch_id`` is the name by which tests, keypad and demo find it."""

    touch_id = StringProperty()
    touch_label = StringProperty()


class Touch(ButtonBehavior, Target, BoxLayout):  # pyright: ignore[reportIncompatibleMethodOverride] - Kivy mixes so
    """What a finger presses."""

    background = ListProperty([0, 0, 0, 0])

    def __init__(self, *, press: Callable[[], Any], **kwargs: object) -> None:
        super().__init__(**kwargs)
        self._press = press

    def on_release(self) -> None:
        self._press()

    @property
    def pressed(self) -> bool:
        """Whether a finger is on it, and no longer than a press takes."""
        return self.state == "down" and time() - self.last_touch.time_start < PRESS_SECONDS


def touches(root: Widget) -> Iterator[Target]:
    """Every touchable widget below ``root``, top to bottom."""
    if isinstance(root, Target):
        yield root
    for child in reversed(root.children):
        yield from touches(child)


def ancestors(widget: Widget) -> Iterator[Widget]:
    """Its parent, the parent's parent and so on, up to the window."""
    parent = widget.parent
    while isinstance(parent, Widget):
        yield parent
        parent = parent.parent


def window_box(widget: Widget) -> tuple[float, float, float, float]:
    """Left, bottom, right and top in pixels of the window, y upwards."""
    left, bottom = widget.to_window(*widget.pos)
    return left, bottom, left + widget.width, bottom + widget.height
