"""The real driver over the simulated camera: one test a mishap."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from drivers.camera.capture import capture
from drivers.camera.contract import Frame, InfraredBlack, InfraredFrozen, InfraredLost, Picture
from drivers.camera.device import OpenCvCamera
from drivers.camera.simulated import SimulatedCamera
from drivers.contract import State
from drivers.errors import (
    Cancelled,
    ConnectionLost,
    DeadlineExceeded,
    DriverError,
    NotConnected,
    ProtocolError,
    Refused,
    Who,
)
from drivers.monitor import Incident
from drivers.video.capture import Limits
from drivers.video.source import Wishes
from drivers.video.status import NothingSeen, StandsStill
from tests.drivers.camera.helpers import plugged, read_until, write_video
from tests.drivers.notes import Notes
from tests.waiting import eventually

QUICK = Limits(open=1.0, read=1.0, look=0.5)


@contextmanager
def pair(notes: Notes | None = None) -> Generator[tuple[SimulatedCamera, OpenCvCamera]]:
    """A camera with an infrared one beside it."""
    simulated = SimulatedCamera({})
    simulated.start()
    infrared = simulated.infrared_endpoint
    camera = OpenCvCamera(simulated.endpoint, infrared=infrared, limits=QUICK, watch=notes)
    try:
        yield simulated, camera
    finally:
        camera.close()
        simulated.close()


def take(camera: OpenCvCamera, timeout: float = 5) -> Frame:
    return capture(camera, timeout=timeout, cancel=threading.Event())


# --- infrared -----------------------------------------------------------------------------------------------------


def test_both_pictures_of_a_pair_show_the_same_moment() -> None:
    with pair() as (_, camera):
        frame = read_until(camera, lambda frame: frame.infrared is not None)
        assert frame.infrared is not None
        assert frame.infrared.shape == frame.image.shape
        assert (frame.infrared[:, :, 0] == frame.infrared[:, :, 2]).mean() > 0.99
        assert camera.status().infrared is Picture.OK


def test_a_photo_on_a_telephone_is_dark_in_infrared() -> None:
    def face(frame: Frame) -> float:
        assert frame.infrared is not None
        return float(frame.infrared[150:250, 280:360].mean())

    with pair() as (simulated, camera):
        person = take(camera)
        simulated.simulate_photo("holder")
        read_until(camera, lambda frame: frame.infrared is not None and face(frame) < face(person) / 4)
        fake = take(camera)
    assert abs(float(fake.image[150:250, 280:360].mean()) - float(person.image[150:250, 280:360].mean())) < 10


@pytest.mark.parametrize(
    ("verb", "fault", "picture"),
    [
        ("infrared_black", "camera.infrared_black", Picture.BLACK),
        ("infrared_freeze", "camera.infrared_frozen", Picture.FROZEN),
        ("infrared_unplug", "camera.infrared_lost", Picture.NONE),
    ],
)
def test_infrared_that_fails_degrades_the_camera_and_never_stops_it(verb: str, fault: str, picture: Picture) -> None:
    with pair() as (simulated, camera):
        take(camera)
        simulated.verbs()[verb]("")
        read_until(camera, lambda _: camera.status().fault == fault)
        status = camera.status()
        assert (status.state, status.picture, status.infrared) == (State.DEGRADED, Picture.OK, picture)
        assert camera.read(timeout=5).infrared is None
        with pytest.raises((InfraredLost, InfraredBlack, InfraredFrozen)) as raised:
            take(camera, timeout=1)
        assert (f"camera.{raised.value.code}", raised.value.who) == (fault, status.who)
        simulated.simulate_heal()
        read_until(camera, lambda frame: frame.infrared is not None and camera.status().state is State.ONLINE)


# --- mishaps ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verb", "error", "fault", "state"),
    [
        ("unplug", NotConnected, "not_connected", State.NO_DEVICE),
        ("mute", DeadlineExceeded, "deadline_exceeded", State.OFFLINE),
        ("wrong_model", ProtocolError, "protocol_error", State.OFFLINE),
        ("busy", Refused, "refused", State.BUSY),
    ],
)
def test_a_camera_that_cannot_be_opened(verb: str, error: type[DriverError], fault: str, state: State) -> None:
    with plugged() as (simulated, camera):
        simulated.verbs()[verb]("")
        with pytest.raises(error):
            camera.read(timeout=5)
        assert (camera.status().state, camera.status().fault) == (state, f"camera.{fault}")
        camera.close()
        idle = camera.status()
        assert (idle.state, idle.fault, idle.picture) == (state, f"camera.{fault}", Picture.NONE)
        simulated.simulate_heal()
        assert camera.status().state is State.ONLINE
        assert camera.read(timeout=5).image.any()


@pytest.mark.parametrize(
    ("verb", "errors"),
    [
        ("unplug", (ConnectionLost, NotConnected)),
        ("mute", (DeadlineExceeded,)),
        ("garbage", (DeadlineExceeded, ProtocolError)),
        ("wrong_model", (ConnectionLost, ProtocolError)),
        ("busy", (ConnectionLost, Refused)),
    ],
)
def test_a_camera_that_fails_in_the_middle(verb: str, errors: tuple[type[DriverError], ...]) -> None:
    with pair() as (simulated, camera):
        take(camera)
        simulated.verbs()[verb]("")
        with pytest.raises(errors):
            read_until(camera, lambda _: False)
        simulated.simulate_heal()
        assert take(camera).image.any()


@pytest.mark.parametrize("count", ["0", "30", "200", "5000"])
def test_the_cable_is_pulled_after_some_bytes(count: str) -> None:
    with plugged() as (simulated, camera):
        simulated.simulate_unplug(count)
        with pytest.raises(DriverError):
            take(camera)
        simulated.simulate_plug()
        assert take(camera).image.any()


def test_noise_instead_of_an_answer() -> None:
    """It is told from silence as soon as it breaks the rules of HTTP, which noise does sooner or later."""
    with plugged() as (simulated, _):
        camera = OpenCvCamera(simulated.endpoint, limits=QUICK)
        simulated.simulate_garbage()
        assert camera.status().state is State.OFFLINE
        with pytest.raises((ProtocolError, DeadlineExceeded)):
            camera.read(timeout=5)
        assert camera.status().fault in ("camera.protocol_error", "camera.deadline_exceeded")
        simulated.simulate_heal()
        assert camera.read(timeout=5).image.any()
        camera.close()


def test_a_slow_camera_is_late_but_right() -> None:
    with plugged() as (simulated, camera):
        simulated.simulate_slow()
        assert take(camera).image.any()
        assert camera.status().state is State.ONLINE


def test_busy_passes() -> None:
    with plugged() as (simulated, camera):
        simulated.simulate_busy("0.2")
        with pytest.raises(Refused):
            camera.read(timeout=5)
        eventually(lambda: camera.status().state is not State.BUSY or camera.close())
        assert take(camera).image.any()


def test_a_broken_picture_is_left_out_and_noted() -> None:
    notes = Notes()
    with pair(notes) as (simulated, camera):
        take(camera)
        simulated.simulate_broken_picture("3")
        eventually(lambda: notes.incidents.count(Incident.CHECKSUM) == 3)
        assert take(camera).image.any()
        assert Incident.RECONNECT not in notes.incidents


def test_broken_pictures_only_are_an_error() -> None:
    with plugged() as (simulated, camera):
        simulated.simulate_broken_picture("999")
        with pytest.raises((ProtocolError, DeadlineExceeded)):
            camera.read(timeout=5)


def test_what_happened_is_noted_without_pictures() -> None:
    notes = Notes()
    with pair(notes) as (simulated, camera):
        take(camera)
        simulated.simulate_mute()
        with pytest.raises(DeadlineExceeded):
            read_until(camera, lambda _: False)
        simulated.simulate_heal()
        take(camera)
    assert {Incident.TIMEOUT, Incident.RECONNECT} <= set(notes.incidents)
    assert max(map(len, notes.lines)) < 100
    assert b"first picture" in notes.lines


# --- one good picture ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("verb", "error"), [("black", NothingSeen), ("freeze", StandsStill)])
def test_no_good_picture_is_no_picture(verb: str, error: type[DriverError]) -> None:
    with plugged() as (simulated, camera):
        simulated.verbs()[verb]("")
        with pytest.raises(error) as raised:
            take(camera, timeout=1)
        assert raised.value.who is Who.STAFF


def test_a_cancelled_capture_ends() -> None:
    cancel = threading.Event()
    with plugged() as (simulated, camera):
        simulated.simulate_black()
        threading.Timer(0.2, cancel.set).start()
        with pytest.raises(Cancelled):
            capture(camera, timeout=60, cancel=cancel)


# --- settings -----------------------------------------------------------------------------------------------------


def test_a_size_the_camera_does_not_have_is_told_and_fitted() -> None:
    with plugged() as (simulated, camera):
        simulated.simulate_resolution("320x240")
        assert take(camera).image.shape == (480, 640, 3)
        told = camera.capabilities()
        assert (told.model, told.resolution) == ("Simulated camera", "320x240")
        assert told.unmet == ("width: 320 instead of 640", "height: 240 instead of 480")


def test_settings_a_network_camera_does_not_take_are_told() -> None:
    with plugged() as (simulated, _):
        camera = OpenCvCamera(simulated.endpoint, Wishes(exposure=100, fps=10, rotate=90, width=480, height=640))
        assert take(camera).image.shape == (640, 480, 3)
        told = camera.capabilities()
        camera.close()
    assert [setting.split(":")[0] for setting in told.unmet] == ["fps", "exposure"]


def test_a_video_file_tells_its_size(tmp_path: Path) -> None:
    write_video(tmp_path / "film.avi", [40, 80, 120, 160])
    camera = OpenCvCamera(str(tmp_path / "film.avi"))
    camera.read(timeout=5)
    assert (camera.capabilities().model, camera.capabilities().resolution) == ("video file", "640x480")
    camera.close()
