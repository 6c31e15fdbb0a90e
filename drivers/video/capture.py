"""One open source of pictures: V4L2, a file or RTSP through OpenCV, motion JPEG over HTTP by ourselves.

OpenCV reads motion JPEG, too, but cannot be interrupted, takes seconds to begin, and does not tell a busy camera from
a printer's home page.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Final, Protocol, cast

# OpenCV reads these at its first use only: FFmpeg inside it writes to stderr by itself, and its V4L2 part waits
# 10 seconds for a device that has stopped.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "2")

import cv2
from cv2.utils import logging

from drivers.errors import ConnectionLost, DeadlineExceeded, NotConnected, ProtocolError
from drivers.monitor import Incident, Watch
from drivers.video.picture import Image
from drivers.video.shape import fit, turned
from drivers.video.source import HTTP, Told, Wishes, is_device, is_file, look, model
from drivers.video.stream import MULTIPART, PictureStream, decode

logging.setLogLevel(logging.LOG_LEVEL_SILENT)  # OpenCV writes to stderr, too; what matters is raised or is the status

_FILE_RATE: Final = 15.0
_BROKEN_AT_MOST: Final = 20
"""So many broken pictures in a row are no bad cable any more."""
_PLAIN_PIXELS: Final = 640 * 480
_AUTO, _MANUAL = 3, 1
"""Of V4L2_CID_EXPOSURE_AUTO: aperture priority, and manual."""


@dataclass(frozen=True)
class Limits:
    """Seconds."""

    open: float = 3.0
    read: float = 2.0
    """Without a whole picture; then the camera counts as lost."""
    look: float = 0.5
    """For a look at a camera that nobody uses."""


class EndOfVideo(ConnectionLost):
    """The video file is at its end."""


class Capture(Protocol):
    """For one thread, but for ``interrupt``."""

    def open(self) -> None:
        """Raises ``DriverError``."""
        ...

    def read(self, wait: Callable[[float], object]) -> Image:
        """The next picture; ``wait`` sleeps the pause between two pictures of a file. Raises ``DriverError``."""
        ...

    def told(self) -> Told: ...

    def interrupt(self) -> None:
        """End a read that waits, where that can be done; from any thread."""
        ...

    def close(self) -> None: ...


def capture_of(source: str, wishes: Wishes, limits: Limits, watch: Watch) -> Capture:
    """Does no I/O."""
    scheme = source.partition("://")[0]
    return HttpCapture(source, wishes, limits, watch) if scheme in HTTP else OpenCvCapture(source, wishes, limits)


def shaped(image: Image, wishes: Wishes) -> Image:
    image = turned(image, wishes.rotate, mirror=wishes.mirror)
    return fit(image, wishes.size) if wishes.exact else image


class OpenCvCapture:
    """``cv2.VideoCapture`` with bounded waits, and a video file at its own speed."""

    def __init__(self, source: str, wishes: Wishes, limits: Limits) -> None:
        self._source = source
        self._wishes = wishes
        self._limits = limits
        self._is_file = is_file(source)
        self._video = cv2.VideoCapture()
        self._pause = 0.0
        self._told = Told()

    def open(self) -> None:
        opened = self._open_device() if is_device(self._source) else self._open_ffmpeg()
        if not opened:
            look(self._source, self._limits.look)
            raise NotConnected("it is there, but gives no pictures: no camera, or another program holds it")
        if self._is_file:
            self._pause = 1 / (self._video.get(cv2.CAP_PROP_FPS) or _FILE_RATE)
        self._told = self._ask()

    def read(self, wait: Callable[[float], object]) -> Image:
        wait(self._pause)
        taken, image = self._video.read()
        if not taken and self._is_file and self._wishes.loop:
            self._video.set(cv2.CAP_PROP_POS_FRAMES, 0)
            taken, image = self._video.read()
        if not taken:
            raise EndOfVideo if self._is_file else ConnectionLost("no more pictures")
        return shaped(cast("Image", image), self._wishes)

    def told(self) -> Told:
        return self._told

    def interrupt(self) -> None:
        """Not possible; OpenCV returns at the limits set when it was opened."""

    def close(self) -> None:
        self._video.release()

    def _open_device(self) -> bool:
        source = int(self._source) if self._source.isdigit() else self._source
        if not self._video.open(source, cv2.CAP_V4L2):
            return False
        # Wishes, set after opening: as parameters of open they would make a camera fail that has other sizes only.
        for _, wish, value in self._settings():
            self._video.set(wish, value)
        return True

    def _open_ffmpeg(self) -> bool:
        # The backend's own limits are 30 seconds each, and it offers no way to interrupt a wait from outside.
        limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, int(self._limits.open * 1000)]
        limits += [cv2.CAP_PROP_READ_TIMEOUT_MSEC, int(self._limits.read * 1000)]
        return self._video.open(self._source, cv2.CAP_FFMPEG, limits)

    def _settings(self) -> list[tuple[str, int, float]]:
        """Name, property, value, in the order in which V4L2 drivers want to hear of them."""
        wishes, (width, height) = self._wishes, self._wishes.sensor_size
        settings: list[tuple[str, int, float]] = []
        if width * height > _PLAIN_PIXELS:
            # Uncompressed, a large picture comes a few times a second over USB 2.
            settings.append(("", cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG")))
        settings += [("width", cv2.CAP_PROP_FRAME_WIDTH, width), ("height", cv2.CAP_PROP_FRAME_HEIGHT, height)]
        if wishes.fps:
            settings.append(("fps", cv2.CAP_PROP_FPS, wishes.fps))
        automatic = wishes.exposure is None
        settings.append(("", cv2.CAP_PROP_AUTO_EXPOSURE, _AUTO if automatic else _MANUAL))
        if wishes.exposure is not None:
            settings.append(("exposure", cv2.CAP_PROP_EXPOSURE, wishes.exposure))
        if wishes.brightness is not None:
            settings.append(("brightness", cv2.CAP_PROP_BRIGHTNESS, wishes.brightness))
        return [*settings, ("", cv2.CAP_PROP_BUFFERSIZE, 1)]

    def _ask(self) -> Told:
        """What became of the wishes: a V4L2 driver answers success to a value that it changed."""
        size = round(self._video.get(cv2.CAP_PROP_FRAME_WIDTH)), round(self._video.get(cv2.CAP_PROP_FRAME_HEIGHT))
        if not is_device(self._source):
            return Told("video file" if self._is_file else "network camera", size, _size_unmet(size, self._wishes))
        read_back = ((name, value, self._video.get(wish)) for name, wish, value in self._settings() if name)
        unmet = {name: f"{now:g} instead of {value:g}" for name, value, now in read_back if abs(now - value) >= 0.5}
        return Told(model(self._source), size, unmet)


class HttpCapture:
    """Motion JPEG; another kind of video over HTTP is handed to OpenCV."""

    def __init__(self, url: str, wishes: Wishes, limits: Limits, watch: Watch) -> None:
        from drivers.video.http import HttpVideo  # noqa: PLC0415 - most cameras are no network cameras

        self._url = url
        self._wishes = wishes
        self._limits = limits
        self._watch = watch
        self._line = HttpVideo(url, limits.open, limits.read)
        self._stream: PictureStream | None = None
        self._other: OpenCvCapture | None = None
        self._size = (0, 0)

    def open(self) -> None:
        self._line.open()
        if self._line.content_type.lower().startswith(MULTIPART):
            self._stream = PictureStream(self._line.content_type)
            return
        self._line.close()
        self._other = OpenCvCapture(self._url, self._wishes, self._limits)
        self._other.open()

    def read(self, wait: Callable[[float], object]) -> Image:
        if self._other:
            return self._other.read(wait)
        deadline = monotonic() + self._limits.read
        for _ in range(_BROKEN_AT_MOST):
            jpeg = self._next_jpeg(deadline)
            image = decode(jpeg)
            if image is not None:
                self._size = image.shape[1], image.shape[0]
                return shaped(image, self._wishes)
            self._watch.received(b"broken picture, %d bytes" % len(jpeg))
            self._watch.note(Incident.CHECKSUM)
        raise ProtocolError(f"{_BROKEN_AT_MOST} broken pictures in a row")

    def told(self) -> Told:
        if self._other:
            return self._other.told()
        unmet = dict(_size_unmet(self._size, self._wishes)) if any(self._size) else {}
        asked = ("fps", "exposure", "brightness")
        unmet |= {name: "a network camera has its own" for name in asked if getattr(self._wishes, name)}
        return Told(self._line.server or "network camera", self._size, unmet)

    def interrupt(self) -> None:
        self._line.interrupt()

    def close(self) -> None:
        self._line.close()
        if self._other:
            self._other.close()

    def _next_jpeg(self, deadline: float) -> bytes:
        """The time limit holds for a whole picture: a line that trickles is never silent."""
        assert self._stream is not None  # noqa: S101 - opened
        while (jpeg := self._stream.next_picture()) is None:
            if monotonic() > deadline:
                raise DeadlineExceeded("no whole picture in time")
            self._stream.receive_data(self._line.read())
        return jpeg


def _size_unmet(size: tuple[int, int], wishes: Wishes) -> dict[str, str]:
    pairs = zip(("width", "height"), size, wishes.sensor_size, strict=True)
    return {name: f"{now} instead of {wish}" for name, now, wish in pairs if now != wish}
