"""The document camera as the terminal sees it: a camera that looks down at the page laid under it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from drivers.contract import Cancel, Capabilities, DeviceStatus, Media
from drivers.errors import NeedsCitizen, NeedsStaff
from drivers.video.picture import Image, Picture

Point = tuple[float, float]
"""x, y in pixels of the camera's picture."""

Corners = tuple[Point, Point, Point, Point]
"""Top left, top right, bottom right, bottom left as they lie in the camera's picture."""


class Paper(StrEnum):
    A4 = "a4"
    A5 = "a5"
    ID1 = "id1"
    """An identity or bank card (ISO/IEC 7810)."""


class PageWarning(StrEnum):
    """What is wrong with a page, most urgent first: one instruction for the citizen each."""

    TOO_DARK = "too_dark"
    NO_PAGE = "no_page"
    CUT_OFF = "cut_off"
    COVERED = "covered"
    BLURRED = "blurred"
    GLARE = "glare"
    UNEVEN = "uneven"


@dataclass(frozen=True)
class Measures:
    """What the warnings were judged from."""

    brightness: float = 0.0
    """Of the blank paper, 0 to 255."""
    blur: float = 0.0
    """Sigma in millimetres on the page; at least so much above 0.4."""
    glare: float = 0.0
    """Share of the page that is washed out."""
    evenness: float = 0.0
    """The darkest part of the blank paper against the brightest."""


@dataclass(frozen=True, eq=False)
class Page:
    """A page, cut out and straightened. ``image`` is personal, and stays in memory.

    ``upright``: its lines of text tell which side is up; without, it is turned as it lies.
    """

    image: Image = field(repr=False)
    warnings: tuple[PageWarning, ...]
    corners: Corners = field(repr=False)
    paper: Paper
    dpi: int
    upright: bool = False
    measures: Measures = Measures()

    @property
    def good(self) -> bool:
        return not self.warnings


@dataclass(frozen=True)
class DocumentCameraStatus(DeviceStatus):
    """``page`` is known only while the camera is on, that is, for a while after a scan."""

    picture: Picture = Picture.IDLE
    page: Media = Media.UNKNOWN


class NoPage(NeedsCitizen):
    """No page lies under the camera, or its edges are not to be seen."""

    code = "no_page"


class TooDark(NeedsStaff):
    """It is too dark under the camera: switch its light on."""

    code = "too_dark"


class DocumentCamera(Protocol):
    def status(self) -> DocumentCameraStatus: ...

    def capabilities(self) -> Capabilities: ...

    def scan(self, *, timeout: float, cancel: Cancel, tell: Callable[[PageWarning | None], None] = ...) -> Page:
        """Wait up to ``timeout`` seconds for a page that lies still and has no warnings; else return the best one
        seen, with its warnings. ``tell`` hears of the most urgent one whenever it changes.

        Raises ``NoPage``, ``TooDark``, ``Cancelled`` and the other ``DriverError`` kinds.
        """
        ...

    def close(self) -> None:
        """Turn the camera off and forget its picture."""
        ...
