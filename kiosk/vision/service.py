"""The vision process: camera and face engine behind the control bus, where native code can crash alone."""

import logging
import resource
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from drivers.camera.contract import Camera
from drivers.contract import DeviceStatus, State
from drivers.errors import Who
from kiosk.bus.connection import Connection, Server
from kiosk.bus.messages import (
    AnyMessage,
    CameraStatus,
    CameraStatusRequest,
    DeviceCommand,
    DeviceEventsRequest,
    DeviceStatusesRequest,
    DeviceTraceRequest,
    Failed,
    Forget,
    Ok,
    OpenPreview,
    Ping,
    Preview,
    Stop,
    Verify,
)
from kiosk.hardware.host import Host
from kiosk.vision.engine import EngineUnavailable, FaceEngine
from kiosk.vision.frames import PreviewMemory
from kiosk.vision.photo import PhotoDecoder
from kiosk.vision.session import Session, Verification
from kiosk.vision.verifier import Thresholds, Verdict, Verifier

SOCKET: Final = "vision.sock"
FAULT_NO_ENGINE: Final = "camera.no_engine"
_POLL_SECONDS: Final = 0.1

log = logging.getLogger(__name__)


class VisionService:
    """Answers on ``run_dir/vision.sock`` until stopped. Camera and picture exist only during a session, which begins
    with ``OpenPreview`` or ``Verify`` and ends with ``Forget`` or with the connection."""

    def __init__(
        self,
        camera_factory: Callable[[], Camera],
        decoder: PhotoDecoder,
        engine_factory: Callable[[], FaceEngine],
        run_dir: Path,
        thresholds: Thresholds,
    ) -> None:
        self._camera_factory = camera_factory
        self._decoder = decoder
        self._engine = _LazyEngine(engine_factory)
        self._thresholds = thresholds
        self._memory = PreviewMemory()
        self._server = Server(run_dir / SOCKET, self._handle, self._closed)
        self._session: Session | None = None
        self._sessions = threading.RLock()
        self._stop = threading.Event()
        self._devices = Host([], lambda _name, _status: None)

    @property
    def in_session(self) -> bool:
        return self._session is not None

    def run(self, stop: threading.Event, devices: Host | None = None) -> None:
        """Serve until ``stop`` is set or a ``Stop`` message came; ``devices`` are this process's for technicians."""
        self._stop, self._devices = stop, devices or self._devices
        # A core file would hold the face and its vector.
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        self._engine.start()
        self._devices.start()
        self._server.start()
        try:
            stop.wait()
        finally:
            self._server.close()
            self._devices.close()
            self._end_session()
            self._memory.close()

    # --- messages -----------------------------------------------------------------------------------------------

    def _handle(self, message: AnyMessage, connection: Connection) -> None:
        match message:
            case Ping():
                connection.send(Ok())
            case CameraStatusRequest():
                connection.send(self._camera_status())
            case DeviceStatusesRequest() | DeviceEventsRequest() | DeviceTraceRequest() | DeviceCommand():
                self._devices.answer(message, connection)
            case OpenPreview():
                self._open_preview(connection)
            case Verify():
                with self._sessions:  # another connection's Forget cannot come between
                    self._session_of(connection).verify(message)
            case Forget():
                self._end_session()
                connection.send(Ok())
            case Stop():
                connection.send(Ok())
                self._stop.set()
            case _:
                connection.send(Failed(reason=f"{message.type} is not for the vision process"))

    def _closed(self, connection: Connection) -> None:
        self._end_session(of=connection)

    def _open_preview(self, connection: Connection) -> None:
        self._session_of(connection)
        answer = Preview(width=self._memory.width, height=self._memory.height)
        connection.send(answer, self._memory.descriptor)

    def _camera_status(self) -> CameraStatus:
        session = self._session
        # Without a session a camera made for the question tells whether it is there: idle cameras stay off.
        camera = session.camera if session else self._camera_factory()
        status = self._engine.status() or camera.status()
        return CameraStatus(state=status.state, fault=status.fault, who=status.who, detail=status.detail)

    # --- sessions -----------------------------------------------------------------------------------------------

    def _session_of(self, connection: Connection) -> Session:
        """The session of this connection. Another one's ends: there is one person before one camera."""
        with self._sessions:
            if self._session and self._session.connection is connection:
                return self._session
            self._end_session()
            self._devices.yield_to_citizen()
            self._session = Session(connection, self._camera_factory(), self._memory, self._compare)
            self._session.start()
            return self._session

    def _end_session(self, of: Connection | None = None) -> None:
        with self._sessions:
            if self._session and of in (None, self._session.connection):
                self._session.end()
                self._session = None

    def _compare(self, camera: Camera, run: Verification) -> Verdict:
        engine = self._engine.wait(run.deadline, run.cancelled)
        if engine is None:
            return Verdict("camera_failed")
        verifier = Verifier(camera, self._decoder, engine, self._thresholds)
        return verifier.verify(run.photo, deadline=run.deadline, cancel=run.cancelled, tell=run.tell)


class _LazyEngine:
    """Loads the models in the background, so that the socket is up at once."""

    def __init__(self, factory: Callable[[], FaceEngine]) -> None:
        self._factory = factory
        self._engine: FaceEngine | None = None
        self._error = ""
        self._done = threading.Event()

    def start(self) -> None:
        threading.Thread(target=self._load, name="face engine", daemon=True).start()

    def wait(self, deadline: float, cancelled: threading.Event) -> FaceEngine | None:
        """``None`` when it is not there in time, or not at all."""
        while not self._done.wait(_POLL_SECONDS):
            if cancelled.is_set() or time.monotonic() >= deadline:
                break
        return self._engine

    def status(self) -> DeviceStatus | None:
        """``None`` while there is nothing to complain about."""
        if not self._error:
            return None
        return DeviceStatus(State.HARDWARE_ERROR, FAULT_NO_ENGINE, Who.TECHNICIAN, self._error)

    def _load(self) -> None:
        started = time.monotonic()
        try:
            self._engine = self._factory()
            log.info("face engine ready after %.1f s", time.monotonic() - started)
        except EngineUnavailable as error:
            self._error = str(error)
            log.error("no face engine: %s", error)
        finally:
            self._done.set()
