"""A vision service under test, and what tests ask of it."""

import threading
from base64 import b64encode
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from drivers.camera.contract import Camera
from kiosk.bus.connection import BusError, Connection, request
from kiosk.bus.messages import (
    AnyMessage,
    Guidance,
    Ok,
    OpenPreview,
    Ping,
    Preview,
    Verified,
    Verify,
)
from kiosk.vision.engine import FaceEngine
from kiosk.vision.photo import SimulatedDecoder
from kiosk.vision.preview import PreviewReader
from kiosk.vision.service import SOCKET, VisionService
from kiosk.vision.verifier import Thresholds
from tests.vision.helpers import (
    FACE,
    ScriptedCamera,
    ScriptedEngine,
    StaticDecoder,
)
from tests.waiting import eventually

PHOTO = b"\x01" * 1024
PATIENCE = 20.0


class Watched(ScriptedCamera):
    """Remembers whether it was let go of."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.closed = threading.Event()

    def close(self) -> None:
        self.closed.set()


class Running:
    """A service in this process, behind its real socket."""

    def __init__(
        self,
        run_dir: Path,
        camera: Camera | None = None,
        engine: Callable[[], FaceEngine] = lambda: ScriptedEngine([[FACE]]),
        decoder: StaticDecoder | SimulatedDecoder | None = None,
    ) -> None:
        self.cameras: list[Camera] = []
        self.socket = run_dir / SOCKET
        self.stop = threading.Event()

        def make() -> Camera:
            self.cameras.append(camera or Watched())
            return self.cameras[-1]

        service = VisionService(make, decoder or StaticDecoder(), engine, run_dir, Thresholds())
        self.thread = threading.Thread(target=service.run, args=(self.stop,))

    def __enter__(self) -> "Running":
        self.thread.start()
        eventually(lambda: answers(self.socket))
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.thread.join(PATIENCE)
        assert not self.thread.is_alive()

    def ask(self, connection: Connection, message: Any) -> AnyMessage:
        connection.send(message)
        answer = connection.receive(PATIENCE)
        assert answer is not None
        return answer


def answers(path: Path) -> bool:
    with suppress(BusError):
        return request(path, Ping()) == Ok()
    return False


def verify(session: str = "a", timeout: float = PATIENCE, photo: bytes = PHOTO) -> Verify:
    return Verify(session=session, photo=b64encode(photo), timeout=timeout)


def until_verified(connection: Connection) -> tuple[list[str], Verified]:
    codes: list[str] = []
    while True:
        match connection.receive(PATIENCE):
            case Guidance() as guidance:
                codes.append(guidance.code)
            case Verified() as verified:
                return codes, verified
            case other:
                raise AssertionError(f"unexpected {other!r}")


@contextmanager
def preview(running: Running, connection: Connection) -> Generator[PreviewReader]:
    answer = running.ask(connection, OpenPreview())
    assert answer == Preview(width=640, height=480)
    descriptor = connection.take_descriptor()
    assert descriptor is not None
    reader = PreviewReader(descriptor)
    try:
        yield reader
    finally:
        reader.close()
