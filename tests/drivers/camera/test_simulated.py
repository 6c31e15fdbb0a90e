from pathlib import Path

import cv2
import numpy as np
import pytest

from drivers.camera.simulated import SimulatedCamera, compose
from drivers.errors import DriverError
from drivers.simulation.contract import COMMON_VERBS
from tests.drivers.camera.helpers import plain, plugged, read_until


def decoded(jpeg: bytes) -> np.ndarray:
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    return image


def test_frames_differ_as_those_of_a_sensor() -> None:
    camera = SimulatedCamera({})
    assert not np.array_equal(decoded(camera.jpeg()), decoded(camera.jpeg()))


def test_frozen_frames_do_not_differ() -> None:
    camera = SimulatedCamera({})
    camera.simulate_freeze()
    assert camera.jpeg() == camera.jpeg()


def test_who_stands_there_is_in_the_picture(tmp_path: Path) -> None:
    portraits = {"holder": tmp_path / "holder.png", "other": tmp_path / "other.png"}
    cv2.imwrite(str(portraits["holder"]), plain(20))
    cv2.imwrite(str(portraits["other"]), plain(240))
    camera = SimulatedCamera(portraits)
    camera.simulate_show("holder")
    assert decoded(camera.jpeg()).mean() < 40
    camera.simulate_show("other")
    assert decoded(camera.jpeg()).mean() > 220
    camera.simulate_show("two")
    picture = decoded(camera.jpeg())
    assert picture[:, 20:300].mean() < 40
    assert picture[:, 340:620].mean() > 220


def test_the_live_picture_of_the_holder_is_preferred(tmp_path: Path) -> None:
    portraits = {"holder": tmp_path / "card.png", "holder_live": tmp_path / "live.png"}
    cv2.imwrite(str(portraits["holder"]), plain(20))
    cv2.imwrite(str(portraits["holder_live"]), plain(240))
    camera = SimulatedCamera(portraits)
    camera.simulate_show("holder")
    assert decoded(camera.jpeg()).mean() > 220


def test_a_figure_stands_in_for_a_missing_portrait() -> None:
    camera = SimulatedCamera({"holder": Path("/nowhere.jpg")})
    camera.simulate_show("holder")
    somebody = decoded(camera.jpeg()).astype(int)
    camera.simulate_show("nobody")
    nobody = decoded(camera.jpeg()).astype(int)
    assert np.abs(somebody - nobody)[150:250, 280:360].mean() > 30


def test_far_is_smaller() -> None:
    near, far = compose([plain(0)], 1.0), compose([plain(0)], 0.5)
    assert not near.any()
    assert (far == 0).all(axis=2).mean() == pytest.approx(0.25, abs=0.01)


@pytest.mark.parametrize(
    ("verb", "argument"),
    [
        ("show", "somebody"),
        ("photo", "somebody"),
        ("resolution", "large"),
        ("slow", "-1"),
        ("slow", "nan"),
        ("busy", "long"),
        ("unplug", "now"),
        ("broken_picture", "-1"),
    ],
)
def test_an_unknown_argument_is_refused(verb: str, argument: str) -> None:
    with plugged() as (simulated, _), pytest.raises(ValueError, match=argument):
        simulated.verbs()[verb](argument)


def test_every_verb_is_told_and_changes_what_one_sees() -> None:
    camera = SimulatedCamera({})
    verbs = camera.verbs()
    assert set(verbs) > COMMON_VERBS
    verbs["show"]("other")
    verbs["far"]("")
    verbs["freeze"]("")
    verbs["infrared_black"]("")
    assert camera.state() == {
        "person": "other",
        "distance": "far",
        "picture": "frozen",
        "infrared": "black",
        "cable": "unplugged",
    }
    verbs["photo"]("holder")
    assert camera.state()["person"] == "photo of holder"
    verbs["heal"]("")
    assert camera.state() == {
        "person": "holder",
        "distance": "near",
        "picture": "live",
        "infrared": "live",
        "cable": "plugged",
    }
    camera.close()


def test_the_port_stays_over_unplugging() -> None:
    with plugged() as (simulated, camera):
        endpoint = simulated.endpoint
        camera.read(timeout=5)
        simulated.simulate_unplug()
        with pytest.raises(DriverError):
            read_until(camera, lambda _: False)
        simulated.simulate_plug()
        assert simulated.endpoint == endpoint
        assert camera.read(timeout=5).image.any()


def test_close_is_idempotent() -> None:
    camera = SimulatedCamera({})
    camera.start()
    camera.close()
    camera.close()
