"""A simulated camera: a motion-JPEG stream over HTTP, as network cameras send it, of a person before the machine."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, cast

import cv2
import numpy as np

from drivers.video.picture import Image
from drivers.video.server import FRAME_RATE, SimulatedVideo

WIDTH, HEIGHT = 640, 480
STREAM: Final = "/stream"
INFRARED: Final = "/infrared.mjpeg"
_BACKDROP: Final = (196, 190, 184)
_FAR: Final = 0.55
_SWAY_PIXELS: Final = 3
_SWAY_SECONDS: Final = 4.0
_NOISE: Final = 3
_JPEG: Final = (cv2.IMWRITE_JPEG_QUALITY, 90)
_WALL_IN_INFRARED: Final = 0.35
"""A lamp beside the lens lights who stands near; the wall behind stays dim."""
_SCREEN_IN_INFRARED: Final = 0.06
"""Displays and most prints emit or reflect next to nothing there."""

NOBODY: Final = "nobody"
TWO: Final = "two"
PEOPLE: Final = ("holder", "other", TWO, NOBODY)


class SimulatedCamera(SimulatedVideo):
    """Streams who stands before it. ``portraits`` maps names (``holder``, ``other``; ``holder_live`` is
    preferred to ``holder``) to pictures of head and shoulders; for a name without one a figure without a face stands
    there. A second stream, ``infrared_endpoint``, shows the same in infrared.
    """

    kind = "camera"

    def __init__(self, portraits: Mapping[str, Path], host: str = "127.0.0.1", port: int = 0) -> None:
        super().__init__({STREAM: self.jpeg, INFRARED: self.infrared_jpeg}, host, port)
        self._portraits = portraits
        self._shown = "holder"
        self._far = False
        self._photo = False
        self._fault = ""
        self._infrared_fault = ""
        self._size = (WIDTH, HEIGHT)
        self._scene = _backdrop()
        self._infrared_scene = self._scene
        self._numbers = {STREAM: 0, INFRARED: 0}

    # --- the device ---------------------------------------------------------------------------------------------

    @property
    def infrared_endpoint(self) -> str:
        return self.endpoint_of(INFRARED)

    def start(self) -> None:
        self._compose()
        super().start()

    def state(self) -> Mapping[str, str]:
        return {
            "person": f"photo of {self._shown}" if self._photo else self._shown,
            "distance": "far" if self._far else "near",
            "picture": self.misbehaviour or self._fault or "live",
            "infrared": self._infrared_fault or "live",
            "cable": self.cable,
        }

    # --- the verbs ----------------------------------------------------------------------------------------------

    def simulate_show(self, argument: str = "") -> None:
        """Let somebody step before the camera: ``holder``, ``other``, ``two`` (both) or ``nobody``."""
        self._step_up(argument, photo=False)

    def simulate_photo(self, argument: str = "") -> None:
        """Somebody holds a photo of that person, on a telephone: infrared shows no face."""
        self._step_up(argument or "holder", photo=True)

    def simulate_far(self, _: str = "") -> None:
        self._far = True
        self._compose()

    def simulate_near(self, _: str = "") -> None:
        self._far = False
        self._compose()

    def simulate_freeze(self, _: str = "") -> None:
        """The same picture again and again, as a hung sensor delivers it."""
        self._fault = "frozen"

    def simulate_black(self, _: str = "") -> None:
        self._fault = "black"

    def simulate_infrared_freeze(self, _: str = "") -> None:
        self._infrared_fault = "frozen"

    def simulate_infrared_black(self, _: str = "") -> None:
        """Its lamp is broken."""
        self._infrared_fault = "black"

    def simulate_infrared_unplug(self, _: str = "") -> None:
        """The infrared channel is gone, the other one stays."""
        self._infrared_fault = "unplugged"
        self.channels = {STREAM: self.jpeg}

    def simulate_resolution(self, argument: str = "") -> None:
        """The camera knows this size only: ``320x240``."""
        width, _, height = argument.partition("x")
        if not (width.isdecimal() and height.isdecimal() and 0 < int(width) * int(height) <= WIDTH * HEIGHT * 16):
            raise ValueError(f"{argument!r} is no size: 320x240")
        self._size = int(width), int(height)

    def simulate_heal(self, _: str = "") -> None:
        """All faults gone, the person near again."""
        self._fault = self._infrared_fault = ""
        self._size = (WIDTH, HEIGHT)
        self.channels = {STREAM: self.jpeg, INFRARED: self.infrared_jpeg}
        self._photo = False
        self.simulate_near()
        super().simulate_heal()

    def _step_up(self, name: str, *, photo: bool) -> None:
        if name not in PEOPLE:
            raise ValueError(f"nobody is called {name!r}: {', '.join(PEOPLE)}")
        self._shown, self._photo = name, photo
        self._compose()

    # --- the picture --------------------------------------------------------------------------------------------

    def _compose(self) -> None:
        """What stands still in the scene; swaying and noise come with each frame."""
        people = {NOBODY: [], TWO: ["holder", "other"]}.get(self._shown, [self._shown])
        self._scene = compose([self._portrait(name) for name in people], _FAR if self._far else 1.0)
        self._infrared_scene = _in_infrared(self._scene, _SCREEN_IN_INFRARED if self._photo else 1.0)

    def _portrait(self, name: str) -> Image:
        # The card shows how somebody looked years ago; before the camera stands the live picture, where there is one.
        path = self._portraits.get(f"{name}_live") or self._portraits.get(name)
        picture = cv2.imread(str(path)) if path else None
        return _figure() if picture is None else cast("Image", picture)

    def jpeg(self) -> bytes:
        """The next frame as a JPEG file."""
        return self._next(STREAM, self._fault, self._scene)

    def infrared_jpeg(self) -> bytes:
        """The next frame of the infrared sensor, grey."""
        return self._next(INFRARED, self._infrared_fault or self._fault, self._infrared_scene)

    def _next(self, channel: str, fault: str, scene: Image) -> bytes:
        if fault != "frozen":
            self._numbers[channel] += 1
        number = self._numbers[channel]
        image = np.zeros((HEIGHT, WIDTH, 3), np.uint8) if fault == "black" else _move(scene, number)
        if self._size != (WIDTH, HEIGHT):
            image = cast("Image", cv2.resize(image, self._size, interpolation=cv2.INTER_AREA))
        _, data = cv2.imencode(".jpg", image, _JPEG)
        return data.tobytes()


def compose(people: list[Image], scale: float) -> Image:
    """People side by side before the backdrop, each in an equal share of the width."""
    scene = _backdrop()
    if not people:
        return scene
    share = WIDTH // len(people)
    for place, person in enumerate(people):
        picture = _cover(person, share, HEIGHT)
        picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        rows, columns = picture.shape[:2]
        left, top = place * share + (share - columns) // 2, (HEIGHT - rows) // 2
        scene[top : top + rows, left : left + columns] = picture
    return scene


def _cover(image: Image, width: int, height: int) -> Image:
    """Scale by height and cut the sides equally; a picture that is too narrow is scaled by width."""
    scale = max(height / image.shape[0], width / image.shape[1])
    size = max(width, round(image.shape[1] * scale)), max(height, round(image.shape[0] * scale))
    scaled = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    left, top = (size[0] - width) // 2, (size[1] - height) // 2
    return cast("Image", scaled[top : top + height, left : left + width])


def _move(scene: Image, number: int) -> Image:
    """Nobody stands like a statue, and no sensor is without noise: no two frames are the same."""
    phase = 2 * np.pi * number / (FRAME_RATE * _SWAY_SECONDS)
    sway = np.array([[1, 0, _SWAY_PIXELS * np.sin(phase)], [0, 1, np.cos(2 * phase)]], np.float32)
    moved = cv2.warpAffine(scene, sway, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE)
    noise = np.random.default_rng(number).integers(0, _NOISE + 1, (HEIGHT, WIDTH, 1), np.uint8)
    return cast("Image", cv2.add(moved, np.repeat(noise, 3, axis=2)))


def _backdrop() -> Image:
    """A wall, a little lighter at the top."""
    light = np.linspace(1.0, 0.82, HEIGHT, dtype=np.float32)[:, None, None]
    wall = np.broadcast_to(np.array(_BACKDROP) * light, (HEIGHT, WIDTH, 3))
    return np.ascontiguousarray(wall, np.uint8)


def _figure() -> Image:
    """Head and shoulders without a face, for a machine that has no portraits."""
    picture = _backdrop()
    body, head = (110, 92, 80), (140, 126, 118)
    cv2.ellipse(picture, (WIDTH // 2, HEIGHT + 20), (210, 190), 0, 180, 360, body, -1, cv2.LINE_AA)
    cv2.rectangle(picture, (WIDTH // 2 - 36, 270), (WIDTH // 2 + 36, 330), head, -1)
    cv2.ellipse(picture, (WIDTH // 2, 200), (84, 106), 0, 0, 360, head, -1, cv2.LINE_AA)
    return picture


def _in_infrared(scene: Image, light: float) -> Image:
    """Grey; what differs from the wall stands near the lamp."""
    near = np.abs(scene.astype(np.int16) - _backdrop()).max(axis=2) > _NOISE
    grey = cv2.cvtColor(scene, cv2.COLOR_BGR2GRAY).astype(np.float32)
    seen = np.where(near, light, _WALL_IN_INFRARED) * grey
    return np.repeat(seen.astype(np.uint8)[:, :, None], 3, axis=2)
