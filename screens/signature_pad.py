"""The pad for signing with the finger. It draws while somebody writes and hands every touch on; it keeps nothing."""

from collections import deque
from collections.abc import Callable, Iterator
from time import monotonic
from typing import Any, Final, cast

from kivy.clock import Clock
from kivy.graphics import Color, InstructionGroup, Line, SmoothLine, SmoothRoundedRectangle

from drivers.signature.contract import Act, PadEvent
from screens import style
from screens.components.base import Target
from screens.ink import InkStroke, Place

_INK: Final = 0.6
"""Units from the middle of a line to its edge."""
_BASE_LINE: Final = 0.22
_TRAIL: Final = 1000
"""Places of one frame; a quick screen makes ten."""

HandOn = Callable[[PadEvent], None]


class Trail:
    """Every place of a finger since it came down: Kivy tells the last one of each frame, too few for a signature."""

    def __init__(self, touch: Any) -> None:
        self._touch, self._move = touch, touch.move
        self._places: deque[tuple[float, float, float]] = deque(maxlen=_TRAIL)
        touch.move = self._moved

    def _moved(self, arguments: Any) -> None:
        """On the thread of whatever reads the touch screen."""
        self._move(arguments)
        self._places.append((self._touch.sx, self._touch.sy, monotonic()))

    def take(self, window: Any) -> Iterator[tuple[Place, float]]:
        """In pixels of the window, with their times; none when the window no longer shows the pad."""
        while window and self._places:
            x, y, when = self._places.popleft()
            yield self._touch.to_absolute_pos(x, y, window.width - 1, window.height - 1, window.rotation), when


class SignaturePad(Target):
    """One finger draws, the first one; ``hand_on`` hears of all of them, in places from 0 to 1 of the pad."""

    def __init__(self, hand_on: HandOn, **kwargs: Any) -> None:
        super().__init__(touch_id="signature.pad", **kwargs)
        self._hand_on = hand_on
        self._sheet, self._ink = InstructionGroup(), InstructionGroup()
        self._strokes: list[InkStroke] = []
        self._writing: Any = None
        surface = cast("Any", self.canvas)
        surface.add(self._sheet)
        surface.add(self._ink)
        trigger = Clock.create_trigger(self._draw_sheet, -1)
        self.bind(pos=trigger, size=trigger)
        trigger()

    @property
    def strokes(self) -> int:
        """Drawn now."""
        return len(self._strokes)

    def clear(self) -> None:
        self._ink.clear()
        self._ink.add(Color(*style.colour("ink")))
        self._strokes, self._writing = [], None

    def undo(self) -> bool:
        """Take the last stroke off and tell whether there was one; while somebody writes nothing is taken off."""
        if not self._strokes or self._writing:
            return False
        self._ink.remove(self._strokes.pop())
        return True

    # --- fingers -----------------------------------------------------------------------------------------------------

    def on_touch_down(self, touch: Any) -> Any:
        if not self.collide_point(*touch.pos):
            return super().on_touch_down(touch)
        touch.grab(self)
        touch.ud[self] = Trail(touch)
        if self._writing is None:
            self._writing = touch
            self._begin(self._inside(touch.pos))
        self._tell(Act.DOWN, touch, touch.pos, monotonic())
        return True

    def on_touch_move(self, touch: Any) -> Any:
        if touch.grab_current is not self:
            return super().on_touch_move(touch)
        for place, when in touch.ud[self].take(self.get_root_window()):
            self._move(touch, place, when)
        return True

    def on_touch_up(self, touch: Any) -> Any:
        if touch.grab_current is not self:
            return super().on_touch_up(touch)
        self.on_touch_move(touch)
        touch.ungrab(self)
        if touch is self._writing:
            self._strokes[-1].finish()
            self._writing = None
        self._tell(Act.UP, touch, touch.pos, monotonic())
        return True

    def _begin(self, place: Place) -> None:
        stroke = InkStroke(place, style.u(_INK))
        self._strokes.append(stroke)
        self._ink.add(stroke)

    def _move(self, touch: Any, place: Place, when: float) -> None:
        if touch is self._writing:
            self._strokes[-1].follow(self._inside(place))
        self._tell(Act.MOVE, touch, place, when)

    def _tell(self, act: Act, touch: Any, place: Place, when: float) -> None:
        x, y = self._inside(place)
        pressure = float(touch.pressure) if "pressure" in touch.profile else None
        left, top = (x - self.x) / self.width, 1 - (y - self.y) / self.height
        self._hand_on(PadEvent(act, when, left, top, int(touch.uid), pressure))

    def _inside(self, place: Place) -> Place:
        """A finger that slides over the edge goes on along it."""
        return max(self.x, min(self.right, place[0])), max(self.y, min(self.top, place[1]))

    def _draw_sheet(self, *_: object) -> None:
        """What was drawn belongs to the old size: a pad that is laid out anew is empty."""
        self.clear()
        self._sheet.clear()
        corner = style.u(2)
        self._sheet.add(Color(*style.colour("surface")))
        self._sheet.add(SmoothRoundedRectangle(pos=self.pos, size=self.size, radius=[corner]))
        self._sheet.add(Color(*style.colour("primary_dark")))
        frame = (*self.pos, *self.size, corner)
        self._sheet.add(SmoothLine(rounded_rectangle=frame, width=style.u(0.3)))
        self._sheet.add(Color(*style.colour("border")))
        height = self.y + _BASE_LINE * self.height
        ends = [self.x + style.u(5), height, self.right - style.u(5), height]
        self._sheet.add(Line(points=ends, width=style.u(0.15)))
