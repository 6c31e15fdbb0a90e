"""Buttons in the four styles of the theme, and rows of them that fit any label."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from kivy.lang import Builder
from kivy.properties import StringProperty
from kivy.uix.widget import Widget

from kiosk.presenters.views import Action
from screens import style
from screens.components.base import Act, Band, Column, Space, Touch
from screens.components.text import Icon, Text, text_width

Builder.load_file(str(Path(__file__).with_suffix(".kv")))

_FACES = {
    # style: fill, text, edge
    "primary": ("primary_dark", "on_primary", "primary_dark"),
    "secondary": ("surface", "primary_dark", "primary_dark"),
    "quiet": ("surface", "ink", "border"),
    "danger": ("surface", "bad_ink", "bad"),
}
_DISABLED = ("paper", "soft_ink", "line")
_PRESSED = ("pressed", "ink", "primary_dark")
_PADDING, _SMALL_PADDING = 3, 1.8


class PushButton(Touch):
    """One action. As wide as its row gives it; the label takes two lines before it shrinks."""

    fill = StringProperty("surface")
    tone = StringProperty("ink")
    edge = StringProperty("border")
    role = StringProperty("strong")

    def __init__(self, action: Action, act: Act, **kwargs: object) -> None:
        self.action = action
        super().__init__(
            press=lambda: act(action.event), touch_id=action.id, touch_label=action.label,
            disabled=not action.enabled, **kwargs,
        )  # fmt: skip
        if action.icon:
            self._icon = Icon(name=action.icon, extent=self.icon_extent(), pos_hint={"center_y": 0.5})
            self.add_widget(self._icon)
        self.label = Text(content=action.label, role=self.role, bold=True, lines=2, pos_hint={"center_y": 0.5})
        self.add_widget(self.label)
        self.fbind("state", self._dress)
        self.fbind("width", self._share)
        self._dress()

    def icon_extent(self) -> float:
        return 1.35 * style.size(self.role) / style.u(1)

    def _dress(self, *_: object) -> None:
        faces = _PRESSED if self.state == "down" else _FACES[self.action.style]
        self.fill, self.tone, self.edge = _DISABLED if self.disabled else faces
        for child in self.children:
            child.tone = self.tone

    def _share(self, *_: object) -> None:
        """The label gets its natural width when there is room, so that icon and label stand centred together."""
        room = self.width - 2 * self._padding() - self._icon_width()
        self.label.size_hint_x = None
        self.label.width = min(room, self.label_width() + 2)
        self.label.halign = "left" if self._icon_width() else "center"
        spare = max(0, room - self.label.width) / 2
        self.padding = (self._padding() + spare, 0)

    def label_width(self) -> float:
        return text_width(self.action.label, style.size(self.role), bold=True)

    def _icon_width(self) -> float:
        return style.u(self.icon_extent()) + style.u(1.5) if self.action.icon else 0

    def _padding(self) -> float:
        return style.u(_SMALL_PADDING if self.role == "small" else _PADDING)

    def natural_width(self) -> float:
        natural = self.label_width() + self._icon_width() + 2 * self._padding() + 4
        return max(natural, style.size("touch_width"))


class ButtonRow(Band):
    """Buttons side by side. The main action takes what the others leave; without one they keep their size and stand
    at both ends, or in equal parts when the row must be ``full``."""

    def __init__(self, buttons: Sequence[PushButton], *, full: bool = False, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self._buttons = buttons
        self._growing = [button for button in buttons if full or button.action.style == "primary"]
        for button in buttons:
            self.add_widget(button)
        if not self._growing:
            self.add_widget(Space(), index=1 if len(buttons) > 1 else 0)
        self.fbind("width", self._share)

    def needs(self) -> float:
        return sum(button.natural_width() for button in self._buttons) + self._gaps()

    def _gaps(self) -> float:
        return style.size("gap") * (len(self.children) - 1)

    def _share(self, *_: object) -> None:
        widths = fair_widths([button.natural_width() for button in self._buttons], self.width - self._gaps())
        spare = (self.width - self._gaps() - sum(widths)) / max(1, len(self._growing))
        for button, width in zip(self._buttons, widths, strict=True):
            button.size_hint_x = None
            button.width = width + (spare if button in self._growing else 0)


def fair_widths(natural: Sequence[float], room: float) -> list[float]:
    """The narrow ones keep their natural width; the wide ones share what is left in equal parts."""
    widths = dict[int, float]()
    for left, (index, width) in enumerate(sorted(enumerate(natural), key=lambda pair: pair[1])):
        widths[index] = min(width, (room - sum(widths.values())) / (len(natural) - left))
    return [widths[index] for index in range(len(natural))]


class ButtonBar(Column):
    """One row when every label fits on one line; else the main actions above the others."""

    def __init__(self, actions: Iterable[Action], act: Act, **kwargs: object) -> None:
        super().__init__(spacing=style.size("gap"), **kwargs)
        self._actions, self._act = tuple(actions), act
        self._rows: tuple[tuple[Action, ...], ...] = ()
        self.fbind("width", self._arrange)

    def _arrange(self, *_: object) -> None:
        rows = self._rows_for(self.width)
        if rows == self._rows:
            return
        self._rows = rows
        self.clear_widgets()
        for row in rows:
            self.add_widget(ButtonRow([self._button(action) for action in row], full=len(rows) > 1))

    def _button(self, action: Action) -> PushButton:
        return PushButton(action, self._act, size_hint_y=None, height=style.size("bar_button"))

    def _rows_for(self, width: float) -> tuple[tuple[Action, ...], ...]:
        row = ButtonRow([self._button(action) for action in self._actions])
        if row.needs() <= width:
            return (self._actions,)
        main = tuple(action for action in self._actions if action.style == "primary")
        others = tuple(action for action in self._actions if action.style != "primary")
        return tuple((action,) for action in main) + ((others,) if others else ())


class ButtonStack(Column):
    """Actions below one another, the main one last: for the column beside a landscape screen."""

    def __init__(self, actions: Iterable[Action], act: Act, **kwargs: object) -> None:
        super().__init__(spacing=style.size("gap"), **kwargs)
        for action in sorted(actions, key=lambda action: action.style == "primary"):
            self.add_widget(PushButton(action, act, size_hint_y=None, height=style.size("bar_button")))


def buttons(actions: Iterable[Action], act: Act, *, stacked: bool) -> Widget:
    return ButtonStack(actions, act) if stacked else ButtonBar(actions, act)
