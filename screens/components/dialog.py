"""Lies over the screen until it is answered; what is below can neither be pressed nor read by a hasty finger."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kivy.lang import Builder
from kivy.properties import StringProperty
from kivy.uix.anchorlayout import AnchorLayout
from kivy.uix.widget import Widget

from kiosk.presenters.views import Action, Countdown, Dialog
from screens.components.base import Act, Slot
from screens.components.button import ButtonStack
from screens.components.countdown import CountdownRing

Builder.load_file(str(Path(__file__).with_suffix(".kv")))


class DialogOverlay(AnchorLayout):
    title = StringProperty()
    text = StringProperty()

    def __init__(self, dialog: Dialog, act: Act, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._act = act
        self._ring: CountdownRing | None = None
        self._actions = Slot()
        self.ids.foot.add_widget(self._actions)
        self.update(dialog)

    def update(self, dialog: Dialog) -> None:
        self.title, self.text = dialog.title, dialog.text
        self._count(dialog.countdown)
        self._actions.fill_with(dialog.actions, self._buttons)

    def _buttons(self, actions: Sequence[Action]) -> Widget:
        return ButtonStack(actions, self._act)

    def _count(self, countdown: Countdown | None) -> None:
        if countdown is None:
            self.ids.ring.clear_widgets()
            self._ring = None
        elif self._ring:
            self._ring.update(countdown)
        else:
            self._ring = CountdownRing(countdown, extent=13)
            self.ids.ring.add_widget(self._ring)

    def on_touch_down(self, touch: Any) -> Any:
        super().on_touch_down(touch)
        return self.collide_point(*touch.pos)
