"""One person before the camera: the preview, and the question whether it is the holder of the card."""

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from typing import Final

from drivers.camera.contract import Camera
from drivers.errors import DriverError
from kiosk.bus.connection import BusError, Connection
from kiosk.bus.messages import Guidance, GuidanceCode, Message, Verified, Verify
from kiosk.vision.frames import PreviewMemory
from kiosk.vision.verifier import START_TIMEOUT, Verdict

_RETRY_SECONDS: Final = 0.5
_END_SECONDS: Final = 3.0

log = logging.getLogger(__name__)


class Verification:
    """One request, in a thread of its own so that its connection can be heard meanwhile. Always answers."""

    def __init__(self, request: Verify, connection: Connection, compare: "Compare", camera: Camera) -> None:
        self.photo = request.photo
        self.deadline = time.monotonic() + request.timeout
        self.cancelled = threading.Event()
        self._session = request.session
        self._connection = connection
        self._compare = compare
        self._camera = camera
        self._thread = threading.Thread(target=self._run, name="verify", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def tell(self, code: GuidanceCode) -> None:
        self._send(Guidance(session=self._session, code=code))

    def cancel(self) -> None:
        self.cancelled.set()

    def join(self) -> None:
        self._thread.join(_END_SECONDS)

    def _run(self) -> None:
        verdict = Verdict("camera_failed")  # stands when native code raises what nobody foresaw
        try:
            verdict = self._compare(self._camera, self)
        finally:
            self.photo = b""
            outcome = "cancelled" if self.cancelled.is_set() else verdict.outcome
            distance = verdict.distance if outcome == verdict.outcome else None
            self._send(Verified(session=self._session, outcome=outcome, distance=distance))

    def _send(self, message: Message) -> None:
        with contextlib.suppress(BusError):  # nobody listens any more: the connection's end ends the session
            self._connection.send(message)


Compare = Callable[[Camera, Verification], Verdict]


class Session:
    """From the first message about a person to the last. The camera is on, and frames are in memory, only meanwhile."""

    def __init__(self, connection: Connection, camera: Camera, memory: PreviewMemory, compare: Compare) -> None:
        self.connection = connection
        self.camera = camera
        self._memory = memory
        self._compare = compare
        self._ended = threading.Event()
        self._preview = threading.Thread(target=self._show, name="preview", daemon=True)
        self._verification: Verification | None = None

    def start(self) -> None:
        self._preview.start()

    def verify(self, request: Verify) -> None:
        """Begin. A verification that runs is cancelled and has answered so before."""
        if self._verification:
            self._verification.cancel()
            self._verification.join()
        self._verification = Verification(request, self.connection, self._compare, self.camera)
        self._verification.start()

    def end(self) -> None:
        """Afterwards the camera is off and nothing of the person is in this process."""
        self._ended.set()
        if self._verification:
            self._verification.cancel()
        self.camera.close()
        if self._verification:
            self._verification.join()
        self._preview.join(_END_SECONDS)
        self.camera.close()  # a thread that was just about to read had opened it again
        self._memory.wipe()

    def _show(self) -> None:
        """Copy frames. A camera that is gone leaves no old picture behind, and is asked again."""
        while not self._ended.is_set():
            try:
                frame = self.camera.read(timeout=START_TIMEOUT)
            except DriverError as error:
                log.debug("preview: %s", error)
                self._memory.wipe()
                self._ended.wait(_RETRY_SECONDS)
            else:
                self._memory.write(frame)
