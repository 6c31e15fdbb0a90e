"""A camera through OpenCV: a device, a video file, or a stream from the network."""

import contextlib
import itertools
import os
import socket
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Final, cast
from urllib.parse import urlsplit

# OpenCV reads these at its first use only: FFmpeg inside it writes to stderr by itself, and its V4L2 part waits
# 10 seconds for a device that has stopped.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "2")

import cv2
import numpy as np
from cv2.utils import logging

from drivers.camera.contract import Frame, Image
from drivers.contract import Capabilities, DeviceStatus, State
from drivers.errors import ConnectionLost, DeadlineExceeded, DriverError, NotConnected, Who

logging.setLogLevel(logging.LOG_LEVEL_SILENT)  # OpenCV writes to stderr, too; what matters is raised or is the status

OPEN_TIMEOUT: Final = 3.0
READ_TIMEOUT: Final = 2.0
FROZEN_AFTER: Final = 1.0
"""No sensor repeats a picture bit by bit; one that does for so long (seconds) delivers an old one again and again."""
BLACK_AFTER: Final = 2.0
BLACK_BELOW: Final = 8.0
"""Mean brightness, of 255, under which nothing can be seen: a covered lens or a dead sensor."""
_FILE_RATE: Final = 15.0
_PROBE_TIMEOUT: Final = 0.5
_CLOSE_TIMEOUT: Final = 1.0
_EXIT_TIMEOUT: Final = max(OPEN_TIMEOUT, READ_TIMEOUT) + 1
"""A thread inside OpenCV while the interpreter goes away aborts the process: at exit it is waited for longer."""
_CLOSED: Final = "the camera was closed"
_SAMPLE_STEP: Final = 8

FAULT_NO_DEVICE: Final = "camera.no_device"
FAULT_FROZEN: Final = "camera.frozen"
FAULT_BLACK: Final = "camera.black"


class EndOfVideo(ConnectionLost):
    """The video file is at its end."""

    code = "end_of_video"


class OpenCvCamera:
    """Takes frames from ``source``: a device (``0`` or ``/dev/video0``), a video file, an ``http``, ``https`` or
    ``rtsp`` URL.

    The first ``read`` opens it; after a loss the next ``read`` opens it again; ``close`` lets go of it, and a later
    ``read`` starts anew. Frames have always the size asked for: what does not fit is cut at the borders. A video file
    plays at its own speed and ends with ``EndOfVideo`` unless ``loop`` is set.
    """

    def __init__(self, source: str, *, width: int = 640, height: int = 480, loop: bool = False) -> None:
        self._source = source
        self._size = (width, height)
        self._loop = loop
        self._numbers = itertools.count(1)
        self._reader: _Reader | None = None
        self._lock = threading.Lock()
        self._at_exit = weakref.finalize(self, lambda: None)

    def read(self, *, timeout: float) -> Frame:
        """The next frame that the camera takes after the call. Any thread may call; each gets every frame it waits for.

        Raises ``NotConnected``, ``ConnectionLost``, ``EndOfVideo``, ``DeadlineExceeded``.
        """
        return self._running().next_frame(timeout)

    def _running(self) -> "_Reader":
        with self._lock:
            if self._reader is None or self._reader.lost:
                capture = _Capture(self._source, self._size, loop=self._loop)
                self._reader = _Reader(capture, self._numbers)
                self._reader.start()
                self._at_exit.detach()
                self._at_exit = weakref.finalize(self, self._reader.stop, _EXIT_TIMEOUT)
            return self._reader

    def status(self) -> DeviceStatus:
        """While nobody reads, only whether the camera is there: the camera (and its lamp) stays off."""
        reader = self._reader
        if reader is not None:
            return reader.status()
        return DeviceStatus(State.ONLINE) if _reachable(self._source) else _no_device("")

    def capabilities(self) -> Capabilities:
        return Capabilities()

    def close(self) -> None:
        with self._lock:
            reader, self._reader = self._reader, None
        if reader:
            reader.stop(_CLOSE_TIMEOUT)


class _Capture:
    """``cv2.VideoCapture`` with bounded waits, frames of one size, and a video file at its own speed."""

    def __init__(self, source: str, size: tuple[int, int], *, loop: bool) -> None:
        self._source = source
        self._size = size
        self._loop = loop
        self._is_file = not (_is_device(source) or _is_url(source))
        self._video = cv2.VideoCapture()
        self._pause = 0.0

    def open(self) -> None:
        opened = self._open_device() if _is_device(self._source) else self._open_ffmpeg()
        if not opened:
            raise NotConnected("the camera does not open")
        if self._is_file:
            self._pause = 1 / (self._video.get(cv2.CAP_PROP_FPS) or _FILE_RATE)

    def _open_device(self) -> bool:
        source = int(self._source) if self._source.isdigit() else self._source
        if not self._video.open(source, cv2.CAP_V4L2):
            return False
        # Wishes, set after opening: as parameters of open they would make a camera fail that has other sizes only.
        wishes = zip((cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT), self._size, strict=True)
        for wish, value in (*wishes, (cv2.CAP_PROP_BUFFERSIZE, 1)):
            self._video.set(wish, value)
        return True

    def _open_ffmpeg(self) -> bool:
        # The backend's own limits are 30 seconds each, and it offers no way to interrupt a wait from outside.
        limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, int(OPEN_TIMEOUT * 1000)]
        limits += [cv2.CAP_PROP_READ_TIMEOUT_MSEC, int(READ_TIMEOUT * 1000)]
        return self._video.open(self._source, cv2.CAP_FFMPEG, limits)

    def read(self, wait: Callable[[float], object]) -> Image:
        """The next picture; ``wait`` sleeps the pause between two pictures of a file."""
        wait(self._pause)
        taken, image = self._video.read()
        if not taken and self._is_file and self._loop:
            self._video.set(cv2.CAP_PROP_POS_FRAMES, 0)
            taken, image = self._video.read()
        if not taken:
            raise EndOfVideo if self._is_file else ConnectionLost("no more pictures")
        return fit(cast("Image", image), self._size)

    def close(self) -> None:
        self._video.release()


class _Reader:
    """A thread that takes every frame the moment it comes and keeps only the newest, from opening to the first loss."""

    def __init__(self, capture: _Capture, numbers: "itertools.count[int]") -> None:
        self._capture = capture
        self._numbers = numbers
        self._changed = threading.Condition()
        self._stopped = threading.Event()
        self._frame: Frame | None = None
        self._error: DriverError | None = None
        self._watch = PictureWatch()
        self._thread = threading.Thread(target=self._run, name="camera", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def lost(self) -> bool:
        # A file at its end stays there: playing it again from the start would not be what the camera saw next.
        return self._error is not None and not isinstance(self._error, EndOfVideo)

    def next_frame(self, timeout: float) -> Frame:
        with self._changed:
            before = self._frame
            self._changed.wait_for(lambda: self._frame is not before or self._error, timeout)
            if self._error:
                raise type(self._error)(self._error.detail)
            if self._frame is None or self._frame is before:
                raise DeadlineExceeded("no picture from the camera")
            return self._frame

    def status(self) -> DeviceStatus:
        with self._changed:
            frame, error, fault = self._frame, self._error, self._watch.fault
        if error:
            return _no_device(str(error))
        if frame is None:
            return DeviceStatus(State.STARTING)
        if time.monotonic() - frame.captured > READ_TIMEOUT:
            return DeviceStatus(State.OFFLINE, FAULT_FROZEN, Who.TECHNICIAN, "no new pictures")
        return DeviceStatus(State.DEGRADED, fault, Who.STAFF) if fault else DeviceStatus(State.ONLINE)

    def stop(self, patience: float) -> None:
        """Whoever waits for a frame gets ``ConnectionLost`` at once. A thread that hangs in a driver is waited for
        ``patience`` seconds; it ends by itself at the limits set above."""
        self._stopped.set()
        self._fail(ConnectionLost(_CLOSED))
        self._thread.join(patience)

    def _run(self) -> None:
        error = self._take_frames()
        # Released first: whoever hears of the loss may open the device again at once.
        self._capture.close()
        self._fail(error)

    def _take_frames(self) -> DriverError:
        try:
            self._capture.open()
            while not self._stopped.is_set():
                self._publish(self._capture.read(self._stopped.wait))
        except DriverError as error:
            return error
        except cv2.error as error:
            return ConnectionLost(str(error.code))
        return ConnectionLost(_CLOSED)

    def _publish(self, image: Image) -> None:
        with self._changed:
            self._frame = Frame(image, next(self._numbers), time.monotonic())
            self._watch.see(self._frame)
            self._changed.notify_all()

    def _fail(self, error: DriverError) -> None:
        with self._changed:
            self._error = self._error or error
            self._changed.notify_all()


class PictureWatch:
    """Tells a camera that sees nothing, or always the same, from one that works."""

    def __init__(self) -> None:
        self._last: Image | None = None
        self._changed = 0.0
        self._bright = 0.0
        self.fault = ""

    def see(self, frame: Frame) -> None:
        first = self._last is None
        if self._last is None or not np.array_equal(self._last, frame.image):
            self._changed = frame.captured
        if first or frame.image[::_SAMPLE_STEP, ::_SAMPLE_STEP].mean() >= BLACK_BELOW:
            self._bright = frame.captured
        self._last = frame.image
        self.fault = self._judge(frame.captured)

    def _judge(self, now: float) -> str:
        # Black first: a dead sensor delivers the very same black picture each time, and the cause is the darkness.
        if now - self._bright >= BLACK_AFTER:
            return FAULT_BLACK
        dark = now > self._bright
        return FAULT_FROZEN if now - self._changed >= FROZEN_AFTER and not dark else ""


def fit(image: Image, size: tuple[int, int]) -> Image:
    """Scale to cover ``size`` (width, height) and cut what is over, equally on both sides."""
    width, height = size
    rows, columns = image.shape[:2]
    if (columns, rows) == size:
        return image
    scale = max(width / columns, height / rows)
    wide, high = max(width, round(columns * scale)), max(height, round(rows * scale))
    scaled = cv2.resize(image, (wide, high), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    left, top = (wide - width) // 2, (high - height) // 2
    return cast("Image", np.ascontiguousarray(scaled[top : top + height, left : left + width]))


def _no_device(detail: str) -> DeviceStatus:
    return DeviceStatus(State.NO_DEVICE, FAULT_NO_DEVICE, Who.TECHNICIAN, detail)


def _is_device(source: str) -> bool:
    return source.isdigit() or source.startswith("/dev/")


def _is_url(source: str) -> bool:
    return "://" in source


def _reachable(source: str) -> bool:
    if not _is_url(source):
        return Path(f"/dev/video{source}" if source.isdigit() else source).exists()
    url = urlsplit(source)
    port = url.port or {"https": 443, "rtsp": 554}.get(url.scheme, 80)
    with contextlib.suppress(OSError), socket.create_connection((url.hostname or "", port), _PROBE_TIMEOUT):
        return True
    return False
