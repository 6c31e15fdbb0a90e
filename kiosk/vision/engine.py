"""Finding faces and turning them into vectors that are near each other for the same person."""

from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, Protocol, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.camera.contract import Image

Embedding = NDArray[np.float64]
"""128 numbers; two pictures of one person are less than about 0.6 apart."""

_MODELS: Final = "face_recognition_models"
_LANDMARKS: Final = "shape_predictor_5_face_landmarks.dat"
_NETWORK: Final = "dlib_face_recognition_resnet_model_v1.dat"
_QUICK_WIDTH: Final = 400


class EngineUnavailable(Exception):
    """The face engine or its models are not installed."""


@dataclass(frozen=True)
class Box:
    """A face in a picture, in pixels; it can reach over the border."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def centre(self) -> tuple[float, float]:
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2


class FaceEngine(Protocol):
    def detect(self, image: Image, *, quick: bool = False) -> list[Box]:
        """All faces. ``quick`` looks at a reduced picture and sees only faces near enough to be compared."""
        ...

    def embed(self, image: Image, box: Box) -> Embedding: ...


class DlibEngine:
    """dlib's HOG detector, 5-point alignment and ResNet, with the model files of ``face_recognition_models``.

    The constructor loads the models (about a second). That package and ``face_recognition`` are not imported: both
    need ``pkg_resources`` and load the 68-point landmarks, whose licence forbids commercial use. Not for two threads
    at a time. Raises ``EngineUnavailable``.
    """

    def __init__(self, models: Path | None = None) -> None:
        try:
            self._load(models or installed_models())
        except (ImportError, RuntimeError) as error:  # dlib raises RuntimeError for a file that it cannot read
            raise EngineUnavailable(str(error)) from None

    def _load(self, folder: Path) -> None:
        library = self._library = import_module("dlib")  # untyped, and half a second: loaded only where it is used
        self._detector = library.get_frontal_face_detector()
        self._landmarks = library.shape_predictor(str(folder / _LANDMARKS))
        self._network = library.face_recognition_model_v1(str(folder / _NETWORK))

    def detect(self, image: Image, *, quick: bool = False) -> list[Box]:
        scale = min(1.0, _QUICK_WIDTH / image.shape[1]) if quick else 1.0
        found = self._detector(_grey(image, scale))
        return [_box(face, scale) for face in found]

    def embed(self, image: Image, box: Box) -> Embedding:
        rgb = np.ascontiguousarray(image[:, :, ::-1])
        face = self._library.rectangle(box.left, box.top, box.right, box.bottom)
        return np.array(self._network.compute_face_descriptor(rgb, self._landmarks(rgb, face)))


def distance(one: Embedding, other: Embedding) -> float:
    return float(np.linalg.norm(one - other))


def installed_models() -> Path:
    """Where the model files are, found without importing the package. Raise ``EngineUnavailable``."""
    spec = find_spec(_MODELS)
    if spec is None or spec.origin is None:
        raise EngineUnavailable(f"{_MODELS} is not installed")
    return Path(spec.origin).parent / "models"


def _grey(image: Image, scale: float) -> Image:
    # The detector works on brightness alone; a third of the pixels to copy.
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    if scale == 1.0:
        return cast("Image", grey)
    return cast("Image", cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))


def _box(face: Any, scale: float) -> Box:
    sides = (face.left(), face.top(), face.right() + 1, face.bottom() + 1)
    return Box(*(round(side / scale) for side in sides))
