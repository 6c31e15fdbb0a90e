"""Is the person before the camera the one on the card's photo?"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, cast

import cv2
import numpy as np

from drivers.camera.contract import Camera, Image
from drivers.contract import State
from drivers.errors import DriverError
from kiosk.bus.messages import FaceOutcome, GuidanceCode
from kiosk.vision.engine import Box, Embedding, FaceEngine, distance
from kiosk.vision.guidance import FrameFacts, guide
from kiosk.vision.photo import PhotoDecoder, PhotoError

BURST: Final = 3
"""Good frames in a row from which the sharpest is compared."""
REFERENCE_SCALE: Final = 3
"""A card's photo is enlarged before the search: the detector sees no face under about 80 pixels."""
START_TIMEOUT: Final = 5.0
"""A camera needs time to open; once it delivers, a gap of ``FRAME_TIMEOUT`` seconds means that it is gone."""
FRAME_TIMEOUT: Final = 1.0

Guide = Callable[[GuidanceCode], None]


@dataclass(frozen=True)
class Thresholds:
    """Distances up to ``match`` are the holder; up to ``uncertain`` staff must look; beyond, it is somebody else."""

    match: float = 0.50
    uncertain: float = 0.60

    def band(self, measured: float) -> FaceOutcome:
        if measured <= self.match:
            return "match"
        return "uncertain" if measured <= self.uncertain else "no_match"


@dataclass(frozen=True)
class Verdict:
    """``distance`` only when two faces were compared."""

    outcome: FaceOutcome
    distance: float | None = None


@dataclass(frozen=True)
class Shot:
    """A frame good enough to compare."""

    image: Image
    sharpness: float


class Verifier:
    """Compares the person in view with a card's photo. Vectors live in local variables and are wiped at the end."""

    def __init__(self, camera: Camera, decoder: PhotoDecoder, engine: FaceEngine, thresholds: Thresholds) -> None:
        self._camera = camera
        self._decoder = decoder
        self._engine = engine
        self._thresholds = thresholds

    def verify(self, photo: bytes, *, deadline: float, cancel: threading.Event, tell: Guide) -> Verdict:
        """Decide until ``deadline`` (monotonic clock; a camera that hangs adds its time-out). ``tell`` hears each
        change of what the person should do.

        Never raises for camera, photo or person: each is an outcome.
        """
        reference = self._reference(photo)
        if reference is None:
            return Verdict("no_reference")
        try:
            return _Attempt(self._camera, self._engine, deadline, cancel, tell).compare(reference, self._thresholds)
        except DriverError:
            return Verdict("camera_failed")
        finally:
            reference.fill(0)

    def _reference(self, photo: bytes) -> Embedding | None:
        try:
            picture = self._decoder.decode(photo)
        except PhotoError:
            return None
        large = cv2.resize(picture, None, fx=REFERENCE_SCALE, fy=REFERENCE_SCALE, interpolation=cv2.INTER_CUBIC)
        large = cast("Image", large)
        faces = self._engine.detect(large)
        return self._engine.embed(large, faces[0]) if len(faces) == 1 else None


class _Attempt:
    """Looks for a burst of good frames until one could be compared or the time is over."""

    def __init__(
        self, camera: Camera, engine: FaceEngine, deadline: float, cancel: threading.Event, tell: Guide
    ) -> None:
        self._camera = camera
        self._engine = engine
        self._deadline = deadline
        self._cancel = cancel
        self._tell = tell
        self._told: GuidanceCode | None = None
        self._patience = START_TIMEOUT

    def compare(self, reference: Embedding, thresholds: Thresholds) -> Verdict:
        burst: list[Shot] = []
        while not self._cancel.is_set():
            if time.monotonic() >= self._deadline:
                return Verdict("no_face")
            image = self._next_image()
            burst = self._extended(burst, image)
            if len(burst) < BURST:
                continue
            measured = self._measure(max(burst, key=lambda shot: shot.sharpness).image, reference)
            if measured is not None:
                return Verdict(thresholds.band(measured), round(measured, 4))
            burst = []
        return Verdict("cancelled")

    def _next_image(self) -> Image:
        """Raise ``DriverError`` for a camera that is gone, frozen or blind: none of its frames may be compared."""
        frame = self._camera.read(timeout=self._patience)
        self._patience = FRAME_TIMEOUT
        if self._camera.status().state is State.DEGRADED:
            raise DriverError("degraded")
        return frame.image

    def _extended(self, burst: list[Shot], image: Image) -> list[Shot]:
        faces = self._engine.detect(image, quick=True) or self._engine.detect(image)
        if self._advise(faces, image) != "hold_still":
            return []
        if burst and np.array_equal(burst[-1].image, image):
            return burst  # a picture that repeats is no second look at the person
        return [*burst, Shot(image, _sharpness(image, faces[0]))]

    def _measure(self, image: Image, reference: Embedding) -> float | None:
        """``None`` when somebody else turns out to be in view: the quick look overlooks faces further away."""
        faces = self._engine.detect(image)
        if self._advise(faces, image) != "hold_still":
            return None
        live = self._engine.embed(image, faces[0])
        try:
            return distance(reference, live)
        finally:
            live.fill(0)

    def _advise(self, faces: list[Box], image: Image) -> GuidanceCode:
        height, width = image.shape[:2]
        area = _cut(image, faces[0]) if len(faces) == 1 else image
        code = guide(faces, FrameFacts(width, height, float(area.mean())))
        if code != self._told:
            self._told = code
            self._tell(code)
        return code


def _cut(image: Image, face: Box) -> Image:
    return image[max(0, face.top) : max(1, face.bottom), max(0, face.left) : max(1, face.right)]


def _sharpness(image: Image, face: Box) -> float:
    """Variance of the second derivative: motion and bad focus smooth it away."""
    return float(cv2.Laplacian(cv2.cvtColor(_cut(image, face), cv2.COLOR_BGR2GRAY), cv2.CV_64F).var())
