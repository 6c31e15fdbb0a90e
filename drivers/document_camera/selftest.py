"""What a technician would try at a document camera, best with a printed page under it."""

from collections.abc import Iterator
from typing import Final

from drivers.contract import Cancel
from drivers.document_camera.contract import NoPage, Page, PageWarning
from drivers.document_camera.device import OpenCvDocumentCamera
from drivers.errors import DriverError, Who
from drivers.selftest import Check, failed, status_only
from drivers.video.selftest import settings_check

_TIMEOUT: Final = 6.0
_ACT: Final = {PageWarning.TOO_DARK: Who.STAFF, PageWarning.UNEVEN: Who.STAFF, PageWarning.BLURRED: Who.TECHNICIAN}
"""For the other warnings whoever laid the page."""


def selftest(camera: OpenCvDocumentCamera, cancel: Cancel) -> Iterator[Check]:
    """The camera is off afterwards. No picture is kept."""
    try:
        yield from _scan(camera, cancel)
        told = camera.capabilities()
        yield Check("pictures come", told.frame_rate > 1, f"{told.frame_rate:g} a second", Who.TECHNICIAN)
        yield settings_check(told.resolution, told.unmet)
        yield from status_only(camera, cancel)
    finally:
        camera.close()


def _scan(camera: OpenCvDocumentCamera, cancel: Cancel) -> Iterator[Check]:
    try:
        page = camera.scan(timeout=_TIMEOUT, cancel=cancel)
    except NoPage:
        yield Check("scans a page", ok=True, evidence="not tried: no page lies under it")
    except DriverError as error:
        yield failed("takes a picture", error)
    else:
        yield from _judged(page)


def _judged(page: Page) -> Iterator[Check]:
    words = ", ".join(page.warnings) or f"{page.paper}, {page.dpi} dpi"
    who = _ACT.get(page.warnings[0], Who.CITIZEN) if page.warnings else Who.NOBODY
    yield Check("scans a page", page.good, words, who)
    seen = page.measures
    light = f"paper {seen.brightness:.0f} of 255, darkest part {seen.evenness:.0%} of the brightest"
    yield Check("light", page.good or not {*page.warnings} & _LIGHT, light, Who.STAFF)
    yield Check("focus", PageWarning.BLURRED not in page.warnings, f"blur {seen.blur:.2f} mm", Who.TECHNICIAN)


_LIGHT: Final = {PageWarning.TOO_DARK, PageWarning.GLARE, PageWarning.UNEVEN}
