"""The truth about what happened, and how it was."""

from collections.abc import Sequence

from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

from kiosk.presenters.views import Action, Cue, RatingBody, ResultBody
from screens import style
from screens.bodies.base import BodyWidget
from screens.bodies.cue import machine_drawing
from screens.components.base import Act, Band, Column, Disc, Slot, Space, Touch
from screens.components.drawn import Face
from screens.components.pieces import Prose, Reference, TaskCard
from screens.components.text import Text

_ICON_LOOKS = {
    "check": ("good_tint", "good"),
    "done": ("good_tint", "good"),
    "clock": ("wait_tint", "wait"),
    "warning": ("wait_tint", "wait"),
    "stop": ("bad_tint", "bad"),
}


class ResultScreen(BodyWidget):
    """Portrait: all below one another. Landscape: the drawing at the right of the words."""

    def arrange(self) -> None:
        gap = style.u(2.5 if style.landscape() else 3.5)
        self._head, self._reference, self._tasks, self._cue = Slot(gap=gap), Slot(gap=gap), Column(), Slot()
        self._tasks_card: TaskCard | None = None
        words = Column()
        for part in (self._head, self._reference, self._tasks):
            words.add_widget(part)
        self._cue.size_hint_y = 1
        self._beside = style.landscape()
        if self._beside:
            box = BoxLayout(spacing=style.u(5))
            self._words_column = Column(size_hint_y=1)
            self._words_column.add_widget(words)
            self._words_column.add_widget(Space())
            box.add_widget(self._words_column)
            self._box = box
            self.add_widget(box)
            words.bind(height=box.setter("size_hint_min_y"))
        else:
            self.add_widget(words)
            self.add_widget(self._cue)

    def show(self, body: ResultBody) -> None:
        head = (body.icon, body.headline if body.headline != self.view.title else "", body.lines)
        self._head.fill_with(head, lambda head: result_head(*head))
        self._reference.fill_with(
            body.reference and (body.reference_label, body.reference),
            lambda pair: Reference(label=pair[0], number=pair[1]),
        )
        self._show_tasks(body)
        if self._beside and bool(body.cue) != (self._cue.parent is not None):
            (self._box.add_widget if body.cue else self._box.remove_widget)(self._cue)
        self._cue.fill_with(body.cue, _drawing)

    def _show_tasks(self, body: ResultBody) -> None:
        if body.tasks and self._tasks_card:
            self._tasks_card.update(body.tasks)
        elif body.tasks:
            self._tasks_card = TaskCard(body.tasks)
            self._tasks.add_widget(self._tasks_card)
        else:
            self._tasks.clear_widgets()
            self._tasks_card = None


def _drawing(cue: Cue) -> Widget:
    return machine_drawing(cue, least=40)


def result_head(icon: str, headline: str, lines: tuple[str, ...]) -> Widget:
    fill, tone = _ICON_LOOKS.get(icon, ("primary_tint", "primary_dark"))
    head = Band(spacing=style.u(4))
    head.add_widget(Disc(name=icon, fill=fill, tone=tone, extent=11 if style.elder() or style.landscape() else 15))
    words = Column(spacing=style.u(1), pos_hint={"center_y": 0.5})
    if headline:
        words.add_widget(Text(content=headline, role="heading", bold=True, balanced=True))
    head.add_widget(words)
    if not style.elder():
        words.add_widget(Prose(lines))
        return head
    whole = Column(spacing=style.u(2))  # large type needs the whole width
    for part in (head, Prose(lines)):
        whole.add_widget(part)
    return whole


class RatingFace(Touch):
    """A drawn face above its word."""

    def __init__(self, action: Action, act: Act) -> None:
        super().__init__(
            press=lambda: act(action.event), touch_id=action.id, touch_label=action.label, disabled=not action.enabled,
            orientation="vertical", size_hint_y=None, spacing=style.u(2), padding=(0, style.u(3)),
        )  # fmt: skip
        self.add_widget(Face(stars=int(action.icon.removeprefix("face") or 3), size_hint_y=None, height=style.u(19)))
        word = Text(content=action.label, bold=True, halign="center", lines=2)
        self.add_widget(word)
        self.add_widget(Space())
        self.height = style.u(27) + 2 * style.size("body") * style.theme_now().sizes.spacing


class RatingScreen(BodyWidget):
    def arrange(self) -> None:
        self._question, self._faces = Slot(gap=style.u(6)), Slot()
        for part in (Space(size_hint_y=0.35), self._question, self._faces, Space()):
            self.add_widget(part)

    def show(self, body: RatingBody) -> None:
        self._question.fill_with(
            body.question if body.question != self.view.title else "",
            lambda text: Text(content=text, role="heading", bold=True, halign="center", balanced=True),
        )
        self._faces.fill_with(body.ratings, self._row)

    def _row(self, ratings: Sequence[Action]) -> Widget:
        row = Band()
        for action in ratings:
            row.add_widget(RatingFace(action, self._act))
        return row
