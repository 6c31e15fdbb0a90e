"""A document camera through OpenCV or HTTP."""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Final

import numpy as np

from drivers.contract import Cancel, Media
from drivers.document_camera.contract import (
    DocumentCameraStatus,
    NoPage,
    Page,
    PageWarning,
    Paper,
    TooDark,
)
from drivers.document_camera.outline import find
from drivers.document_camera.page import Thresholds, assess
from drivers.errors import Cancelled, DeadlineExceeded, DriverError
from drivers.monitor import Watch
from drivers.video.capture import Limits
from drivers.video.picture import BLACK_BELOW, Frame, brightness
from drivers.video.reader import Video
from drivers.video.source import Wishes
from drivers.video.status import NothingSeen, StandsStill, VideoCapabilities, capabilities_of, judged

KIND: Final = "document_camera"
_SLICE: Final = 0.1
"""Seconds until a cancel is noticed."""
_STILL: Final = 0.004
"""Of the picture's width: a page whose corners move less from picture to picture lies still."""


@dataclass(frozen=True)
class Timings:
    """Seconds."""

    linger: float = 60.0
    """So long after a scan the camera stays on: another try mostly follows, and the page is to be taken away."""
    left: float = 20.0
    """A page that lies there for so long after a scan was forgotten."""


def _nobody(warning: PageWarning | None) -> None:
    del warning


class OpenCvDocumentCamera:
    """Implements :class:`drivers.document_camera.contract.DocumentCamera`. ``source`` is as in
    :class:`drivers.video.reader.Video`; ``paper`` ``None``: A4, A5 or a card, as it looks.

    For one thread at a time. Pictures stay in memory.
    """

    def __init__(
        self,
        source: str,
        wishes: Wishes | None = None,
        *,
        paper: Paper | None = None,
        dpi: int = 150,
        thresholds: Thresholds | None = None,
        timings: Timings | None = None,
        limits: Limits | None = None,
        watch: Watch | None = None,
    ) -> None:
        wishes = wishes or Wishes(width=1600, height=1200, exact=False)
        self._video = Video(source, wishes, limits=limits, watch=watch)
        self._paper = paper
        self._dpi = dpi
        self._thresholds = thresholds or Thresholds()
        self._timings = timings or Timings()
        self._scanned: float | None = None
        self._seen: tuple[int, Media] = (0, Media.UNKNOWN)

    def scan(self, *, timeout: float, cancel: Cancel, tell: Callable[[PageWarning | None], None] = _nobody) -> Page:
        deadline = monotonic() + timeout
        attempt = _Attempt(tell)
        try:
            while (left := deadline - monotonic()) > 0:
                if cancel.is_set():
                    raise Cancelled
                try:
                    frame = self._video.read(min(_SLICE, left))
                except DeadlineExceeded as error:
                    attempt.missed(error)
                    continue
                if attempt.accepts(frame) and (page := attempt.judge(frame, self._assess(frame))):
                    return page
            return attempt.best_page()
        finally:
            self._scanned = monotonic()

    def status(self) -> DocumentCameraStatus:
        """The page is looked for only while the camera is on; this also turns it off when nobody scans any more."""
        if self._scanned is not None and monotonic() - self._scanned > self._timings.linger:
            self.close()
        health = self._video.health()
        status = judged(KIND, health)
        page = self._page_there() if status.works else Media.UNKNOWN
        return DocumentCameraStatus(status.state, status.fault, status.who, status.detail, health.picture, page)

    def capabilities(self) -> VideoCapabilities:
        return capabilities_of(self._video)

    def close(self) -> None:
        self._scanned = None
        self._video.close()

    def _assess(self, frame: Frame) -> Page | PageWarning:
        return assess(frame.image, self._thresholds, self._paper, self._dpi)

    def _page_there(self) -> Media:
        frame = self._video.newest
        if frame is None:
            return Media.UNKNOWN
        number, page = self._seen
        if number != frame.number:
            page = Media.PRESENT if find(frame.image) else Media.ABSENT
            self._seen = frame.number, page
        forgotten = self._scanned is not None and monotonic() - self._scanned > self._timings.left
        return Media.LEFT if forgotten and page is Media.PRESENT else page


class _Attempt:
    """The pictures of one scan: waits for a good page that lies still, and keeps the best until then."""

    def __init__(self, tell: Callable[[PageWarning | None], None]) -> None:
        self.problem: DriverError = DeadlineExceeded("no picture from the camera")
        self._tell = tell
        self._told: PageWarning | str | None = ""
        self._last: Frame | None = None
        self._page: Page | None = None
        self._best: Page | None = None

    def missed(self, error: DeadlineExceeded) -> None:
        """No picture came for a moment: what was wrong with the last one says more."""
        self.problem = self.problem if self._last else error

    def accepts(self, frame: Frame) -> bool:
        """Not the first one, a black one, or one that came before: a camera that hangs may show the page of
        somebody who is gone."""
        last, self._last = self._last, frame
        if brightness(frame.image) < BLACK_BELOW:
            self.problem = NothingSeen()
        elif last is None:
            self.problem = DeadlineExceeded("only one picture from the camera")
        elif np.array_equal(last.image, frame.image):
            self.problem, self._best = StandsStill(), None
        else:
            return True
        return False

    def judge(self, frame: Frame, found: Page | PageWarning) -> Page | None:
        """The page, if it is good and lies still."""
        if isinstance(found, PageWarning):
            self.problem = TooDark() if found is PageWarning.TOO_DARK else NoPage()
            self._page = None
            self._tell_once(found)
            return None
        last, self._page = self._page, found
        self._tell_once(found.warnings[0] if found.warnings else None)
        if self._best is None or len(found.warnings) <= len(self._best.warnings):
            self._best = found
        return found if found.good and last and _still(last, found, frame) else None

    def best_page(self) -> Page:
        """Raises what was wrong with the last picture if no page was seen."""
        if self._best is None:
            raise self.problem
        return self._best

    def _tell_once(self, warning: PageWarning | None) -> None:
        if warning != self._told:
            self._told = warning
            self._tell(warning)


def _still(last: Page, now: Page, frame: Frame) -> bool:
    moved = np.abs(np.array(last.corners) - np.array(now.corners)).max()
    return bool(moved < _STILL * frame.image.shape[1])
