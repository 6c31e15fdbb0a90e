"""The vision process as seen from the window: one connection, reconnected for ever; a lost one is an event."""

import base64
import contextlib
import logging
import threading
from collections.abc import Iterable
from pathlib import Path

from drivers.contract import DeviceStatus, State
from drivers.errors import Who
from kiosk.bus.connection import BusError, Connection, connect
from kiosk.bus.device_messages import DeviceRow
from kiosk.bus.messages import (
    AnyMessage,
    CameraStatus,
    CameraStatusRequest,
    DeviceStatuses,
    DeviceStatusesRequest,
    Forget,
    Guidance,
    OpenPreview,
    Preview,
    Verified,
    Verify,
)
from kiosk.journey.effects import Effect, ForgetFace, VerifyFace
from kiosk.journey.events import DeviceChanged, FaceCompared, FaceGuidance, VisionBack, VisionLost
from kiosk.journey.state import State as JourneyState
from kiosk.runner import Post
from kiosk.vision.preview import PreviewReader

RETRY_SECONDS = 0.2
STATUS_SECONDS = 3.0

log = logging.getLogger(__name__)


class FaceDesk:
    handles = (VerifyFace, ForgetFace)

    def __init__(self, socket: Path, post: Post) -> None:
        self._socket = socket
        self._post = post
        self._connection: Connection | None = None
        self._preview: PreviewReader | None = None
        self._preview_lock = threading.Lock()
        self._shown = 0
        self._told: dict[str, DeviceStatus] = {}
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="vision client", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def perform(self, effect: Effect, state: JourneyState) -> None:  # noqa: ARG002
        connection = self._connection
        if connection is None:
            if isinstance(effect, VerifyFace):
                self._post(VisionLost())
            return
        with contextlib.suppress(BusError):  # the reading thread notices the loss and tells it
            match effect:
                case VerifyFace(session=session, photo=photo, timeout=timeout):
                    connection.send(OpenPreview())
                    connection.send(Verify(session=session, photo=base64.b64encode(photo), timeout=timeout))
                case ForgetFace():
                    connection.send(Forget())
                case _:
                    pass

    def preview(self) -> tuple[int, bytes] | None:
        """Number and pixels of a frame newer than the last one asked for; ``None`` when there is none."""
        with self._preview_lock:
            newest = self._preview.latest(self._shown) if self._preview else None
        if newest:
            self._shown = newest[0]
        return newest

    def close(self) -> None:
        self._closing.set()
        if self._connection:
            self._connection.close()

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                connection = connect(self._socket)
            except BusError:
                self._closing.wait(RETRY_SECONDS)
                continue
            self._serve(connection)

    def _serve(self, connection: Connection) -> None:
        self._connection = connection
        self._post(VisionBack())
        try:
            while (message := self._receive(connection)) is not None:
                self._take(message, connection)
        except (BusError, ValueError) as error:  # ValueError: a state or a memory that is none
            log.warning("vision: %s", error)
        self._connection = None
        self._close_preview()
        connection.close()
        self._post(VisionLost())

    def _receive(self, connection: Connection) -> AnyMessage | None:
        """The next message; asks for the camera's state whenever it is quiet."""
        while True:
            try:
                return connection.receive(STATUS_SECONDS)
            except TimeoutError:
                connection.send(CameraStatusRequest())
                connection.send(DeviceStatusesRequest())

    def _take(self, message: AnyMessage, connection: Connection) -> None:
        match message:
            case Preview():
                self._open_preview(connection)
            case Guidance(session=session, code=code):
                self._post(FaceGuidance(session, code))
            case Verified(session=session, outcome=outcome):
                self._post(FaceCompared(session, outcome))
            case CameraStatus():
                status = DeviceStatus(State(message.state), message.fault, Who(message.who), message.detail)
                self._post(DeviceChanged("camera", status))
            case DeviceStatuses(rows=rows):
                self._tell_others(rows)
            case _:
                pass

    def _tell_others(self, rows: Iterable[DeviceRow]) -> None:
        """The other devices of that process, when something is new; the camera's state has the face engine's in it."""
        for row in rows:
            status = DeviceStatus(State(row.state), row.fault, Who(row.who), row.detail)
            if row.name != "camera" and self._told.get(row.name) != status:
                self._told[row.name] = status
                self._post(DeviceChanged(row.name, status))

    def _open_preview(self, connection: Connection) -> None:
        descriptor = connection.take_descriptor()
        self._close_preview()
        if descriptor is not None:
            self._preview = PreviewReader(descriptor)

    def _close_preview(self) -> None:
        """Not while the window reads a frame in it."""
        with self._preview_lock:
            reader, self._preview = self._preview, None
            if reader:
                reader.close()
