"""Staff confirm a person: what to check at one side, the number pad at the other."""

from collections.abc import Sequence

from kivy.uix.boxlayout import BoxLayout
from kivy.uix.gridlayout import GridLayout
from kivy.uix.widget import Widget

from kiosk.presenters.views import Action, PinBody, Row
from screens import style
from screens.bodies.base import BodyWidget
from screens.components.base import Column, Slot, Space
from screens.components.button import PushButton
from screens.components.drawn import Drawing
from screens.components.pen import Pen
from screens.components.pieces import RowsCard
from screens.components.text import Text

_PLACES = 6


class PinDots(Drawing):
    """A filled dot for each digit typed, never the digit."""

    def __init__(self, digits: int) -> None:
        super().__init__(size_hint_y=None, height=style.u(5))
        self._digits = digits

    def draw(self, pen: Pen) -> None:
        places = max(_PLACES, self._digits)
        for index in range(places):
            x = 50 + (index - (places - 1) / 2) * 110
            pen.disc(x, 50, 32, "primary_dark" if index < self._digits else "surface", edge="primary_dark", weight=4)


class PinScreen(BodyWidget):
    def arrange(self) -> None:
        self._instruction, self._rows, self._dots, self._keys = Slot(), Slot(), Slot(), Slot()
        left, right = Column(spacing=style.u(2)), Column(spacing=style.u(2))
        for part in (self._instruction, self._rows):
            left.add_widget(part)
        for part in (self._dots, self._keys):
            right.add_widget(part)
        beside = style.landscape()
        if beside and style.elder():
            right.size_hint_x = 0.7
        box = BoxLayout(orientation="horizontal" if beside else "vertical", size_hint_y=None)
        box.spacing = style.u(2 if style.elder() else 4)
        left.pos_hint = right.pos_hint = {"top": 1}
        for part in (left, right):
            box.add_widget(part)
        box.bind(minimum_height=box.setter("height"))
        self.add_widget(box)
        self.add_widget(Space())

    def show(self, body: PinBody) -> None:
        self._instruction.fill_with(body.instruction, lambda text: Text(content=text))
        self._rows.fill_with(body.rows, self._card)
        self._dots.fill_with(("digits", body.digits), lambda value: PinDots(value[1]))
        self._keys.fill_with(body.keys, self._pad)

    def _card(self, rows: tuple[Row, ...]) -> Widget:
        return RowsCard(rows, self._act)

    def _pad(self, keys: Sequence[Action]) -> Widget:
        pad = GridLayout(cols=3, spacing=style.size("gap"), size_hint_y=None)
        pad.bind(minimum_height=pad.setter("height"))
        height = style.size("touch_height") + style.u(0 if style.elder() else 4)
        for action in keys:
            role = "title" if action.label.isdigit() else "body"
            pad.add_widget(PushButton(action, self._act, role=role, size_hint_y=None, height=height))
        return pad
