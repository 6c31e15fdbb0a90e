"""One whole screen: status strip, header, banner, body, action bar and dialog, each drawn anew only when it changed."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from kivy.animation import Animation
from kivy.lang import Builder
from kivy.properties import BooleanProperty, NumericProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.floatlayout import FloatLayout
from kivy.uix.scrollview import ScrollView
from kivy.uix.widget import Widget

from kiosk.presenters.views import Action, Chrome, View
from screens import style
from screens.bodies.base import BodyWidget
from screens.bodies.registry import SCREENS
from screens.components.base import Act, Slot
from screens.components.button import buttons
from screens.components.chrome import Header, status_strip
from screens.components.countdown import CountdownRing
from screens.components.dialog import DialogOverlay
from screens.components.pieces import BannerStrip
from screens.components.preview import FacePreview
from screens.components.text import Text
from screens.theme import FADE_FROM, FADE_SECONDS

Builder.load_file(str(Path(__file__).with_suffix(".kv")))


class Page(ScrollView):
    """The content area. It scrolls only when it must, and then a bar and an arrow say so."""

    overflows = BooleanProperty(defaultvalue=False)
    more_below = BooleanProperty(defaultvalue=False)

    def watch(self, body: BodyWidget) -> None:
        self.add_widget(body)
        for widget in (self, body):
            widget.bind(height=self._compare)

    def _compare(self, *_: object) -> None:
        self.overflows = bool(self.children) and self.children[0].height > self.height + 1


class ControlBar(BoxLayout):
    """Countdown and buttons: below a portrait screen, beside a landscape one."""

    least = NumericProperty(0)

    def __init__(self, act: Act, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._act = act
        self._ring: CountdownRing | None = None
        self._actions = Slot()
        self.ids.actions.add_widget(self._actions)

    def update(self, chrome: Chrome) -> None:
        self._actions.fill_with(chrome.actions, self._buttons)
        if chrome.countdown is None:
            self.ids.ring.clear_widgets()
            self._ring = None
        elif self._ring:
            self._ring.update(chrome.countdown)
        else:
            self._ring = CountdownRing(chrome.countdown)
            self.ids.ring.add_widget(self._ring)

    def _buttons(self, actions: Sequence[Action]) -> Widget:
        return buttons(actions, self._act, stacked=style.landscape())


class BarBelow(ControlBar):
    pass


class BarBeside(ControlBar):
    pass


class Frame(FloatLayout):
    """The citizen's canvas for one style and one kind of body."""

    def __init__(self, view: View, act: Act, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._act = act
        self.body_kind = type(view.body)
        self._dialog: DialogOverlay | None = None
        self._strip = status_strip(act)
        self._header = Header(padding=(0, 0, 0, style.u(3 if style.elder() or style.landscape() else 4)))
        self._banner = Slot(gap=style.u(4))
        self.page = Page()
        self._bar: ControlBar | None = None
        self.body: BodyWidget = SCREENS[self.body_kind](view, act)
        self.page.watch(self.body)
        self.ids.column.add_widget(self._strip)
        self._middle = BoxLayout(orientation="horizontal" if style.landscape() else "vertical")
        self._middle.add_widget(self._content())
        self.ids.column.add_widget(self._middle)
        self.update(view)

    def _content(self) -> Widget:
        content = BoxLayout(orientation="vertical")
        if self.body.whole_canvas:
            content.add_widget(self.page)
            return content
        margin = style.size("margin")
        above = style.u(2 if style.elder() and style.landscape() else 4)
        content.padding = (margin, above, margin, above if style.landscape() else 0)
        for part in (self._header, self._banner, self.page):
            content.add_widget(part)
        return content

    def update(self, view: View) -> None:
        """Show another view with a body of the same kind."""
        self._strip.update(view.chrome)
        if not self.body.whole_canvas:
            self._header.update(view.chrome.marks, view.title, view.subtitle)
            self._banner.fill_with(view.banner, BannerStrip)
        self.body.update(view)
        self._update_bar(view.chrome)
        self._update_dialog(view)

    def _update_bar(self, chrome: Chrome) -> None:
        if not (chrome.actions or chrome.countdown):
            if self._bar:
                self._middle.remove_widget(self._bar)
                self._bar = None
            self._middle.padding = (0, 0, 0, 0 if style.landscape() else style.size("margin"))
            return
        if self._bar is None:
            self._bar = BarBeside(self._act) if style.landscape() else BarBelow(self._act)
            self._middle.add_widget(self._bar)
            self._middle.padding = (0, 0, 0, 0)
        self._bar.update(chrome)

    def _update_dialog(self, view: View) -> None:
        if view.dialog is None:
            if self._dialog:
                self.remove_widget(self._dialog)
                self._dialog = None
        elif self._dialog:
            self._dialog.update(view.dialog)
        else:
            self._dialog = DialogOverlay(view.dialog, self._act)
            self.add_widget(self._dialog)

    def wipe(self) -> None:
        """Forget every text and its picture now, not when Python collects the widgets."""
        for widget in self.walk(restrict=True):
            if isinstance(widget, Text):
                widget.content = ""
            elif isinstance(widget, FacePreview):
                widget.wipe()

    def in_reach(self) -> Widget:
        """What can be touched now: the dialog alone while there is one."""
        return self._dialog or self

    def fade_in(self, done: Callable[..., None]) -> None:
        """Only the part between the bars fades; the frame of the screen stays calm."""
        if not style.moves():
            done()
            return
        self._middle.opacity = FADE_FROM
        animation = Animation(opacity=1, duration=FADE_SECONDS)
        animation.bind(on_complete=done)
        animation.start(self._middle)
