"""Status strip, step bar and header: the same on every screen."""

from collections.abc import Sequence
from pathlib import Path

from kivy.lang import Builder
from kivy.properties import BooleanProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

from kiosk.presenters.views import Action, Chrome, Mark
from screens import style
from screens.components.base import Act, Band, Column, Slot
from screens.components.button import PushButton
from screens.components.text import Phrase, Text

Builder.load_file(str(Path(__file__).with_suffix(".kv")))


class HallName(Band):
    name = StringProperty()


class NetworkState(Band):
    word = StringProperty()
    works = BooleanProperty(defaultvalue=True)


class StatusStrip(BoxLayout):
    """Hall, network, clock, language and elder controls."""

    hall = StringProperty()
    clock = StringProperty()
    network = StringProperty()
    network_ok = BooleanProperty(defaultvalue=True)

    def __init__(self, act: Act, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self._act = act
        self._controls = Slot(size_hint_x=None, pos_hint={"center_y": 0.5})
        (self.ids.lower if not style.landscape() else self).add_widget(self._controls)

    def update(self, chrome: Chrome) -> None:
        self.hall, self.clock = chrome.hall, chrome.clock
        self.network, self.network_ok = chrome.network, chrome.network_ok
        self._controls.fill_with(chrome.controls, self._control_row)

    def _control_row(self, controls: Sequence[Action]) -> Widget:
        row = Band()
        for action in controls:
            button = PushButton(
                action, self._act, role="small", size_hint=(None, None), height=style.size("touch_height")
            )
            button.width = button.natural_width()
            row.add_widget(button)
        self._controls.width = sum(child.width for child in row.children) + row.spacing * (len(controls) - 1)
        return row


class StripAcross(StatusStrip):
    """Landscape: everything on one line."""


class StripStacked(StatusStrip):
    """Portrait: hall and clock above, network and controls below."""


def status_strip(act: Act) -> StatusStrip:
    return StripAcross(act) if style.landscape() else StripStacked(act)


class StepMark(Column):
    """A dot on the way, told apart by shape (check, filled, hollow), weight and colour."""

    number = StringProperty()
    label = StringProperty()
    state = StringProperty("ahead")
    first = BooleanProperty(defaultvalue=False)
    last = BooleanProperty(defaultvalue=False)
    reached = BooleanProperty(defaultvalue=False)
    """The way that leads here has been walked."""


class StepBar(Band):
    """The way through the matter, a mark a step."""

    def __init__(self, marks: Sequence[Mark], **kwargs: object) -> None:
        super().__init__(spacing=0, **kwargs)
        for index, mark in enumerate(marks):
            step = StepMark(number=str(index + 1), label=mark.label, state=mark.state, reached=mark.state != "ahead")
            step.first, step.last = index == 0, index == len(marks) - 1
            self.add_widget(step)


def here(marks: Sequence[Mark]) -> Phrase:
    """``3/7 Holder``"""
    index = next((index for index, mark in enumerate(marks) if mark.state == "current"), len(marks) - 1)
    return Phrase(
        content=f"{index + 1}/{len(marks)} {marks[index].label}", role="small", bold=True, pos_hint={"center_y": 0.5}
    )


class StepSegment(Widget):
    state = StringProperty("ahead")


class StepLine(Band):
    """In large type: where one is in words, and the way as a row of segments."""

    def __init__(self, marks: Sequence[Mark], **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.add_widget(here(marks))
        way = Band(spacing=style.u(0.8), pos_hint={"center_y": 0.5})
        for mark in marks:
            way.add_widget(StepSegment(state=mark.state))
        self.add_widget(way)


class Header(Column):
    """Step bar, title and subtitle."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(spacing=style.u(1), **kwargs)
        self._marks, self._title, self._subtitle = Slot(), Slot(), Slot()
        for slot in (self._marks, self._title, self._subtitle):
            self.add_widget(slot)

    def update(self, marks: Sequence[Mark], title: str, subtitle: str) -> None:
        beside = style.elder() and style.landscape()  # where height is dear
        self._marks.fill_with(() if beside else marks, _way)
        self._title.fill_with((title, tuple(marks) if beside else ()), lambda value: _title(*value))
        self._subtitle.fill_with(subtitle, lambda subtitle: Text(content=subtitle, tone="soft_ink"))


def _way(marks: Sequence[Mark]) -> Widget:
    if style.elder():
        return StepLine(marks)
    return StepBar(marks, padding=(0, 0, 0, style.u(1.5 if style.landscape() else 3)))


def _title(title: str, marks: Sequence[Mark]) -> Widget:
    text = Text(content=title, role="title", bold=True, lines=2, balanced=True)
    if not marks:
        return text
    line = Band()
    for part in (text, here(marks)):
        line.add_widget(part)
    return line
