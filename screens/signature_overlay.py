"""Lies over the page while the device wants a signature: what to do, the pad and its buttons.

It comes and goes with the device's operation, never with the journey.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any, Final, cast

from kivy.clock import Clock
from kivy.lang import Builder
from kivy.properties import StringProperty
from kivy.uix.anchorlayout import AnchorLayout
from kivy.uix.floatlayout import FloatLayout

from drivers.signature.contract import Act, PadEvent
from kiosk.catalogue.items import Language
from kiosk.journey.events import Event
from kiosk.presenters.views import Action, Icon, Style
from kiosk.text.catalogue import Texts, texts
from screens import style
from screens.components.button import ButtonBar
from screens.signature_pad import SignaturePad
from screens.signing import Signing

Builder.load_file(str(Path(__file__).with_suffix(".kv")))

_HEIGHT: Final = 64
"""Units of the pad on a portrait panel: two hands high, the buttons within reach. A landscape one gives all it has."""

_Do = Callable[[], None]


class SignatureOverlay(AnchorLayout):
    title = StringProperty()
    text = StringProperty()

    def __init__(self, words: Texts, signing: Signing, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._signing = signing
        self.title, self.text = words("screens.signature.title"), words("screens.signature.text")
        fixed = {} if style.landscape() else {"size_hint_y": None, "height": style.u(_HEIGHT)}
        self.pad = SignaturePad(self._hand_on, touch_label=self.title, **fixed)
        self.ids.sheet.add_widget(self.pad)
        self.ids.sheet.add_widget(ButtonBar(self._actions(words), _press))

    def _actions(self, words: Texts) -> list[Action]:
        def action(name: str, do: _Do, look: Style, icon: Icon) -> Action:
            return Action(f"signature.{name}", words(f"screens.actions.{name}"), cast("Event", do), look, icon)

        return [
            action("cancel", self._signing.give_up, "quiet", "close"),
            action("clear", self._clear, "secondary", "delete"),
            action("undo", self._undo, "secondary", "undo"),
            action("done", partial(self._tell, Act.DONE), "primary", "check"),
        ]

    def _clear(self) -> None:
        self.pad.clear()
        self._tell(Act.CLEAR)

    def _undo(self) -> None:
        if self.pad.undo():
            self._tell(Act.UNDO)

    def _tell(self, act: Act) -> None:
        self._hand_on(PadEvent(act, monotonic()))

    def _hand_on(self, event: PadEvent) -> None:
        """A finger that still lies on a pad taken off the window writes nothing."""
        if self.parent:
            self._signing.surface.touch(event)

    def on_touch_down(self, touch: Any) -> Any:
        super().on_touch_down(touch)
        return self.collide_point(*touch.pos)


def _press(event: Event) -> None:
    """These buttons speak to the pad, not to the journey: their event is what they do."""
    cast("_Do", event)()


class SignatureDesk:
    """Keeps an overlay laid out for the style in force, so that the device can be told the size of its pad at any time.
    ``redraw`` is called when it came or went."""

    def __init__(self, signing: Signing, root: FloatLayout, redraw: Callable[[], None]) -> None:
        self._signing, self._root, self._redraw = signing, root, redraw
        self._overlay: SignatureOverlay | None = None
        self._arranged: object = None

    @property
    def shown(self) -> SignatureOverlay | None:
        return self._overlay if self._overlay and self._overlay.parent else None

    def arrange(self, size: tuple[float, float], language: Language) -> None:
        """For the style in force. Whoever is writing begins anew: the ink was on another pad."""
        wanted = (style.current(), size, language)
        if wanted == self._arranged:
            return
        self._arranged = wanted
        writing = self.shown is not None
        self._hide()
        self._overlay = SignatureOverlay(texts(language), self._signing, size_hint=(None, None), size=size)
        self._overlay.pad.bind(size=self._attach)
        if writing:
            self._show()
            self._signing.surface.touch(PadEvent(Act.CLEAR, monotonic()))

    def close(self) -> None:
        self._signing.surface.detach()
        self._hide()

    def _attach(self, _pad: object, size: tuple[float, float]) -> None:
        self._signing.surface.attach(self._asked, (round(size[0]), round(size[1])))

    def _asked(self, shown: bool) -> None:
        """On the device's thread."""
        Clock.schedule_once(self._show if shown else self._hide)

    def _show(self, *_: object) -> None:
        self._hide()
        if self._overlay:
            self._root.add_widget(self._overlay)
            self._redraw()

    def _hide(self, *_: object) -> None:
        """Nobody's ink stays."""
        if overlay := self.shown:
            self._root.remove_widget(overlay)
            overlay.pad.clear()
            self._redraw()
