"""Pieces that bodies are made of: banner, tile, choice, rows, tasks, points."""

from pathlib import Path
from typing import Any

from kivy.lang import Builder
from kivy.properties import BooleanProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from kiosk.presenters.views import Action, Banner, Choice, Point, Row, Task, Tile
from screens import style
from screens.components.base import Act, Band, Card, Column, Slot, Touch
from screens.components.button import PushButton
from screens.components.text import Text

Builder.load_file(str(Path(__file__).with_suffix(".kv")))

BANNER_LOOKS = {
    # kind: icon, fill, colour of the icon and edge, text
    "info": ("info", "primary_tint", "primary", "ink"),
    "good": ("done", "good_tint", "good", "good_ink"),
    "wait": ("clock", "wait_tint", "wait", "wait_ink"),
    "problem": ("warning", "bad_tint", "bad", "bad_ink"),
}
TASK_LOOKS = {
    # state: icon, fill of the disc, colour of the icon
    "waiting": ("pending", "paper", "border"),
    "running": ("wait", "primary_tint", "primary_dark"),
    "done": ("check", "good_tint", "good"),
    "problem": ("warning", "wait_tint", "wait"),
}


class BannerStrip(Band):
    icon = StringProperty()
    fill = StringProperty("surface")
    tone = StringProperty("primary")
    ink = StringProperty("ink")
    text = StringProperty()
    who_acts = StringProperty()

    def __init__(self, banner: Banner, **kwargs: Any) -> None:
        icon, fill, tone, ink = BANNER_LOOKS[banner.kind]
        super().__init__(icon=icon, fill=fill, tone=tone, ink=ink, text=banner.text, who_acts=banner.who_acts, **kwargs)
        if not banner.who_acts:
            self.ids.words.remove_widget(self.ids.who)


class TileCard(Touch):
    """A service; says why and where to go when it cannot be done here. ``small``: one of several beside one another."""

    small = BooleanProperty(defaultvalue=False)
    title = StringProperty()
    subtitle = StringProperty()
    icon = StringProperty()
    limited = StringProperty()

    def __init__(self, tile: Tile, act: Act, **kwargs: Any) -> None:
        action = tile.action
        super().__init__(
            press=lambda: act(action.event), touch_id=action.id, touch_label=action.label, disabled=not action.enabled,
            title=action.label, subtitle=tile.subtitle, icon=action.icon or "document", limited=tile.limited, **kwargs,
        )  # fmt: skip
        self._arrange(tile)

    def _arrange(self, tile: Tile) -> None:
        ids = self.ids
        if self.small or self.disabled:
            ids.head.remove_widget(ids.open)
        if not (tile.subtitle and self.small):
            self.remove_widget(ids.subtitle)
        if tile.subtitle and not self.small:
            ids.words.add_widget(ids.subtitle)
        if not tile.limited:
            self.remove_widget(ids.limits)


class ChoiceCard(Touch):
    label = StringProperty()
    selected = BooleanProperty(defaultvalue=False)

    def __init__(self, choice: Choice, act: Act, **kwargs: Any) -> None:
        action = choice.action
        super().__init__(
            press=lambda: act(action.event), touch_id=action.id, touch_label=action.label,
            disabled=not action.enabled, label=action.label, selected=choice.selected, **kwargs,
        )  # fmt: skip


class PointCard(BoxLayout):
    """``upright``: one of a few beside one another, the icon above the words. In large type the sentence stands without
    its heading, so that all points are read on one screen."""

    upright = BooleanProperty(defaultvalue=False)
    icon = StringProperty()
    title = StringProperty()
    text = StringProperty()

    def __init__(self, point: Point, **kwargs: Any) -> None:
        super().__init__(icon=point.icon, title=point.title, text=point.text, **kwargs)
        if style.elder():
            self.ids.words.remove_widget(self.ids.heading)


class RowLine(Band):
    """Label, value, and a way to change it."""

    label = StringProperty()
    value = StringProperty()
    last = BooleanProperty(defaultvalue=False)

    def __init__(self, row: Row, act: Act, **kwargs: Any) -> None:
        super().__init__(label=row.label, value=row.value, **kwargs)
        if row.edit:
            self.add_widget(self._edit_button(row.edit, act))

    def _edit_button(self, action: Action, act: Act) -> PushButton:
        button = PushButton(action, act, role="body", size_hint=(None, None), height=style.size("touch_height"))
        button.width = button.natural_width()
        button.pos_hint = {"center_y": 0.5}
        return button


class RowsCard(Card):
    def __init__(self, rows: tuple[Row, ...], act: Act, **kwargs: Any) -> None:
        super().__init__(padding=(style.u(4), style.u(1)), spacing=0, **kwargs)
        for index, row in enumerate(rows):
            self.add_widget(RowLine(row, act, last=index == len(rows) - 1))


class TaskLine(Band):
    icon = StringProperty("pending")
    fill = StringProperty("paper")
    tone = StringProperty("border")
    label = StringProperty()
    state = StringProperty("waiting")

    def __init__(self, task: Task, **kwargs: Any) -> None:
        icon, fill, tone = TASK_LOOKS[task.state]
        super().__init__(icon=icon, fill=fill, tone=tone, label=task.label, state=task.state, **kwargs)
        if task.detail:
            self.ids.words.add_widget(Text(content=task.detail, role="small", tone="soft_ink"))


class TaskCard(Card):
    """Tasks below one another; only the line that changed is built again."""

    def __init__(self, tasks: tuple[Task, ...], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.spacing = style.u(2 if style.landscape() else 3)
        self.update(tasks)

    def update(self, tasks: tuple[Task, ...]) -> None:
        while len(self.children) > len(tasks):
            self.remove_widget(self.children[0])
        while len(self.children) < len(tasks):
            self.add_widget(Slot())
        for slot, task in zip(reversed(self.children), tasks, strict=True):
            slot.fill_with(task, TaskLine)


class Reference(Card):
    """Large enough to be copied down by hand from an arm's length."""

    label = StringProperty()
    number = StringProperty()


class Prose(Column):
    """Lines of text below one another."""

    def __init__(self, lines: tuple[str, ...], **text: Any) -> None:
        super().__init__(spacing=style.u(1))
        for line in lines:
            self.add_widget(Text(content=line, **text))
