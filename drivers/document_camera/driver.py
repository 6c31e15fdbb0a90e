"""The document camera drivers there are."""
# ruff: noqa: PLC0415 - a process loads only what it uses

from collections.abc import Iterable
from typing import Any, Final, Literal

from pydantic import Field

from drivers.contract import Cancel
from drivers.discovery import Attachment, Finding, Probe
from drivers.document_camera.contract import DocumentCamera, Paper
from drivers.monitor import NothingPersonal, Watch
from drivers.registry import Driver
from drivers.selftest import Check
from drivers.simulation.contract import Place, SimulatedDevice
from drivers.video.options import VideoOptions

_WIDE: Final = 1280
"""Pixels; with less, an A4 page cannot be read."""


class DocumentCameraOptions(VideoOptions):
    port: str = Field(default="1", description=VideoOptions.model_fields["port"].description)
    width: int = Field(default=1600, ge=640, le=8192, description="width of the picture in pixels, before turning")
    height: int = Field(default=1200, ge=480, le=8192, description="height of the picture in pixels, before turning")
    paper: Literal["auto", "a4", "a5", "id1"] = Field(
        default="auto", description="what is scanned: a4, a5, id1 (a card), or auto, by shape and size"
    )
    dpi: int = Field(default=150, ge=72, le=600, description="pixels an inch of the scanned page")
    blur: float = Field(default=0.21, gt=0, le=5, description="millimetres of blur from which a page counts as blurred")
    glare: float = Field(default=0.003, gt=0, le=1, description="share of the page that may be washed out by a lamp")
    dark: float = Field(default=75, ge=0, le=255, description="brightness of the paper, of 255, below which it is dark")
    uneven: float = Field(
        default=0.55, ge=0, le=1, description="least brightness of the darkest part of the page against the brightest"
    )


def _open(options: DocumentCameraOptions, watch: Watch) -> DocumentCamera:
    from drivers.document_camera.device import OpenCvDocumentCamera
    from drivers.document_camera.page import Thresholds

    return OpenCvDocumentCamera(
        options.port,
        options.wishes(exact=False),
        paper=None if options.paper == "auto" else Paper(options.paper),
        dpi=options.dpi,
        thresholds=Thresholds(options.blur, options.glare, options.dark, options.uneven),
        watch=watch,
    )


def _ask(attachment: Attachment, timeout: float) -> Finding | None:
    """A camera that says what it is, or one whose pictures are large enough: only an eye can tell where it looks."""
    from drivers.video.probe import see
    from drivers.video.source import Wishes

    seen = see(attachment, timeout, Wishes(width=1600, height=1200, exact=False))
    if seen is None or not (seen.looks_down or max(seen.size) >= _WIDE):
        return None
    size = f"{seen.size[0]}x{seen.size[1]}"
    return Finding(seen.port, f"took a picture of {size}", model=seen.model, sure=seen.looks_down)


def _selftest(camera: Any, cancel: Cancel) -> Iterable[Check]:
    from drivers.document_camera.selftest import selftest

    return selftest(camera, cancel)


def _simulated(place: Place) -> SimulatedDevice:
    del place
    from drivers.document_camera.simulated import SimulatedDocumentCamera

    return SimulatedDocumentCamera()


OPENCV: Final = Driver(
    kind="document_camera",
    name="opencv",
    options=DocumentCameraOptions,
    open=_open,
    # The driver writes its trace itself: what happened, never a picture.
    redactor=NothingPersonal,
    probe=Probe(frozenset({"video", "tcp"}), _ask, rank=9),
    selftest=_selftest,
    simulated=_simulated,
)
