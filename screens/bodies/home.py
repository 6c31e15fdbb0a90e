"""The idle screen: a greeting and the services."""

from collections.abc import Sequence
from pathlib import Path

from kivy.lang import Builder
from kivy.properties import StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.gridlayout import GridLayout
from kivy.uix.widget import Widget

from kiosk.presenters.views import HomeBody, Tile
from screens import style
from screens.bodies.base import BodyWidget
from screens.components.base import Slot
from screens.components.drawn import Drawing, Flower
from screens.components.machine import CABINET, draw_cabinet
from screens.components.pen import Pen
from screens.components.pieces import BannerStrip, TileCard

Builder.load_file(str(Path(__file__).with_suffix(".kv")))


_ROOM_FOR_MACHINE = 80
"""Height in u from which the greeting shows the machine instead of the blossom."""


class Cabinet(Drawing):
    """The machine itself, nothing lit."""

    grid = CABINET

    def draw(self, pen: Pen) -> None:
        draw_cabinet(pen, ())


class Greeting(BoxLayout):
    """Beside the words, or below them in landscape: the machine where there is room for it, else the blossom."""

    greeting = StringProperty()
    subtitle = StringProperty()

    def on_height(self, _: object, height: float) -> None:
        holder = self.ids.get("ornament")
        if holder is None:
            return  # the rule is still being applied
        wanted = Cabinet if height >= style.u(_ROOM_FOR_MACHINE) else Flower
        if not (holder.children and isinstance(holder.children[0], wanted)):
            holder.clear_widgets()
            holder.add_widget(wanted())


class HomeScreen(BodyWidget):
    """Portrait: greeting above services. Landscape: beside them."""

    whole_canvas = True
    title = StringProperty()

    def arrange(self) -> None:
        self._banner, self._tiles = Slot(gap=style.u(1.5 if style.elder() else 4)), Slot()
        self.ids.below.add_widget(self._banner, index=1)
        self.ids.below.add_widget(self._tiles)

    def show(self, body: HomeBody) -> None:
        self.ids.greeting.greeting = body.greeting
        self.ids.greeting.subtitle = self.view.subtitle
        self.title = self.view.title
        self._banner.fill_with(self.view.banner, BannerStrip)
        self._tiles.fill_with(body.tiles, self._grid)

    def _grid(self, tiles: Sequence[Tile]) -> Widget:
        grid = GridLayout(cols=self._columns(len(tiles)), spacing=style.u(3), size_hint_y=None)
        grid.bind(minimum_height=grid.setter("height"))
        for tile in tiles:
            card = TileCard(tile, self._act, small=grid.cols > 1)
            grid.add_widget(card)
        return grid

    def _columns(self, count: int) -> int:
        return 1 if count == 1 or style.elder() else 2
