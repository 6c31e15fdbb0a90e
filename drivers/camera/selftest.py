"""What a technician would try at a camera."""

from collections.abc import Iterator
from typing import Final

from drivers.camera.capture import capture
from drivers.camera.contract import Frame, Picture
from drivers.camera.device import OpenCvCamera
from drivers.contract import Cancel
from drivers.errors import DriverError, Who
from drivers.selftest import Check, failed, status_only
from drivers.video.selftest import MEASURED, picture_checks, settings_check

_TIMEOUT: Final = 6.0
_NEXT: Final = 2.0


def selftest(camera: OpenCvCamera, cancel: Cancel) -> Iterator[Check]:
    """The camera is on meanwhile, and off afterwards. No picture is kept."""
    try:
        yield from _checks(camera, cancel)
    except DriverError as error:
        yield failed("takes a picture", error)
    finally:
        camera.close()


def _checks(camera: OpenCvCamera, cancel: Cancel) -> Iterator[Check]:
    good = capture(camera, timeout=_TIMEOUT, cancel=cancel)
    yield Check("takes a picture", ok=True, evidence=f"{good.image.shape[1]}x{good.image.shape[0]}")
    frames = [good]
    while len(frames) < MEASURED and not cancel.is_set():
        frames.append(camera.read(timeout=_NEXT))
    yield from picture_checks(frames)
    told = camera.capabilities()
    yield settings_check(told.resolution, told.unmet)
    yield from _infrared(camera, frames)
    yield from status_only(camera, cancel)


def _infrared(camera: OpenCvCamera, frames: list[Frame]) -> Iterator[Check]:
    picture = camera.status().infrared
    if picture is Picture.NOT_FITTED:
        return
    paired = sum(frame.infrared is not None for frame in frames)
    ok = picture is Picture.OK and 2 * paired >= len(frames)
    yield Check("infrared beside it", ok, f"{picture}, {paired} of {len(frames)} in step", Who.TECHNICIAN)
