"""A camera, with an infrared one beside it or without, through OpenCV or HTTP."""

from time import monotonic
from typing import Final

from drivers.camera.contract import CameraStatus, Frame, InfraredBlack, InfraredFrozen, InfraredLost
from drivers.contract import DeviceStatus, State
from drivers.errors import DriverError
from drivers.monitor import Unwatched, Watch
from drivers.video.capture import Limits
from drivers.video.picture import Image, Picture
from drivers.video.reader import Health, Video
from drivers.video.source import Wishes
from drivers.video.status import VideoCapabilities, capabilities_of, judged

PAIR_WITHIN: Final = 0.1
"""Seconds between the two pictures of a pair; a face moves less than its own features meanwhile."""

KIND: Final = "camera"
_INFRARED_FAULTS: Final[dict[Picture, type[DriverError]]] = {
    Picture.NONE: InfraredLost,
    Picture.FROZEN: InfraredFrozen,
    Picture.BLACK: InfraredBlack,
}


class OpenCvCamera:
    """Implements :class:`drivers.camera.contract.Camera`. ``source`` and ``infrared`` are as in
    :class:`drivers.video.reader.Video`; an empty ``infrared`` is none.

    The first ``read`` turns the camera on, ``close`` turns it off. Any thread may call.
    """

    def __init__(
        self,
        source: str,
        wishes: Wishes | None = None,
        *,
        infrared: str = "",
        limits: Limits | None = None,
        watch: Watch | None = None,
    ) -> None:
        watch = watch or Unwatched()
        self._video = Video(source, wishes, limits=limits, watch=watch)
        self._infrared = Video(infrared, wishes, limits=limits, watch=watch) if infrared else None

    def read(self, *, timeout: float) -> Frame:
        """The next frame that the camera takes after the call. Raises ``NotConnected``, ``ConnectionLost``,
        ``DeadlineExceeded``, ``ProtocolError``, ``Refused``. A missing infrared picture is no error: ``status`` tells.
        """
        deadline = monotonic() + timeout
        if self._infrared:
            self._infrared.start()
        frame = self._video.read(timeout)
        infrared = self._paired(frame.captured, deadline)
        return Frame(frame.image, frame.number, frame.captured, infrared)

    def status(self) -> CameraStatus:
        """While nobody reads, only whether the camera is there: the camera (and its lamp) stays off."""
        health = self._video.health()
        beside = self._infrared.health() if self._infrared else Health(Picture.NOT_FITTED)
        status = judged(KIND, health)
        if status.state is State.ONLINE and not beside.starting and beside.picture in _INFRARED_FAULTS:
            fault = _INFRARED_FAULTS[beside.picture]
            detail = beside.error.detail if beside.error else ""
            status = DeviceStatus(State.DEGRADED, f"{KIND}.{fault.code}", fault.who, detail)
        return CameraStatus(status.state, status.fault, status.who, status.detail, health.picture, beside.picture)

    def capabilities(self) -> VideoCapabilities:
        return capabilities_of(self._video)

    def close(self) -> None:
        for channel in (self._video, self._infrared):
            if channel:
                channel.close()

    def _paired(self, moment: float, deadline: float) -> Image | None:
        """Cameras side by side are not in step: the partner may come a moment later."""
        if not self._infrared or self._infrared.health().picture is not Picture.OK:
            return None
        frame = self._infrared.newest
        if frame is None or moment - frame.captured > PAIR_WITHIN:
            try:
                frame = self._infrared.read(min(PAIR_WITHIN, max(0.0, deadline - monotonic())))
            except DriverError:
                return None
        return frame.image if abs(frame.captured - moment) <= PAIR_WITHIN else None
