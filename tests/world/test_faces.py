"""The desk above a process on the bus that the test plays."""

from collections.abc import Generator
from pathlib import Path

import numpy as np
import pytest

from drivers.camera.contract import Frame
from drivers.contract import State as DeviceState
from drivers.errors import Who
from kiosk.bus.connection import Connection
from kiosk.bus.messages import (
    AnyMessage,
    CameraStatus,
    CameraStatusRequest,
    Forget,
    Guidance,
    Message,
    Ok,
    OpenPreview,
    Preview,
    Verified,
    Verify,
)
from kiosk.journey.effects import ForgetFace, VerifyFace
from kiosk.journey.events import DeviceChanged, FaceCompared, FaceGuidance, VisionBack, VisionLost
from kiosk.journey.state import State
from kiosk.vision.frames import PreviewMemory
from kiosk.world import faces
from kiosk.world.faces import FaceDesk
from tests.journey.play import SESSION, TO_FACE, Play
from tests.waiting import eventually
from tests.world.helpers import Posts, Scripted, process

STATE = State()
VERIFY = VerifyFace(SESSION, b"\0opaque\xff", 30.0)


@pytest.fixture
def socket(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(faces, "RETRY_SECONDS", 0.01)
    return tmp_path_factory.mktemp("v") / "vision.sock"


@pytest.fixture
def posts() -> Posts:
    return Posts()


@pytest.fixture
def desk(socket: Path, posts: Posts) -> Generator[FaceDesk]:
    made = FaceDesk(socket, posts)
    made.start()
    yield made
    made.close()


def matching(message: AnyMessage) -> list[Message]:
    """A vision process that sees the holder of the card."""
    if isinstance(message, Verify):
        return [Guidance(session=message.session, code="too_far"), Verified(session=message.session, outcome="match")]
    return [Ok()] if isinstance(message, Forget) else []


def test_a_face_is_compared(socket: Path, posts: Posts, desk: FaceDesk) -> None:
    vision = Scripted(matching)
    with process(socket, vision):
        posts.next(VisionBack)
        desk.perform(VERIFY, STATE)
        assert posts.next(FaceGuidance) == FaceGuidance(SESSION, "too_far")
        assert posts.next(FaceCompared) == FaceCompared(SESSION, "match")
        desk.perform(ForgetFace(), STATE)
        eventually(lambda: Forget() in vision.asked)
    (request,) = [message for message in vision.asked if isinstance(message, Verify)]
    assert (request.session, request.photo, request.timeout) == (SESSION, VERIFY.photo, VERIFY.timeout)


def test_a_lost_process_is_told_and_found_again(socket: Path, posts: Posts, desk: FaceDesk) -> None:
    vision = Scripted(matching)
    with process(socket, vision):
        posts.next(VisionBack)
        desk.perform(ForgetFace(), STATE)
        eventually(lambda: vision.asked)
    posts.next(VisionLost)
    with process(socket, Scripted(matching)):
        posts.next(VisionBack)
        desk.perform(VERIFY, STATE)
        posts.until(FaceCompared)


def test_without_a_process_nobody_waits(posts: Posts, desk: FaceDesk) -> None:
    desk.perform(VERIFY, STATE)
    posts.next(VisionLost)
    desk.perform(ForgetFace(), STATE)
    assert posts.rest() == []


def test_a_process_that_dies_while_comparing_is_told(socket: Path, posts: Posts, desk: FaceDesk) -> None:
    vision = Scripted(lambda _: [])
    with process(socket, vision):
        posts.next(VisionBack)
        desk.perform(VERIFY, STATE)
        eventually(lambda: any(isinstance(message, Verify) for message in vision.asked))
    posts.next(VisionLost)


def test_a_late_answer_of_another_session_changes_nothing(socket: Path, posts: Posts, desk: FaceDesk) -> None:
    with process(socket, Scripted(lambda _: [Verified(session="of-somebody-before", outcome="match")])):
        posts.next(VisionBack)
        desk.perform(ForgetFace(), STATE)
        late = posts.next(FaceCompared)
    journey = Play().send(*TO_FACE)
    before = journey.state
    assert journey.send(late).state == before


def test_the_camera_is_asked_how_it_is(
    socket: Path, posts: Posts, desk: FaceDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faces, "STATUS_SECONDS", 0.02)
    status = CameraStatus(state="hardware_error", fault="camera.black", who="technician", detail="x")
    with process(socket, Scripted(lambda message: [status] if isinstance(message, CameraStatusRequest) else [])):
        changed = posts.until(DeviceChanged)
    assert changed.name == "camera"
    assert (changed.status.state, changed.status.who) == (DeviceState.HARDWARE_ERROR, Who.TECHNICIAN)


@pytest.mark.parametrize("nonsense", [CameraStatus(state="purring"), CameraStatus(state="online", who="cat")])
def test_nonsense_does_not_end_the_desk(socket: Path, posts: Posts, desk: FaceDesk, nonsense: Message) -> None:
    with process(socket, Scripted(lambda message: [nonsense] if isinstance(message, Forget) else matching(message))):
        posts.next(VisionBack)
        desk.perform(ForgetFace(), STATE)
        posts.next(VisionLost)
        posts.next(VisionBack)
        desk.perform(VERIFY, STATE)
        posts.until(FaceCompared)


def test_the_preview_shows_each_frame_once_and_ends_with_the_process(
    socket: Path, posts: Posts, desk: FaceDesk
) -> None:
    memory = PreviewMemory(64, 48)

    def vision(message: AnyMessage, connection: Connection) -> None:
        if isinstance(message, OpenPreview):
            connection.send(Preview(width=64, height=48), memory.descriptor)

    with process(socket, vision):
        posts.next(VisionBack)
        assert desk.preview() is None
        desk.perform(VERIFY, STATE)
        memory.write(Frame(np.full((48, 64, 3), 7, np.uint8), 1, 0.0))
        seen: list[tuple[int, bytes]] = []
        eventually(lambda: seen or seen.extend(filter(None, [desk.preview()])) or seen)
        assert seen == [(1, bytes([7]) * (64 * 48 * 3))]
        assert desk.preview() is None
    posts.next(VisionLost)
    memory.write(Frame(np.full((48, 64, 3), 8, np.uint8), 2, 0.0))
    assert desk.preview() is None
    memory.close()
