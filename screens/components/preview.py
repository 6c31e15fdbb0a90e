"""The live camera picture: one texture made once, reversed like a mirror, with an oval to put the face in."""

from collections.abc import Sequence
from math import atan2, cos, pi, sin
from typing import Any, Final

from kivy.clock import Clock
from kivy.graphics import Color, InstructionGroup, Line, Mesh, Rectangle
from kivy.graphics.texture import Texture
from kivy.uix.widget import Widget

from screens import style

FRAME: Final = (640, 480)
FORMAT: Final = "rgb"
"""Three bytes a pixel, rows from the top, as the vision process hands them on."""
_CORNERS: Final = 72
_SIGNS: Final = (-1, 1)
_WHOLE: Final = FRAME[0] / FRAME[1]
_TALLEST: Final = 1.15
_OVAL_HEIGHT: Final = 0.82
_OVAL_SHAPE: Final = 0.74


class FacePreview(Widget):
    """As high as the camera's frame, its sides cut off where the room is narrow; dark until the first one comes."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.sequence = -1
        # a texture made anew for every frame leaks on some graphics drivers
        self.picture = Texture.create(size=FRAME, colorfmt="rgb")
        self.picture.flip_vertical()
        self.picture.flip_horizontal()
        self.wipe()
        trigger = Clock.create_trigger(self._redraw, -1)
        self.bind(pos=trigger, size=trigger)

    def wipe(self) -> None:
        """Black out the picture in the graphics memory."""
        self.picture.blit_buffer(bytes(FRAME[0] * FRAME[1] * 3), colorfmt=FORMAT)

    @property
    def _surface(self) -> Any:
        return self.canvas

    def show(self, sequence: int, frame: Any) -> None:
        """``frame``: a buffer of 640 x 480 pixels in ``FORMAT``; one already shown costs nothing."""
        if sequence != self.sequence:
            self.sequence = sequence
            self.picture.blit_buffer(frame, colorfmt=FORMAT)
            self._surface.ask_update()

    def _redraw(self, *_: object) -> None:
        self._surface.clear()
        if min(self.size) <= 0:
            return  # not laid out yet
        height = min(self.height, self.width * _TALLEST)
        width = min(self.width, height * _WHOLE)
        left = self.center_x - width / 2
        bottom = self.center_y - height / 2 if style.landscape() else self.top - height
        group = InstructionGroup()
        group.add(Color(1, 1, 1))
        coordinates = _middle_part(self.picture.tex_coords, width / height / _WHOLE)
        group.add(Rectangle(texture=self.picture, pos=(left, bottom), size=(width, height), tex_coords=coordinates))
        self._add_guide(group, (left, bottom, width, height))
        self._surface.add(group)

    def _add_guide(self, group: Any, frame: tuple[float, float, float, float]) -> None:
        left, bottom, width, height = frame
        up = height * _OVAL_HEIGHT / 2
        across = up * _OVAL_SHAPE
        middle = (left + width / 2, bottom + height / 2)
        group.add(Color(*style.colour("paper", 0.72)))
        group.add(_around(frame, middle, across, up))
        group.add(Color(*style.colour("surface")))
        oval = (middle[0] - across, middle[1] - up, 2 * across, 2 * up)
        group.add(Line(ellipse=(*oval, 0, 360, _CORNERS), width=style.u(0.7)))
        group.add(Color(*style.colour("primary_dark")))
        group.add(Line(ellipse=(*oval, 0, 360, _CORNERS), width=style.u(0.35)))
        group.add(Color(*style.colour("border")))
        group.add(Line(rectangle=frame, width=style.u(0.15)))


def _middle_part(coordinates: Sequence[float], share: float) -> list[float]:
    """Texture coordinates of the middle ``share`` of the width."""
    return [0.5 + (value - 0.5) * share if n % 2 == 0 else value for n, value in enumerate(coordinates)]


def _around(frame: tuple[float, float, float, float], middle: tuple[float, float], across: float, up: float) -> Any:
    """A mesh: a band of triangles between the oval and the edge of the frame."""
    left, bottom, width, height = frame
    vertices: list[float] = []
    # the corners of the frame are among the directions, else the band would cut them off
    corners = {atan2(y * height, x * width) % (2 * pi) for x in _SIGNS for y in _SIGNS}
    turns = {2 * pi * n / _CORNERS for n in range(_CORNERS)} | corners
    for turn in [*sorted(turns), 0.0]:
        x, y = cos(turn), sin(turn)
        reach = min(width / 2 / max(abs(x), 1e-6), height / 2 / max(abs(y), 1e-6))
        outer = (left + width / 2 + reach * x, bottom + height / 2 + reach * y)
        vertices += [middle[0] + across * x, middle[1] + up * y, 0, 0, *outer, 0, 0]
    return Mesh(vertices=vertices, indices=list(range(len(vertices) // 4)), mode="triangle_strip")
