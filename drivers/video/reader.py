"""One channel of a camera: a thread that takes every picture the moment it comes and keeps only the newest."""

import itertools
import threading
import weakref
from collections import deque
from dataclasses import dataclass
from time import monotonic
from typing import Final

import cv2

from drivers.errors import ConnectionLost, DeadlineExceeded, DriverError, ProtocolError
from drivers.monitor import Incident, Unwatched, Watch
from drivers.video.capture import Capture, EndOfVideo, Limits, capture_of
from drivers.video.picture import Frame, Image, Picture, PictureWatch, frame_rate
from drivers.video.source import Told, Wishes, look

_CLOSE_TIMEOUT: Final = 1.0
_CLOSED: Final = "the camera was closed"
_RATED: Final = 30
"""Pictures from which the rate is measured."""


@dataclass(frozen=True)
class Health:
    """How a channel is. ``error`` is what ended it, or what a look at an idle one found."""

    picture: Picture
    error: DriverError | None = None
    starting: bool = False


class Video:
    """Takes pictures from ``source``: a device (``0``, ``/dev/video0``), a file, or an ``http``, ``https`` or ``rtsp``
    address.

    The first ``read`` opens it; after a loss the next ``read`` opens it again; ``close`` lets go of it, and a later
    ``read`` starts anew. A video file plays at its own speed and ends with ``EndOfVideo`` unless ``wishes.loop``.
    Any thread may call.
    """

    def __init__(
        self, source: str, wishes: Wishes | None = None, *, limits: Limits | None = None, watch: Watch | None = None
    ) -> None:
        self._source = source
        self._wishes = wishes or Wishes()
        self._limits = limits or Limits()
        self._watch = watch or Unwatched()
        self._numbers = itertools.count(1)
        self._reader: _Reader | None = None
        self._lock = threading.Lock()
        self._at_exit = weakref.finalize(self, lambda: None)

    @property
    def running(self) -> bool:
        return self._reader is not None and not self._reader.lost

    @property
    def newest(self) -> Frame | None:
        """The last picture, as long as the channel runs."""
        reader = self._reader
        return reader.frame if reader and not reader.lost else None

    def start(self) -> None:
        """Open it unless it runs. Returns at once; what goes wrong is raised by ``read``."""
        self._running()

    def read(self, timeout: float) -> Frame:
        """The next picture that comes after the call; each caller gets every picture it waits for.

        Raises ``NotConnected``, ``ConnectionLost``, ``EndOfVideo``, ``DeadlineExceeded``, ``ProtocolError`` or
        ``Refused``.
        """
        deadline = monotonic() + timeout
        before = self._reader
        reader = self._running()
        try:
            return reader.next_frame(timeout)
        except DriverError:
            # An opening that began before the call may have failed for a reason that is over; a new one tells.
            outdated = reader is before is self._reader and reader.lost and reader.frame is None
            if not outdated or monotonic() >= deadline:
                raise
        return self._running().next_frame(deadline - monotonic())

    def health(self) -> Health:
        """Never raises. While nobody reads, only whether the camera is there."""
        reader = self._reader
        if reader is not None:
            return reader.health()
        try:
            look(self._source, self._limits.look)
        except DriverError as error:
            return Health(Picture.NONE, error)
        return Health(Picture.IDLE)

    def told(self) -> Told:
        """What the source says of itself; empty while it is closed."""
        reader = self._reader
        return reader.told if reader else Told()

    def rate(self) -> float:
        """Pictures a second, measured; 0 while it is closed."""
        reader = self._reader
        return reader.rate() if reader else 0.0

    def close(self) -> None:
        with self._lock:
            reader, self._reader = self._reader, None
        if reader:
            reader.stop(_CLOSE_TIMEOUT)

    def _running(self) -> "_Reader":
        with self._lock:
            if self._reader is None or self._reader.lost:
                if self._reader:
                    self._watch.note(Incident.RECONNECT)
                capture = capture_of(self._source, self._wishes, self._limits, self._watch)
                self._reader = _Reader(capture, self._numbers, self._limits, self._watch)
                self._reader.start()
                self._at_exit.detach()
                # A thread inside OpenCV while the interpreter goes away aborts the process: it is waited for longer.
                patience = max(self._limits.open, self._limits.read) + 1
                self._at_exit = weakref.finalize(self, self._reader.stop, patience)
            return self._reader


class _Reader:
    """From opening to the first loss."""

    def __init__(self, capture: Capture, numbers: "itertools.count[int]", limits: Limits, watch: Watch) -> None:
        self._capture = capture
        self._numbers = numbers
        self._limits = limits
        self._watch = watch
        self._changed = threading.Condition()
        self._stopped = threading.Event()
        self._error: DriverError | None = None
        self._life = PictureWatch()
        self._moments: deque[float] = deque(maxlen=_RATED)
        self._thread = threading.Thread(target=self._run, name="video", daemon=True)
        self.frame: Frame | None = None
        self.told = Told()

    def start(self) -> None:
        self._thread.start()

    @property
    def lost(self) -> bool:
        # A file at its end stays there: playing it again from the start would not be what the camera saw next.
        return self._error is not None and not isinstance(self._error, EndOfVideo)

    def rate(self) -> float:
        with self._changed:
            return frame_rate(tuple(self._moments))

    def next_frame(self, timeout: float) -> Frame:
        with self._changed:
            before = self.frame
            self._changed.wait_for(lambda: self.frame is not before or self._error, timeout)
            if self._error:
                raise type(self._error)(self._error.detail)
            if self.frame is None or self.frame is before:
                raise DeadlineExceeded("no picture from the camera")
            return self.frame

    def health(self) -> Health:
        with self._changed:
            frame, error, picture = self.frame, self._error, self._life.picture
        if error:
            return Health(Picture.NONE, error)
        if frame is None:
            return Health(Picture.NONE, starting=True)
        stalled = monotonic() - frame.captured > self._limits.read
        return Health(Picture.FROZEN if stalled else picture)

    def stop(self, patience: float) -> None:
        """Whoever waits for a picture gets ``ConnectionLost`` at once. A thread that hangs in a driver is waited for
        ``patience`` seconds; it ends by itself at its limits."""
        self._stopped.set()
        self._fail(ConnectionLost(_CLOSED))
        self._capture.interrupt()
        self._thread.join(patience)

    def _run(self) -> None:
        error = self._take_pictures()
        self._note(error)
        # Released first: whoever hears of the loss may open the device again at once.
        self._capture.close()
        self._fail(error)

    def _take_pictures(self) -> DriverError:
        try:
            self._watch.sent(b"open")
            self._capture.open()
            self._publish(self._capture.read(self._stopped.wait))
            self._watch.received(b"first picture")
            while not self._stopped.is_set():
                self._publish(self._capture.read(self._stopped.wait))
        except DriverError as error:
            return error
        except cv2.error as error:
            return ProtocolError(f"OpenCV {error.code}")
        return ConnectionLost(_CLOSED)

    def _publish(self, image: Image) -> None:
        with self._changed:
            if not self.frame:
                self.told = self._capture.told()
            self.frame = Frame(image, next(self._numbers), monotonic())
            self._moments.append(self.frame.captured)
            self._life.see(self.frame)
            self._changed.notify_all()

    def _note(self, error: DriverError) -> None:
        if self._stopped.is_set():
            return
        self._watch.received(f"lost: {error.code}".encode())
        if isinstance(error, DeadlineExceeded):
            self._watch.note(Incident.TIMEOUT)

    def _fail(self, error: DriverError) -> None:
        with self._changed:
            self._error = self._error or error
            self._changed.notify_all()
