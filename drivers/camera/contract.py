"""The camera as the vision process sees it."""

from dataclasses import dataclass, field
from typing import Protocol

from drivers.contract import Capabilities, DeviceStatus
from drivers.errors import DriverError, NeedsStaff
from drivers.video import picture as video
from drivers.video.picture import Image, Picture

__all__ = [
    "Camera",
    "CameraStatus",
    "Frame",
    "Image",
    "InfraredBlack",
    "InfraredFrozen",
    "InfraredLost",
    "Picture",
]


@dataclass(frozen=True, eq=False)
class Frame(video.Frame):
    """``infrared`` is what the infrared sensor saw at the same moment (a tenth of a second at most between them),
    ``None`` if there is no such sensor or it delivers nothing good. Its three channels are equal."""

    infrared: Image | None = field(default=None, repr=False)


@dataclass(frozen=True)
class CameraStatus(DeviceStatus):
    """A fault of either channel degrades the camera: whoever fitted infrared wants no face compared without it."""

    picture: Picture = Picture.IDLE
    infrared: Picture = Picture.NOT_FITTED


class InfraredLost(DriverError):
    """The infrared camera beside the other one delivers nothing: check its cable and setting."""

    code = "infrared_lost"


class InfraredBlack(NeedsStaff):
    """The infrared camera sees nothing: it is covered, or its lamp is off."""

    code = "infrared_black"


class InfraredFrozen(NeedsStaff):
    """The infrared camera delivers the same picture again and again."""

    code = "infrared_frozen"


class Camera(Protocol):
    def status(self) -> DeviceStatus: ...

    def capabilities(self) -> Capabilities: ...

    def read(self, *, timeout: float) -> Frame:
        """Return a fresh frame, never one that waited in a buffer for long. Raises ``DriverError``."""
        ...

    def close(self) -> None: ...
