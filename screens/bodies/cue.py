"""Where to act on the machine, and the live picture of the camera."""

from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

from kiosk.presenters.views import Cue, CueBody, FaceBody
from screens import style
from screens.bodies.base import BodyWidget
from screens.components.base import Column, Slot
from screens.components.drawn import working_sign
from screens.components.machine import MachineDrawing
from screens.components.preview import FacePreview
from screens.components.text import Text


def machine_drawing(cue: Cue, *, least: float) -> MachineDrawing:
    """As large as the room left; nothing where less than ``least`` u are left."""
    return MachineDrawing(cue=cue, least=least)


class PictureScreen(BodyWidget):
    """A picture as large as it can be, and a sentence: above or below it, in landscape beside it."""

    def arrange(self) -> None:
        self._caption, self._working = Slot(gap=style.u(3)), Slot(gap=style.u(3))
        self._picture = BoxLayout(size_hint_min_y=style.u(36 if style.elder() else 52))
        self._words = Column(pos_hint={"center_y": 0.5})
        for part in (self._caption, self._working):
            self._words.add_widget(part)
        if style.landscape():
            self.orientation, self.spacing = "horizontal", style.u(4)
            self._words.size_hint_x = 0.52
        for part in self._in_order():
            self.add_widget(part)

    def _in_order(self) -> tuple[Widget, Widget]:
        return self._picture, self._words

    def _say(self, sentence: str, *, working: bool) -> None:
        self._caption.fill_with(sentence, centred)
        self._working.fill_with(working, working_sign)


def centred(text: str) -> Text:
    return Text(content=text, role="heading", bold=True, halign="center", balanced=True)


class CueScreen(PictureScreen):
    def arrange(self) -> None:
        super().arrange()
        self._cue: Cue | None = None

    def show(self, body: CueBody) -> None:
        if self._cue != body.cue:
            self._cue = body.cue
            self._picture.clear_widgets()
            self._picture.add_widget(MachineDrawing(cue=body.cue))
        self._say(body.caption, working=body.working)


class FaceScreen(PictureScreen):
    """The sentence stands above the picture: nearer to the camera that one looks at."""

    def arrange(self) -> None:
        super().arrange()
        self.preview = FacePreview()
        self._picture.add_widget(self.preview)

    def _in_order(self) -> tuple[Widget, Widget]:
        return (self._picture, self._words) if style.landscape() else (self._words, self._picture)

    def show(self, body: FaceBody) -> None:
        self._say(body.instruction, working=body.working)
