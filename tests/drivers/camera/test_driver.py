"""The registry's row: settings, search, self-test."""

import threading
from pathlib import Path

import pytest
from pydantic import ValidationError

from drivers.camera.device import OpenCvCamera
from drivers.camera.driver import OPENCV, CameraOptions
from drivers.camera.selftest import selftest
from drivers.discovery import Attachment
from drivers.errors import Who
from drivers.monitor import Unwatched
from drivers.simulation.contract import Place
from tests.drivers.camera.helpers import plugged, write_video


def found(port: str, timeout: float = 5) -> str:
    assert OPENCV.probe is not None
    finding = OPENCV.probe.ask(Attachment(port, "tcp"), timeout)
    return f"{finding.port} {finding.model} {finding.evidence}" if finding else ""


def test_settings_as_they_stand_in_a_file() -> None:
    texts = {"port": "/dev/video2", "exposure": "150", "rotate": "90", "mirror": "yes", "infrared_port": "/dev/video4"}
    options = CameraOptions.model_validate(texts)
    wishes = options.wishes(exact=True)
    assert (wishes.exposure, wishes.brightness, wishes.rotate, wishes.mirror) == (150, None, 90, True)
    assert CameraOptions().wishes(exact=True).exposure is None


@pytest.mark.parametrize(
    "text",
    [{"rotate": "45"}, {"rotate": "left"}, {"exposure": "0"}, {"exposure": "bright"}, {"width": "10"}, {"fps": "-1"}],
)
def test_settings_that_make_no_sense(text: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        CameraOptions.model_validate(text)


def test_every_setting_is_described() -> None:
    assert all(field.description for field in CameraOptions.model_fields.values())


def test_the_row_opens_the_simulated_camera(tmp_path: Path) -> None:
    assert OPENCV.simulated is not None
    simulated = OPENCV.simulated(Place(tmp_path, tmp_path))
    simulated.start()
    camera = OPENCV.open(CameraOptions(port=simulated.endpoint), Unwatched())
    assert isinstance(camera, OpenCvCamera)
    assert camera.read(timeout=5).image.shape == (480, 640, 3)
    camera.close()
    simulated.close()


def test_a_camera_is_found_at_its_address() -> None:
    with plugged() as (simulated, _):
        address = simulated.endpoint.removeprefix("http://").removesuffix("/stream")
        line = f"{simulated.endpoint} Simulated camera took a picture of 640x480"
        assert found(simulated.endpoint) == found(f"tcp://{address}") == line


@pytest.mark.parametrize("verb", ["wrong_model", "garbage", "mute", "busy", "unplug"])
def test_what_shows_no_picture_is_no_camera(verb: str) -> None:
    with plugged() as (simulated, _):
        endpoint = simulated.endpoint
        simulated.verbs()[verb]("")
        assert found(endpoint, timeout=1) == ""


def test_a_printer_is_not_asked() -> None:
    assert found("tcp://127.0.0.1:9100") == ""


def test_a_video_file_as_a_device(tmp_path: Path) -> None:
    write_video(tmp_path / "film.avi", [90] * 10)
    assert OPENCV.probe is not None
    finding = OPENCV.probe.ask(Attachment(str(tmp_path / "film.avi"), "video"), 5)
    assert finding is not None
    assert finding.evidence == "took a picture of 640x480"


def test_a_self_test_of_a_good_camera_turns_it_off_afterwards() -> None:
    with plugged() as (simulated, _):
        camera = OpenCvCamera(simulated.endpoint, infrared=simulated.infrared_endpoint)
        checks = list(selftest(camera, threading.Event()))
        assert {check.name for check in checks if not check.ok} <= {"pictures a second"}  # a busy machine is slow
        assert "infrared beside it" in {check.name for check in checks}
        assert camera.status().substates()["picture"] == "idle"


def test_a_self_test_says_what_is_wrong() -> None:
    with plugged() as (simulated, camera):
        simulated.simulate_resolution("320x240")
        checks = {check.name: check for check in selftest(camera, threading.Event())}
        assert checks["takes its settings"].evidence == "width: 320 instead of 640; height: 240 instead of 480"
        assert not checks["takes its settings"].ok
        simulated.simulate_unplug()
        (failed,) = selftest(camera, threading.Event())
        assert (failed.ok, failed.who) == (False, Who.TECHNICIAN)
