"""The truth about what happened, and how it was."""

from collections.abc import Sequence

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
    """Portrait: all below one another. Landscape: papers and drawing at the right of the words."""

    def arrange(self) -> None:
        gap = style.u((1.5 if style.elder() else 2.5) if style.landscape() else 2 if style.elder() else 3.5)
        self._head, self._reference, self._tasks, self._cue = Slot(gap=gap), Slot(gap=gap), Column(), Slot()
        self._tasks_card: TaskCard | None = None
        self._cue.size_hint_y = 1
        words = Column(pos_hint={"top": 1})
        self._side = Column(size_hint_y=1, spacing=gap)
        self._side.bind(minimum_height=self._side.setter("size_hint_min_y"))
        for column, parts in ((words, (self._head, self._reference)), (self._side, (self._tasks, self._cue))):
            for part in parts:
                column.add_widget(part)
            self.add_widget(column)

    def show(self, body: ResultBody) -> None:
        head = (body.icon, body.headline if body.headline != self.view.title else "", body.lines)
        self._head.fill_with(head, lambda head: result_head(*head))
        self._reference.fill_with(
            body.reference and (body.reference_label, body.reference),
            lambda pair: Reference(label=pair[0], number=pair[1]),
        )
        self._show_tasks(body)
        self._cue.fill_with(body.cue, _drawing)
        if style.landscape():
            self._stand_beside(body)

    def _stand_beside(self, body: ResultBody) -> None:
        """Large words need the whole width; a drawing then stands below them if there is room."""
        below = style.elder() and not body.tasks
        beside = bool(body.tasks or body.cue) and not below
        self.orientation = "vertical" if below else "horizontal"
        self._side.size_hint_x = 1 if below else (0.75 if body.tasks else 1) if beside else 0
        self.spacing = style.u(5) if beside else 0

    def _show_tasks(self, body: ResultBody) -> None:
        if body.tasks and self._tasks_card:
            self._tasks_card.update(body.tasks)
        elif body.tasks:
            self._tasks_card = TaskCard(body.tasks, padding=style.u(2 if style.elder() else 4))
            self._tasks.add_widget(self._tasks_card)
        else:
            self._tasks.clear_widgets()
            self._tasks_card = None


def _drawing(cue: Cue) -> Widget:
    return machine_drawing(cue, least=30)


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
        word = Text(content=action.label, bold=True, halign="center")
        self.add_widget(word)
        self.add_widget(Space())
        self.height = style.u(30) + 2 * style.size("body") * style.theme_now().sizes.spacing


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
