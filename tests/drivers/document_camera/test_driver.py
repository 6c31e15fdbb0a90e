"""The registry's row: settings, search, self-test."""

import threading
from pathlib import Path

import pytest
from pydantic import ValidationError

from drivers.discovery import Attachment
from drivers.document_camera.device import OpenCvDocumentCamera
from drivers.document_camera.driver import OPENCV, DocumentCameraOptions
from drivers.document_camera.page import Thresholds
from drivers.document_camera.selftest import selftest
from drivers.errors import Who
from drivers.monitor import Unwatched
from drivers.simulation.contract import Place
from tests.drivers.document_camera.helpers import plugged, scan


def test_the_settings_say_what_the_code_says() -> None:
    options = DocumentCameraOptions()
    assert Thresholds(options.blur, options.glare, options.dark, options.uneven) == Thresholds()
    assert all(field.description for field in DocumentCameraOptions.model_fields.values())


@pytest.mark.parametrize("text", [{"paper": "letter"}, {"dpi": "10"}, {"glare": "2"}, {"blur": "0"}, {"unknown": "1"}])
def test_settings_that_make_no_sense(text: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        DocumentCameraOptions.model_validate(text)


def test_the_row_opens_the_simulated_camera(tmp_path: Path) -> None:
    assert OPENCV.simulated is not None
    simulated = OPENCV.simulated(Place(tmp_path, tmp_path))
    simulated.verbs()["put"]("card")
    simulated.start()
    camera = OPENCV.open(DocumentCameraOptions(port=simulated.endpoint, dpi=100), Unwatched())
    assert isinstance(camera, OpenCvDocumentCamera)
    assert scan(camera).dpi == 100
    assert list(tmp_path.iterdir()) == []
    camera.close()
    simulated.close()


def test_it_is_found_and_named() -> None:
    assert OPENCV.probe is not None
    with plugged() as (simulated, _):
        finding = OPENCV.probe.ask(Attachment(simulated.endpoint, "tcp"), 5)
        assert finding is not None
        assert (finding.model, finding.evidence, finding.sure) == (
            "Simulated document camera",
            "took a picture of 1600x1200",
            True,
        )


def test_a_self_test_scans_what_lies_there() -> None:
    with plugged("a5") as (_, camera):
        checks = {check.name: check for check in selftest(camera, threading.Event())}
        assert checks["scans a page"].evidence == "a5, 150 dpi"
        assert all(check.ok for name, check in checks.items() if name != "pictures come")  # a busy machine is slow
        assert camera.status().substates()["picture"] == "idle"


def test_a_self_test_without_a_page_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.document_camera.selftest._TIMEOUT", 2.0)
    with plugged("") as (_, camera):
        first = next(iter(selftest(camera, threading.Event())))
        assert (first.ok, first.evidence) == (True, "not tried: no page lies under it")


def test_a_self_test_says_who_must_act(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.document_camera.selftest._TIMEOUT", 2.0)
    with plugged("a5") as (simulated, camera):
        simulated.simulate_blur()
        checks = {check.name: check for check in selftest(camera, threading.Event())}
        assert (checks["focus"].ok, checks["focus"].who) == (False, Who.TECHNICIAN)
        assert checks["light"].ok
        simulated.simulate_unplug()
        first = next(iter(selftest(camera, threading.Event())))
        assert (first.ok, first.who) == (False, Who.TECHNICIAN)
