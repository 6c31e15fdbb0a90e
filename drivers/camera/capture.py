"""One good picture, from any camera."""

from collections.abc import Callable
from time import monotonic
from typing import Final

import numpy as np

from drivers.camera.contract import Camera, Frame, InfraredBlack, InfraredFrozen, InfraredLost, Picture
from drivers.contract import Cancel
from drivers.errors import Cancelled, DeadlineExceeded, DriverError
from drivers.video.picture import BLACK_BELOW, brightness
from drivers.video.status import NothingSeen, StandsStill

_SLICE: Final = 0.1
"""Seconds until a cancel is noticed."""
_SETTLED: Final = 4.0
"""So much the brightness, of 255, may differ from the picture before: a camera needs some to find its exposure."""

_MISSING: Final[dict[str, Callable[[], DriverError | None]]] = {
    Picture.NOT_FITTED: lambda: None,
    Picture.BLACK: InfraredBlack,
    Picture.FROZEN: InfraredFrozen,
}
"""Why there is no infrared picture."""


def capture(camera: Camera, *, timeout: float, cancel: Cancel) -> Frame:
    """The first frame that shows something, is no repetition and has its exposure settled; where an infrared camera is
    fitted, with a good infrared picture.

    Raises ``NothingSeen``, ``StandsStill``, ``InfraredLost``, ``InfraredBlack``, ``InfraredFrozen``, ``Cancelled`` and
    what ``camera.read`` raises.
    """
    deadline = monotonic() + timeout
    last: Frame | None = None
    problem: DriverError | None = DeadlineExceeded("no picture from the camera")
    while problem and (left := deadline - monotonic()) > 0:
        if cancel.is_set():
            raise Cancelled
        try:
            frame = camera.read(timeout=min(_SLICE, left))
        except DeadlineExceeded as error:
            problem = problem if last else error
            continue
        problem = _problem(last, frame) or _infrared_problem(last, frame, camera)
        last = frame
    if problem or not last:
        raise problem or DeadlineExceeded("no time")
    return last


def _problem(last: Frame | None, frame: Frame) -> DriverError | None:
    if brightness(frame.image) < BLACK_BELOW:
        return NothingSeen()
    if last is None:
        return DeadlineExceeded("only one picture from the camera")
    if np.array_equal(last.image, frame.image):
        return StandsStill()
    if abs(brightness(frame.image) - brightness(last.image)) > _SETTLED:
        return DeadlineExceeded("the brightness does not settle")
    return None


def _infrared_problem(last: Frame | None, frame: Frame, camera: Camera) -> DriverError | None:
    if frame.infrared is None:
        return _MISSING.get(camera.status().substates().get("infrared", Picture.NOT_FITTED), InfraredLost)()
    if brightness(frame.infrared) < BLACK_BELOW:
        return InfraredBlack()
    repeats = last and last.infrared is not None and np.array_equal(last.infrared, frame.infrared)
    return InfraredFrozen() if repeats else None
