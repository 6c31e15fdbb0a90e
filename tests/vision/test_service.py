import subprocess
import sys
import threading
from base64 import b64encode
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from drivers.camera.contract import Camera, Image
from drivers.camera.device import OpenCvCamera
from drivers.camera.simulated import SimulatedCamera
from drivers.contract import DeviceStatus, State
from kiosk.bus.connection import BusError, Connection, connect, request
from kiosk.bus.messages import (
    AnyMessage,
    CameraStatus,
    CameraStatusRequest,
    Failed,
    Forget,
    Guidance,
    Nudge,
    Ok,
    OpenPreview,
    Ping,
    Preview,
    Stop,
    Verified,
    Verify,
)
from kiosk.vision.engine import DlibEngine, EngineUnavailable, FaceEngine
from kiosk.vision.photo import SimulatedDecoder, simulated_photo
from kiosk.vision.preview import PreviewReader
from kiosk.vision.service import FAULT_NO_ENGINE, SOCKET, VisionService
from kiosk.vision.verifier import Thresholds
from tests.vision.helpers import (
    FACE,
    PORTRAITS,
    ScriptedCamera,
    ScriptedEngine,
    StaticDecoder,
    needs_portraits,
)

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


def eventually(condition: Callable[[], object]) -> None:
    pause = threading.Event()
    for _ in range(1000):
        if condition():
            return
        pause.wait(0.01)
    raise AssertionError("it did not become true")


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


def test_it_answers_before_the_models_are_there(tmp_path: Path) -> None:
    loaded = threading.Event()

    def slow() -> FaceEngine:
        loaded.wait(PATIENCE)
        return ScriptedEngine([[FACE]])

    with Running(tmp_path, engine=slow) as running:
        assert request(running.socket, Ping()) == Ok()
        with connect(running.socket) as connection:
            connection.send(verify())
            assert running.ask(connection, Ping()) == Ok()
            loaded.set()
            assert until_verified(connection)[1].outcome == "match"


def test_models_that_do_not_come_in_time(tmp_path: Path) -> None:
    loaded = threading.Event()

    def never() -> FaceEngine:
        loaded.wait(PATIENCE)
        raise EngineUnavailable

    with Running(tmp_path, engine=never) as running, connect(running.socket) as connection:
        connection.send(verify(timeout=0.2))
        assert until_verified(connection)[1].outcome == "camera_failed"
        loaded.set()


def test_a_missing_engine_is_told(tmp_path: Path) -> None:
    def missing() -> FaceEngine:
        raise EngineUnavailable("no models")

    with Running(tmp_path, engine=missing) as running, connect(running.socket) as connection:
        connection.send(verify())
        assert until_verified(connection)[1].outcome == "camera_failed"
        status = running.ask(connection, CameraStatusRequest())
        assert isinstance(status, CameraStatus)
        assert (status.fault, status.who, status.detail) == (FAULT_NO_ENGINE, "technician", "no models")


def test_guidance_and_the_answer_come_with_their_session(tmp_path: Path) -> None:
    with (
        Running(tmp_path, engine=lambda: ScriptedEngine([[], [FACE]])) as running,
        connect(running.socket) as connection,
    ):
        connection.send(verify(session="0198"))
        assert connection.receive(PATIENCE) == Guidance(session="0198", code="no_face")
        assert connection.receive(PATIENCE) == Guidance(session="0198", code="hold_still")
        assert connection.receive(PATIENCE) == Verified(session="0198", outcome="match", distance=0.3)


def test_a_newer_request_replaces_the_running_one(tmp_path: Path) -> None:
    with Running(tmp_path, engine=lambda: ScriptedEngine([[]])) as running, connect(running.socket) as connection:
        connection.send(verify("first"))
        assert connection.receive(PATIENCE) == Guidance(session="first", code="no_face")
        connection.send(verify("second", timeout=0.1))
        assert connection.receive(PATIENCE) == Verified(session="first", outcome="cancelled")
        assert until_verified(connection)[1] == Verified(session="second", outcome="no_face")


def test_forget_cancels_wipes_and_turns_the_camera_off(tmp_path: Path) -> None:
    camera = Watched()
    with (
        Running(tmp_path, camera, lambda: ScriptedEngine([[]])) as running,
        connect(running.socket) as connection,
        preview(running, connection) as reader,
    ):
        eventually(reader.latest)
        connection.send(verify())
        assert connection.receive(PATIENCE) == Guidance(session="a", code="no_face")
        connection.send(Forget())
        assert connection.receive(PATIENCE) == Verified(session="a", outcome="cancelled")
        assert connection.receive(PATIENCE) == Ok()
        assert camera.closed.is_set()
        assert reader.latest() is None


def test_a_screen_that_dies_is_like_forget(tmp_path: Path) -> None:
    camera = Watched()
    with (
        Running(tmp_path, camera) as running,
        connect(running.socket) as connection,
        preview(running, connection) as reader,
    ):
        eventually(reader.latest)
        connection.close()
        eventually(lambda: camera.closed.is_set() and reader.latest() is None)


def test_other_connections_end_no_session(tmp_path: Path) -> None:
    camera = Watched()
    with (
        Running(tmp_path, camera) as running,
        connect(running.socket) as connection,
        preview(running, connection) as reader,
    ):
        assert request(running.socket, Ping()) == Ok()
        number, _ = reader.latest() or (0, b"")
        eventually(lambda: reader.latest(after=number))
        assert not camera.closed.is_set()


def test_no_camera_runs_and_no_frame_is_there_outside_a_session(tmp_path: Path) -> None:
    frames: list[int] = []
    with Running(tmp_path, Watched(on_frame=frames.append)) as running:
        status = request(running.socket, CameraStatusRequest())
        assert status == CameraStatus(state="online")
    assert frames == []


def test_the_status_of_the_camera_in_use(tmp_path: Path) -> None:
    camera = Watched(status=DeviceStatus(State.DEGRADED, "camera.black"))
    with (
        Running(tmp_path, camera) as running,
        connect(running.socket) as connection,
        preview(running, connection),
    ):
        assert running.ask(connection, CameraStatusRequest()) == CameraStatus(
            state="degraded", fault="camera.black", who="nobody"
        )
    assert len(running.cameras) == 1


def test_a_camera_that_is_gone_leaves_no_old_picture(tmp_path: Path) -> None:
    with (
        Running(tmp_path, Watched(fails_after=3)) as running,
        connect(running.socket) as connection,
        preview(running, connection) as reader,
    ):
        eventually(lambda: reader.latest() is None)


def test_a_message_for_somebody_else(tmp_path: Path) -> None:
    with Running(tmp_path) as running:
        assert isinstance(request(running.socket, Nudge()), Failed)


def test_stop(tmp_path: Path) -> None:
    with Running(tmp_path) as running:
        assert request(running.socket, Stop()) == Ok()
        running.thread.join(PATIENCE)
        assert not running.thread.is_alive()
        with pytest.raises(BusError):
            request(running.socket, Ping())


# --- the whole --------------------------------------------------------------------------------------------------


@contextmanager
def whole(run_dir: Path, portraits: dict[str, Path]) -> Generator[tuple[Running, SimulatedCamera]]:
    simulated = SimulatedCamera(portraits)
    simulated.start()
    camera = OpenCvCamera(simulated.endpoint)
    try:
        with Running(run_dir, camera, DlibEngine, SimulatedDecoder(portraits)) as running:
            yield running, simulated
    finally:
        simulated.close()


@needs_portraits
def test_one_person_after_another(tmp_path: Path) -> None:
    with whole(tmp_path, PORTRAITS) as (running, simulated):
        for who, outcome in (("holder", "match"), ("other", "no_match")):
            simulated.simulate_show(who)
            with connect(running.socket) as connection, preview(running, connection) as reader:
                eventually(reader.latest)
                connection.send(verify(photo=simulated_photo("holder")))
                assert until_verified(connection)[1].outcome == outcome
                assert running.ask(connection, Forget()) == Ok()


ALONE = """
import sys, threading
from pathlib import Path
from drivers.camera.device import OpenCvCamera
from kiosk.vision.engine import DlibEngine
from kiosk.vision.photo import MissingDecoder
from kiosk.vision.service import VisionService
from kiosk.vision.verifier import Thresholds
make = lambda: OpenCvCamera(sys.argv[1])
VisionService(make, MissingDecoder(), DlibEngine, Path(sys.argv[2]), Thresholds()).run(threading.Event())
"""


def test_killed_and_started_again(tmp_path: Path) -> None:
    simulated = SimulatedCamera({})
    simulated.start()
    for _ in range(2):
        process = subprocess.Popen([sys.executable, "-c", ALONE, simulated.endpoint, str(tmp_path)])
        eventually(lambda: answers(tmp_path / SOCKET))
        with connect(tmp_path / SOCKET) as connection:
            connection.send(OpenPreview())
            assert connection.receive(PATIENCE) == Preview(width=640, height=480)
            reader = PreviewReader(connection.take_descriptor() or -1)
            eventually(reader.latest)
            process.kill()
            process.wait(PATIENCE)
            with suppress(BusError):
                assert connection.receive(PATIENCE) is None
            reader.close()
    simulated.close()
    assert [path.name for path in tmp_path.rglob("*")] == [SOCKET]


def canary() -> Image:
    """Noise that no other file contains."""
    return np.random.default_rng(7).integers(0, 255, (480, 640, 3), np.uint8)


def test_nothing_of_the_face_is_on_a_disk(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    portrait = tmp_path_factory.mktemp("before the machine") / "holder.png"
    cv2.imwrite(str(portrait), canary())
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.chdir(tmp_path)
    with (
        whole(tmp_path / "run", {"holder": portrait}) as (running, _),
        connect(running.socket) as connection,
        preview(running, connection) as reader,
    ):
        eventually(reader.latest)
        connection.send(verify(photo=simulated_photo("holder"), timeout=0.5))
        assert until_verified(connection)[1].outcome in ("no_reference", "no_face")
        assert [path for path in tmp_path.rglob("*") if not path.is_dir()] == [tmp_path / "run" / SOCKET]
        assert running.ask(connection, Forget()) == Ok()
    assert [path for path in tmp_path.rglob("*") if not path.is_dir()] == []
