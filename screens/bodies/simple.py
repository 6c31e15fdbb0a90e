"""Bodies that are a list of like things: notice, choices, review, progress."""

from collections.abc import Sequence

from kivy.uix.gridlayout import GridLayout
from kivy.uix.widget import Widget

from kiosk.presenters.views import Choice, ChoiceBody, Point, PointsBody, ProgressBody, ReviewBody, Row
from screens import style
from screens.bodies.base import BodyWidget
from screens.components.base import Band, Slot, Space
from screens.components.drawn import large_working_sign
from screens.components.pieces import ChoiceCard, PointCard, RowsCard, TaskCard
from screens.components.text import Icon, Text

_CHOICES_IN_ONE_COLUMN = 6
_POINTS_ABREAST = 3


class PointsScreen(BodyWidget):
    def arrange(self) -> None:
        self._points = Slot()
        self.add_widget(self._points)
        self.add_widget(Space())

    def show(self, body: PointsBody) -> None:
        self._points.fill_with(body.points, self._list)

    def _list(self, points: Sequence[Point]) -> Widget:
        upright = style.landscape() and len(points) <= _POINTS_ABREAST
        abreast = len(points) if upright else 2 if style.landscape() else 1
        grid = GridLayout(cols=abreast, spacing=style.u(2), size_hint_y=None)
        grid.bind(minimum_height=grid.setter("height"))
        for point in points:
            card = PointCard(point, upright=upright)
            if abreast > 1:
                card.size_hint_y = 1  # as high as its neighbour
            if upright:
                card.add_widget(Space())
            grid.add_widget(card)
        return grid


class ChoiceScreen(BodyWidget):
    def arrange(self) -> None:
        self._question, self._hint, self._choices = Slot(gap=style.u(1)), Slot(gap=style.u(4)), Slot()
        for part in (self._question, self._hint, self._choices, Space()):
            self.add_widget(part)

    def show(self, body: ChoiceBody) -> None:
        question = body.question if body.question != self.view.title else ""
        self._question.fill_with(question, lambda text: Text(content=text, role="heading", bold=True, balanced=True))
        self._hint.fill_with(body.hint, lambda text: Text(content=text, tone="soft_ink"))
        self._choices.fill_with(body.choices, self._grid)

    def _grid(self, choices: Sequence[Choice]) -> Widget:
        many = len(choices) > (3 if style.landscape() else _CHOICES_IN_ONE_COLUMN)
        grid = GridLayout(cols=2 if many else 1, spacing=style.u(3), size_hint_y=None)
        grid.bind(minimum_height=grid.setter("height"))
        for choice in choices:
            grid.add_widget(ChoiceCard(choice, self._act))
        return grid


class ReviewScreen(BodyWidget):
    def arrange(self) -> None:
        self._rows, self._note = Slot(gap=style.u(3)), Slot()
        for part in (self._rows, self._note, Space()):
            self.add_widget(part)

    def show(self, body: ReviewBody) -> None:
        self._rows.fill_with(body.rows, self._card)
        self._note.fill_with(body.note, note_line)

    def _card(self, rows: tuple[Row, ...]) -> Widget:
        return RowsCard(rows, self._act)


def note_line(text: str) -> Widget:
    line = Band(padding=(style.u(1), 0))
    line.add_widget(Icon(name="info", tone="primary", extent=5, pos_hint={"center_y": 0.5}))
    line.add_widget(Text(content=text, tone="soft_ink", pos_hint={"center_y": 0.5}))
    return line


class ProgressScreen(BodyWidget):
    def arrange(self) -> None:
        self.spacing = style.u(8)
        self._card: TaskCard | None = None
        self._working = Slot()

    def show(self, body: ProgressBody) -> None:
        if self._card is None:
            self._card = TaskCard(body.tasks, padding=style.u(6))
            for part in (self._card, Space(size_hint_y=0.5), self._working, Space()):
                self.add_widget(part)
        self._card.update(body.tasks)
        running = any(task.state == "running" for task in body.tasks)
        self._working.fill_with(running, large_working_sign)
