"""The camera drivers there are."""
# ruff: noqa: PLC0415 - a process loads only what it uses

from collections.abc import Iterable
from typing import Any, Final

from pydantic import Field

from drivers.camera.contract import Camera
from drivers.contract import Cancel
from drivers.discovery import Attachment, Finding, Probe
from drivers.monitor import NothingPersonal, Watch
from drivers.registry import Driver
from drivers.selftest import Check
from drivers.simulation.contract import Place, SimulatedDevice
from drivers.video.options import VideoOptions


class CameraOptions(VideoOptions):
    infrared_port: str = Field(default="", description="the infrared camera beside it, named like port; empty: none")


def _open(options: CameraOptions, watch: Watch) -> Camera:
    from drivers.camera.device import OpenCvCamera

    wishes = options.wishes(exact=True)
    return OpenCvCamera(options.port, wishes, infrared=options.infrared_port, watch=watch)


def _ask(attachment: Attachment, timeout: float) -> Finding | None:
    from drivers.video.probe import see
    from drivers.video.source import Wishes

    seen = see(attachment, timeout, Wishes(exact=False))
    if seen is None or seen.looks_down:
        return None
    return Finding(seen.port, f"took a picture of {seen.size[0]}x{seen.size[1]}", model=seen.model)


def _selftest(camera: Any, cancel: Cancel) -> Iterable[Check]:
    from drivers.camera.selftest import selftest

    return selftest(camera, cancel)


def _simulated(place: Place) -> SimulatedDevice:
    from drivers.camera.simulated import SimulatedCamera

    return SimulatedCamera(place.pictures)


OPENCV: Final = Driver(
    kind="camera",
    name="opencv",
    options=CameraOptions,
    open=_open,
    # The driver writes its trace itself: what happened, never a picture.
    redactor=NothingPersonal,
    probe=Probe(frozenset({"video", "tcp"}), _ask, rank=9),
    selftest=_selftest,
    simulated=_simulated,
)
