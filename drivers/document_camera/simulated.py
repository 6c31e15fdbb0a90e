"""A simulated document camera: a motion-JPEG stream of synthetic pages that are laid under it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import cv2
import numpy as np

from drivers.document_camera.specimens import HEIGHT, SHEETS, WIDTH, Laid, photo
from drivers.video.picture import Image
from drivers.video.server import SimulatedVideo

STREAM: Final = "/stream"
_RATE: Final = 6
_NOISY_CORNER: Final = 64
"""Pixels: noise here is enough to tell that the sensor lives, and costs nothing."""
_JPEG: Final = (cv2.IMWRITE_JPEG_QUALITY, 88)
_HEALED: Final = Laid(turn=3.0)
_BLURRED: Final = 4.0
_DARK: Final = 0.22
_SHADE: Final = 0.75
_GLARE: Final = 14.0
_SLANT: Final = 15.0
_CUT_OFF: Final = (0.3, 0.1)


class SimulatedDocumentCamera(SimulatedVideo):
    """Shows the sheets of :data:`drivers.document_camera.specimens.SHEETS`, none at first. ``port`` 0 takes a free one
    at ``start`` and keeps it over unplugging."""

    kind = "document_camera"
    model = "Simulated document camera"
    rate = _RATE

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        super().__init__({STREAM: self.jpeg}, host, port)
        self._sheet = ""
        self._laid = _HEALED
        self._fault = ""
        self._composed: tuple[str, Laid, Image] | None = None
        self._number = 0

    # --- the device ---------------------------------------------------------------------------------------------

    def state(self) -> Mapping[str, str]:
        return {
            "page": self._sheet or "none",
            "lies": f"turned {self._laid.turn:g}°" if self._sheet else "",
            "picture": self.misbehaviour or self._fault or "live",
            "cable": self.cable,
        }

    # --- the verbs ----------------------------------------------------------------------------------------------

    def simulate_put(self, sheet: str = "") -> None:
        """Lay a page under the camera: ``text``, ``form``, ``a5``, ``card`` or ``blank``."""
        sheet = sheet or "text"
        if sheet not in SHEETS:
            raise ValueError(f"there is no page {sheet!r}: {', '.join(SHEETS)}")
        self._sheet = sheet

    def simulate_take(self, _: str = "") -> None:
        self._sheet = ""

    def simulate_tilt(self, degrees: str = "") -> None:
        """The page lies turned, by 15 or so many degrees."""
        self._laid = replace(self._laid, turn=_degrees(degrees) if degrees else _SLANT)

    def simulate_lean(self, degrees: str = "") -> None:
        """The camera leans, by 15 or so many degrees, so that the page's far edge looks shorter."""
        self._laid = replace(self._laid, tilt=_degrees(degrees) if degrees else _SLANT)

    def simulate_blur(self, _: str = "") -> None:
        self._laid = replace(self._laid, blur=_BLURRED)

    def simulate_glare(self, _: str = "") -> None:
        """A lamp is reflected by the page."""
        self._laid = replace(self._laid, glare=_GLARE)

    def simulate_dark(self, _: str = "") -> None:
        self._laid = replace(self._laid, light=_DARK)

    def simulate_shade(self, _: str = "") -> None:
        """Somebody's shadow falls on one side."""
        self._laid = replace(self._laid, shade=_SHADE)

    def simulate_cut_off(self, _: str = "") -> None:
        """The page lies partly outside the picture."""
        self._laid = replace(self._laid, shift=_CUT_OFF)

    def simulate_hand(self, _: str = "") -> None:
        """Fingers hold the page."""
        self._laid = replace(self._laid, hand=True)

    def simulate_clutter(self, _: str = "") -> None:
        """A wooden table with things on it instead of the mat."""
        self._laid = replace(self._laid, clutter=True)

    def simulate_freeze(self, _: str = "") -> None:
        """The same picture again and again, as a hung sensor delivers it."""
        self._fault = "frozen"

    def simulate_black(self, _: str = "") -> None:
        self._fault = "black"

    def simulate_heal(self, _: str = "") -> None:
        """All faults gone; a page that lies there lies well."""
        self._fault = ""
        self._laid = _HEALED
        super().simulate_heal()

    # --- the picture --------------------------------------------------------------------------------------------

    def jpeg(self) -> bytes:
        """The next frame as a JPEG file."""
        scene = self._scene()
        if self._fault != "frozen":
            self._number += 1
        image = np.zeros((HEIGHT, WIDTH, 3), np.uint8) if self._fault == "black" else self._live(scene)
        _, data = cv2.imencode(".jpg", image, _JPEG)
        return data.tobytes()

    def _scene(self) -> Image:
        """As the page lies now: it may be moved while a viewer's thread composes the picture."""
        sheet, laid, composed = self._sheet, self._laid, self._composed
        if composed is None or composed[:2] != (sheet, laid):
            composed = sheet, laid, photo(sheet, laid)[0]
            self._composed = composed
        return composed[2]

    def _live(self, scene: Image) -> Image:
        """No sensor delivers the same picture twice."""
        live = scene.copy()
        noise = np.random.default_rng(self._number).integers(0, 12, (_NOISY_CORNER, _NOISY_CORNER, 1), np.uint8)
        corner = live[-_NOISY_CORNER:, -_NOISY_CORNER:]
        corner[:] = cv2.add(corner, np.repeat(noise, 3, axis=2))
        return live


def _degrees(text: str) -> float:
    try:
        degrees = float(text)
    except ValueError:
        degrees = 999.0
    if not -360 <= degrees <= 360:
        raise ValueError(f"{text!r} is no number of degrees")
    return degrees
