import threading
from pathlib import Path

import pytest

from drivers.contract import DeviceStatus, State
from kiosk.bus.connection import BusError, connect, request
from kiosk.bus.messages import (
    CameraStatus,
    CameraStatusRequest,
    Failed,
    Forget,
    Guidance,
    Nudge,
    Ok,
    Ping,
    Stop,
    Verified,
)
from kiosk.vision.engine import EngineUnavailable, FaceEngine
from kiosk.vision.service import FAULT_NO_ENGINE
from tests.vision.helpers import (
    FACE,
    ScriptedEngine,
)
from tests.vision.running import PATIENCE, Running, Watched, preview, until_verified, verify
from tests.waiting import eventually


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
