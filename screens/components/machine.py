"""A drawing of this machine with the place to act lit up, and beside it what to do there."""

from collections.abc import Mapping
from typing import Any, Final

from kivy.animation import Animation
from kivy.clock import Clock
from kivy.graphics import InstructionGroup, PopMatrix, PushMatrix, Translate
from kivy.properties import NumericProperty, StringProperty
from kivy.uix.widget import Widget

from kiosk.presenters.views import Cue
from screens import style
from screens.components.pen import Pen

CABINET: Final = (64.0, 124.0)
"""Design grid of the front view."""
PLACES: Final = {
    # part: x, y, width, height on the front view
    "card": (36.0, 37.0, 14.0, 10.0),
    "receipt": (14.0, 40.0, 15.0, 5.0),
    "camera": (26.0, 107.0, 12.0, 8.0),
    "tray": (14.0, 14.0, 36.0, 13.0),
}
CLOSE_UPS: Final[dict[Cue, dict[str, str]]] = {
    # what to do: the lit part and what is drawn of it
    "place_card": {"card": "place_card"},
    "take_card": {"card": "take_card"},
    "look_at_camera": {"camera": "face"},
    "take_certificate": {"tray": "sheet"},
    "take_receipt": {"receipt": "slip"},
    "take_papers": {"receipt": "slip", "tray": "sheet"},
    "take_card_and_certificate": {"card": "take_card", "tray": "sheet"},
    "take_card_and_receipt": {"card": "take_card", "receipt": "slip"},
    "take_card_and_papers": {"card": "take_card", "receipt": "slip", "tray": "sheet"},
}
AT_THE_LEFT: Final = frozenset({"receipt"})
"""The receipt comes out at the left of the machine; everything else is shown at its right."""
_COLUMN: Final = 68.0
_RADIUS, _SMALL_RADIUS = 31.0, 27.0
_RISING: Final = frozenset({"take_card", "slip"})
_COVERED: Final = frozenset({"slip", "sheet"})
"""Paper comes out from behind the edge of its slot."""
_SLIDE, _SHORT_SLIDE = 16.0, 8.0
_SLIDE_SECONDS: Final = 0.7


def draw_cabinet(pen: Pen, lit: tuple[str, ...]) -> None:
    pen.oval(32, 3, 30, 3, "ink", alpha=0.08)
    pen.box(14, 2, 36, 8, "border", radius=1)
    pen.box(6, 6, 52, 114, "line", radius=5, edge="border", weight=0.35)
    pen.box(9, 9, 46, 108, "surface", radius=3)
    pen.box(9, 104, 46, 13, "primary_dark", radius=3)
    pen.box(9, 104, 46, 6, "primary_dark")
    _draw_screen(pen)
    pen.box(6, 49, 52, 3, "border", alpha=0.7)
    for part in lit:
        _glow(pen, *PLACES[part])
    _draw_parts(pen)
    for part in lit:
        x, y, width, height = PLACES[part]
        pen.box(x - 1, y - 1, width + 2, height + 2, "clear", radius=2, edge="primary_dark", weight=0.6)


def _draw_screen(pen: Pen) -> None:
    pen.box(13, 55, 38, 46, "ink", radius=1.5)
    pen.box(14.5, 56.5, 35, 43, "paper", radius=0.8)
    pen.box(14.5, 93, 35, 6.5, "primary_tint")
    pen.box(18, 86, 20, 3, "border")
    for row in (78, 71):
        pen.box(18, row, 28, 4.5, "surface", radius=1, edge="line", weight=0.2)
    pen.box(31, 60, 15, 5, "primary_dark", radius=1)


def _draw_parts(pen: Pen) -> None:
    pen.disc(32, 111, 3, "surface")
    pen.disc(32, 111, 2, "ink")
    pen.disc(31.3, 111.7, 0.6, "surface")
    pen.box(*PLACES["card"], "soft_ink", radius=1.5)
    pen.box(38.5, 40, 9, 4.5, "surface", radius=0.8)
    pen.box(14, 40, 15, 5, "soft_ink", radius=1)
    pen.box(15.5, 42, 12, 1, "surface")
    pen.box(*PLACES["tray"], "soft_ink", radius=1.5)
    pen.box(17, 16, 30, 6, "surface", radius=0.5)
    pen.box(14, 13, 36, 3, "border", radius=1)


def _glow(pen: Pen, x: float, y: float, width: float, height: float) -> None:
    for spread, alpha in ((6, 0.25), (4, 0.4), (2.2, 1)):
        pen.box(x - spread, y - spread, width + 2 * spread, height + 2 * spread, "glow", radius=spread + 1, alpha=alpha)


def draw_close_up(still: Pen, moving: Pen, kind: str) -> None:
    """On a grid of 100 by 100; what ``moving`` draws slides into place once."""
    {"place_card": _card_down, "take_card": _card_up, "face": _face, "sheet": _sheet, "slip": _slip}[kind](
        still, moving
    )


def _reader(pen: Pen) -> None:
    pen.box(18, 17, 64, 22, "soft_ink", radius=4)
    pen.box(22, 27, 56, 9, "glow", radius=2)


def _card(pen: Pen) -> None:
    pen.box(27, 34, 46, 30, "surface", radius=3, edge="primary_dark", weight=0.8)
    for y, width in ((56, 14), (51, 18), (46, 16)):
        pen.box(32, y, width, 2, "border")
    pen.box(32, 38.5, 36, 2, "border")
    pen.box(56, 44, 12, 15, "primary_tint")
    pen.disc(62, 54, 2.8, "primary")
    pen.half_disc(62, 44.5, 5, "primary")


def _card_down(still: Pen, moving: Pen) -> None:
    _reader(still)
    _card(moving)
    still.arrow(50, 92, 73, "primary_dark")


def _card_up(still: Pen, moving: Pen) -> None:
    _reader(still)
    _card(moving)
    still.arrow(50, 72, 92, "primary_dark")


def _face(still: Pen, _moving: Pen) -> None:
    still.half_disc(50, 18, 25, "primary")
    still.disc(50, 53, 16, "primary")
    still.disc(44.5, 55, 1.8, "surface")
    still.disc(55.5, 55, 1.8, "surface")
    still.curve([(44, 47), (47, 43), (53, 43), (56, 47)], "surface", 1)
    for x, inward in ((22, 8), (78, -8)):
        for y, along in ((82, -8), (26, 8)):
            still.stroke([(x + inward, y), (x, y), (x, y + along)], "primary_dark", 1.4)


def _slip(still: Pen, moving: Pen) -> None:
    moving.box(35, 30, 30, 48, "surface", radius=1, edge="primary_dark", weight=0.8)
    for y, width in ((72, 20), (67, 14)):
        moving.box(40, y, width, 2, "border")
    moving.box(43, 46, 14, 14, "clear", edge="ink", weight=1.2)
    moving.box(47, 50, 6, 6, "ink")
    still.box(22, 20, 56, 14, "soft_ink", radius=3)
    still.box(28, 29, 44, 2.5, "glow")
    still.arrow(84, 44, 66, "primary_dark", 1.4)


def _sheet(still: Pen, moving: Pen) -> None:
    moving.box(28, 24, 44, 50, "surface", radius=1, edge="primary_dark", weight=0.8)
    moving.box(39, 63, 22, 3, "ink")
    for y, width in ((56, 34), (51, 34), (46, 26)):
        moving.box(33, y, width, 1.8, "border")
    moving.disc(60, 36, 6, "clear", edge="accent", weight=0.9)
    moving.disc(60, 36, 2, "accent")
    still.box(16, 70, 68, 12, "soft_ink", radius=3)
    still.box(22, 74, 56, 2.5, "glow")
    still.arrow(16, 56, 34, "primary_dark", 1.4)


class MachineDrawing(Widget):
    """Front view, and beside it a close-up of each place to act, joined by a line to the lit part. With less than
    ``least`` u of height nothing is drawn: the words say the same."""

    cue = StringProperty("place_card")
    slide = NumericProperty(0)
    least = NumericProperty(0)

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self._moves: list[tuple[Any, float]] = []
        self._redraw = Clock.create_trigger(self._draw, -1)
        self.bind(pos=self._redraw, size=self._redraw, cue=self._redraw, slide=self._move)
        if style.moves():
            self.slide = 1
            Animation(slide=0, duration=_SLIDE_SECONDS, t="out_cubic").start(self)

    @property
    def _surface(self) -> Any:
        return self.canvas

    def _draw(self, *_: object) -> None:
        self._surface.clear()
        self._moves = []
        if self.height < style.u(self.least):
            return
        close_ups = CLOSE_UPS[self.cue]
        left = any(part in AT_THE_LEFT for part in close_ups)
        right = any(part not in AT_THE_LEFT for part in close_ups)
        across = CABINET[0] + _COLUMN * (left + right)
        scale = min(self.height / CABINET[1], self.width / across)
        origin = (self.center_x - scale * (across / 2 - _COLUMN * left), self.center_y - scale * CABINET[1] / 2)
        cabinet = self._pen(origin, scale)
        self._draw_callouts(cabinet, {part: kind for part, kind in close_ups.items() if part in AT_THE_LEFT})
        self._draw_callouts(cabinet, {part: kind for part, kind in close_ups.items() if part not in AT_THE_LEFT})
        draw_cabinet(cabinet, tuple(close_ups))

    def _draw_callouts(self, cabinet: Pen, close_ups: Mapping[str, str]) -> None:
        """Those of one side, below one another."""
        radius = _RADIUS if len(CLOSE_UPS[self.cue]) == 1 else _SMALL_RADIUS
        for index, (part, kind) in enumerate(close_ups.items()):
            x, y, width, height = PLACES[part]
            at_left = part in AT_THE_LEFT
            across = radius + 1 - _COLUMN if at_left else CABINET[0] + _COLUMN - radius - 1
            centre = (across, CABINET[1] / 2 + (len(close_ups) - 1) * (29 - 58 * index))
            cabinet.stroke([(x if at_left else x + width, y + height / 2), centre], "primary", 0.5)
            cabinet.disc(*centre, radius, "surface", edge="primary", weight=0.5)
            self._draw_inside(cabinet, centre, radius, kind)

    def _draw_inside(self, cabinet: Pen, centre: tuple[float, float], radius: float, kind: str) -> None:
        inner = radius * 0.96
        origin = cabinet.at(centre[0] - inner, centre[1] - inner)
        scale = cabinet.scale * inner / 50
        still = self._pen(origin, scale)
        self._surface.add(PushMatrix())
        move = Translate(0, 0)
        self._surface.add(move)
        slide = _SHORT_SLIDE if kind in _COVERED else _SLIDE
        self._moves.append((move, slide * scale * (-1 if kind in _RISING else 1)))
        moving = self._pen(origin, scale)
        self._surface.add(PopMatrix())
        on_top = self._pen(origin, scale)
        draw_close_up(on_top if kind in _COVERED else still, moving, kind)
        self._move()

    def _pen(self, origin: tuple[float, float], scale: float) -> Pen:
        group = InstructionGroup()
        self._surface.add(group)
        return Pen(group, origin, scale)

    def _move(self, *_: object) -> None:
        for move, distance in self._moves:
            move.y = self.slide * distance
