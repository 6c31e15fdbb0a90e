"""An engine, a camera and a decoder for the logic alone, and the portraits for the whole."""

# ruff: noqa: ARG002 - the doubles have the shape of the protocols

import threading
import time
from collections.abc import Callable, Iterable

import numpy as np
import pytest

from drivers.camera.contract import Frame, Image
from drivers.contract import Capabilities, DeviceStatus, State
from drivers.errors import ConnectionLost
from kiosk.simulation.portraits import CUTS, find
from kiosk.vision.engine import Box, Embedding
from kiosk.vision.photo import PhotoUndecodable

PORTRAITS = find()
needs_portraits = pytest.mark.skipif(
    PORTRAITS.keys() != CUTS.keys(), reason="no portraits: python -m kiosk.simulation.portraits fetches them"
)

FRAME_HEIGHT = 480
FACE = Box(220, 140, 420, 340)
SECOND = Box(20, 140, 220, 340)


def picture(brightness: int = 128, number: int = 0) -> Image:
    """Grey, different for each ``number``."""
    image = np.full((FRAME_HEIGHT, 640, 3), brightness, np.uint8)
    image[number % FRAME_HEIGHT, :, :] = 255
    return image


class ScriptedEngine:
    """Sees in each frame what the script says for its turn (the last line for all that follow); ``far`` are faces that
    only the thorough look finds. A picture of another size is the card's photo; it shows ``on_card``."""

    def __init__(
        self,
        script: Iterable[list[Box]],
        distance: float = 0.3,
        far: Iterable[Box] = (),
        on_card: Iterable[Box] = (FACE,),
    ) -> None:
        self._script = list(script)
        self._far = list(far)
        self._on_card = list(on_card)
        self._distance = distance
        self.vectors: list[Embedding] = []

    def detect(self, image: Image, *, quick: bool = False) -> list[Box]:
        if image.shape[0] != FRAME_HEIGHT:
            return self._on_card
        if quick:
            self._now = self._script.pop(0) if len(self._script) > 1 else self._script[0]
            return self._now
        return self._now + self._far

    def embed(self, image: Image, box: Box) -> Embedding:
        vector = np.zeros(128)
        vector[0] = 1 + self._distance * len(self.vectors)
        self.vectors.append(vector)
        return vector


class StaticDecoder:
    def decode(self, wlt: bytes) -> Image:
        if not wlt:
            raise PhotoUndecodable
        return np.full((126, 102, 3), 128, np.uint8)


class ScriptedCamera:
    """Delivers pictures at once; ``fails_after`` frames it is gone. ``on_frame`` is called with each frame's number."""

    def __init__(
        self,
        make: Callable[[int], Image] = lambda number: picture(number=number),
        fails_after: int | None = None,
        status: DeviceStatus = DeviceStatus(State.ONLINE),  # noqa: B008 - frozen
        on_frame: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._make = make
        self._fails_after = fails_after
        self._status = status
        self._on_frame = on_frame
        self._number = 0
        self._pace = threading.Event()

    def read(self, *, timeout: float) -> Frame:
        self._pace.wait(0.002)
        if self._fails_after is not None and self._number >= self._fails_after:
            raise ConnectionLost
        self._number += 1
        self._on_frame(self._number)
        return Frame(self._make(self._number), self._number, time.monotonic())

    def status(self) -> DeviceStatus:
        return self._status

    def capabilities(self) -> Capabilities:
        return Capabilities()

    def close(self) -> None:
        pass
