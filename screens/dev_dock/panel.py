"""The side panel: a section for each simulated unit, with its state and a button for each of its verbs."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from kivy.clock import Clock
from kivy.lang import Builder
from kivy.properties import BooleanProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.label import Label
from kivy.uix.stacklayout import StackLayout

from kiosk.bus.messages import SimulatedUnit
from screens.components.base import Column, Slot, Touch, touches
from screens.dev_dock import labels
from screens.dev_dock.client import DockClient
from screens.dev_dock.scale import d
from screens.dev_dock.work import DockWork
from screens.icons import glyph

Builder.load_file(str(Path(__file__).with_suffix(".kv")))


class Chip(Touch):
    """A small button."""

    label = StringProperty()


class Chips(StackLayout):
    """As many beside one another as fit."""


class StateFact(Label):
    """One thing that is true of a unit; never broken over two lines."""


class StateFacts(StackLayout):
    """As many beside one another as fit."""


class VerbTitle(BoxLayout):
    text = StringProperty()


class SectionHead(Touch):
    title = StringProperty()
    icon = StringProperty()
    is_open = BooleanProperty(defaultvalue=True)

    def icon_glyph(self) -> str:
        return glyph(self.icon)


class Section(Column):
    """One unit; a press on its head folds it."""

    def __init__(self, unit: SimulatedUnit, work: DockWork, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._work = work
        self._unit = unit
        icon, title = labels.UNITS.get(unit.kind, ("info", unit.kind))
        self._head = SectionHead(
            press=self._fold,
            touch_id=f"dock.{unit.kind}",
            touch_label=title,
            title=title,
            icon=icon,
            is_open=unit.kind in labels.OPEN,
        )
        self._states, self._verbs = Slot(), Slot()
        for part in (self._head, self._states, self._verbs):
            self.add_widget(part)
        self.update(unit)

    def update(self, unit: SimulatedUnit) -> None:
        self._unit = unit
        shown = self._head.is_open
        self._states.fill_with(tuple(unit.state.items()) if shown else (), self._state_facts)
        self._verbs.fill_with(tuple(unit.verbs) if shown else (), self._chips)

    def _fold(self) -> None:
        self._head.is_open = not self._head.is_open
        self.update(self._unit)

    def _state_facts(self, states: Sequence[tuple[str, str]]) -> StateFacts:
        facts = StateFacts()
        for name, value in states:
            if value:
                short = value.removeprefix(f"{self._unit.kind}.")
                facts.add_widget(StateFact(text=f"{labels.word(name)}: {labels.word(short)}"))
        return facts

    def _chips(self, _verbs: Sequence[str]) -> Column:
        column = Column(spacing=d(0.8), padding=(0, d(0.5)))
        for title, group in labels.groups(self._unit):
            if title:
                column.add_widget(VerbTitle(text=title))
            column.add_widget(self._group(group))
        return column

    def _group(self, verbs: Sequence[str]) -> Chips:
        chips = Chips()
        for verb in verbs:
            for touch_id, label, argument in labels.controls(self._unit, verb):
                press = partial(self._work.simulate, self._unit.kind, verb, argument)
                chips.add_widget(Chip(press=press, touch_id=touch_id, touch_label=label, label=label))
        return chips


class DockPanel(BoxLayout):
    """Polls the units while it is open."""

    problem = StringProperty()

    def __init__(self, client: DockClient, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._sections: dict[str, Section] = {}
        self._work = DockWork(client, self._arrived, self._failed)
        self._work.start()

    def touches(self) -> Iterator[Touch]:
        return touches(self)

    def close(self) -> None:
        self._work.close()

    # called in worker threads: Kivy's clock is the only door to the UI thread

    def _arrived(self, units: Sequence[SimulatedUnit]) -> None:
        def show(_seconds: float) -> None:
            self.show(units)

        Clock.schedule_once(show)

    def _failed(self, problem: str) -> None:
        def show(_seconds: float) -> None:
            self.problem = problem

        Clock.schedule_once(show)

    def show(self, units: Sequence[SimulatedUnit]) -> None:
        self.problem = ""
        for unit in sorted(units, key=lambda unit: labels.rank(unit.kind)):
            section = self._sections.get(unit.kind)
            if section:
                section.update(unit)
            else:
                self._sections[unit.kind] = Section(unit, self._work)
                self.ids.sections.add_widget(self._sections[unit.kind])
