"""Which one thing to ask of the person before the camera. Pure."""

from dataclasses import dataclass
from typing import Final

from kiosk.bus.messages import GuidanceCode
from kiosk.vision.engine import Box

TOO_DARK_BELOW: Final = 45.0
"""Mean brightness, of 255."""
TOO_FAR_BELOW: Final = 0.27
TOO_NEAR_ABOVE: Final = 0.75
"""Height of the face (eyebrows to chin), of the height of the frame."""
OFF_CENTRE_ABOVE: Final = 0.22
"""Distance of the face's middle from the frame's, of the frame's size, in either direction."""


@dataclass(frozen=True)
class FrameFacts:
    """``brightness`` is the mean of the face, or of the whole frame when there is not exactly one."""

    width: int
    height: int
    brightness: float


def guide(faces: list[Box], frame: FrameFacts) -> GuidanceCode:
    """``hold_still`` means: this frame can be compared. Light comes first when nobody is seen: it may be the cause."""
    if len(faces) > 1:
        return "several_faces"
    if not faces:
        return "too_dark" if frame.brightness < TOO_DARK_BELOW else "no_face"
    return _guide_one(faces[0], frame)


def _guide_one(face: Box, frame: FrameFacts) -> GuidanceCode:
    size = face.height / frame.height
    if size < TOO_FAR_BELOW:
        return "too_far"
    if size > TOO_NEAR_ABOVE:
        return "too_near"
    if _off_centre(face, frame) > OFF_CENTRE_ABOVE:
        return "off_centre"
    return "too_dark" if frame.brightness < TOO_DARK_BELOW else "hold_still"


def _off_centre(face: Box, frame: FrameFacts) -> float:
    x, y = face.centre
    return max(abs(x / frame.width - 0.5), abs(y / frame.height - 0.5))
