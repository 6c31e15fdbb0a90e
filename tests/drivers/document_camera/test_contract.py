"""The real driver over the simulated document camera: one test a mishap."""

import threading

import pytest

from drivers.contract import Media, State
from drivers.document_camera.contract import NoPage, PageWarning, Paper
from drivers.document_camera.device import Timings
from drivers.document_camera.outline import find
from drivers.document_camera.simulated import SimulatedDocumentCamera
from drivers.document_camera.specimens import Laid, photo
from drivers.errors import Cancelled, NotConnected
from drivers.simulation.contract import COMMON_VERBS
from drivers.video.picture import Picture
from drivers.video.status import NothingSeen, StandsStill
from drivers.video.stream import decode
from tests.drivers.document_camera.helpers import plugged, scan
from tests.waiting import eventually


def test_a_good_page_is_scanned_and_the_camera_stays_on_for_the_next() -> None:
    with plugged("card") as (_, camera):
        assert camera.status().picture is Picture.IDLE
        page = scan(camera)
        assert (page.good, page.paper, page.image.shape) == (True, Paper.ID1, (319, 506, 3))
        status = camera.status()
        assert (status.state, status.picture, status.page) == (State.ONLINE, Picture.OK, Media.PRESENT)


def _outline(simulated: SimulatedDocumentCamera) -> object:
    image = decode(simulated.jpeg())
    assert image is not None
    return find(image)


def test_a_page_laid_down_while_the_picture_before_is_composed_is_in_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    simulated = SimulatedDocumentCamera()

    def laid_down_meanwhile(sheet: str, laid: Laid) -> object:
        composed = photo(sheet, laid)
        simulated.simulate_put("card")
        return composed

    monkeypatch.setattr("drivers.document_camera.simulated.photo", laid_down_meanwhile)
    assert _outline(simulated) is None
    assert _outline(simulated) is not None


def test_a_page_that_is_laid_down_late_is_waited_for() -> None:
    told: list[PageWarning | None] = []
    with plugged("") as (simulated, camera):

        def tell(warning: PageWarning | None) -> None:
            told.append(warning)
            if warning is PageWarning.NO_PAGE:
                simulated.simulate_put("card")

        assert scan(camera, timeout=20, tell=tell).good
    assert (told[0], told[-1]) == (PageWarning.NO_PAGE, None)


def test_nobody_lays_anything_down() -> None:
    with plugged("") as (_, camera), pytest.raises(NoPage):
        scan(camera, timeout=1.5)


def test_a_page_with_flaws_is_given_with_them_in_the_end() -> None:
    with plugged("card") as (simulated, camera):
        simulated.simulate_glare()
        assert scan(camera, timeout=2).warnings == (PageWarning.GLARE,)
        simulated.simulate_heal()
        assert scan(camera).good


@pytest.mark.parametrize(
    ("verb", "warning"),
    [
        ("blur", PageWarning.BLURRED),
        ("dark", PageWarning.TOO_DARK),
        ("cut_off", PageWarning.CUT_OFF),
        ("hand", PageWarning.COVERED),
    ],
)
def test_what_the_citizen_is_told(verb: str, warning: PageWarning) -> None:
    heard = threading.Event()
    with plugged("a5") as (simulated, camera):
        simulated.verbs()[verb]("")

        def tell(told: PageWarning | None) -> None:
            if told is warning:
                heard.set()
                simulated.simulate_heal()

        assert scan(camera, timeout=20, tell=tell).good
    assert heard.is_set()


@pytest.mark.parametrize("verb", ["tilt", "lean", "clutter"])
def test_what_is_put_right_without_a_word(verb: str) -> None:
    with plugged("a5") as (simulated, camera):
        simulated.verbs()[verb]("")
        assert scan(camera).good


def test_page_put_taken_and_left_behind() -> None:
    with plugged("card", timings=Timings(left=0.3, linger=60)) as (simulated, camera):
        scan(camera)
        eventually(lambda: camera.status().page is Media.LEFT)
        simulated.simulate_take()
        eventually(lambda: camera.status().page is Media.ABSENT)
        simulated.simulate_put("card")
        eventually(lambda: camera.status().page is Media.LEFT)


def test_the_camera_goes_off_when_nobody_scans_any_more() -> None:
    with plugged("card", timings=Timings(linger=0.2)) as (_, camera):
        scan(camera)
        eventually(lambda: camera.status().picture is Picture.IDLE)
        assert camera.status().page is Media.UNKNOWN
        assert scan(camera).good


def test_a_frozen_camera_never_delivers_somebody_elses_page() -> None:
    with plugged("card") as (simulated, camera):
        assert scan(camera).good
        simulated.simulate_freeze()
        eventually(lambda: camera.status().fault == "document_camera.frozen")
        with pytest.raises(StandsStill):
            scan(camera, timeout=1.5)


def test_a_black_camera_is_no_empty_table() -> None:
    with plugged("card") as (simulated, camera):
        simulated.simulate_black()
        with pytest.raises(NothingSeen):
            scan(camera, timeout=1.5)


def test_cancel_ends_the_wait() -> None:
    cancel = threading.Event()
    with plugged("") as (_, camera), pytest.raises(Cancelled):
        camera.scan(timeout=60, cancel=cancel, tell=lambda _: cancel.set())


@pytest.mark.parametrize("count", ["0", "200", "50000"])
def test_the_cable_is_pulled_after_some_bytes(count: str) -> None:
    with plugged("card") as (simulated, camera):
        simulated.simulate_unplug(count)
        with pytest.raises(NotConnected):
            scan(camera)
        assert camera.status().state is State.NO_DEVICE
        simulated.simulate_plug()
        assert scan(camera).good


def test_a_slow_camera_is_late_but_right() -> None:
    with plugged("card") as (simulated, camera):
        simulated.simulate_slow()
        assert scan(camera, timeout=20).good


def test_close_is_idempotent_and_a_later_scan_starts_anew() -> None:
    with plugged("card") as (_, camera):
        camera.close()
        assert scan(camera).good
        camera.close()
        camera.close()
        assert scan(camera).good


def test_the_simulated_camera_tells_what_one_would_see() -> None:
    with plugged("") as (simulated, _):
        assert set(simulated.verbs()) > COMMON_VERBS
        assert simulated.state() == {"page": "none", "lies": "", "picture": "live", "cable": "plugged"}
        simulated.simulate_put("card")
        simulated.simulate_tilt("20")
        simulated.simulate_busy()
        assert simulated.state() == {"page": "card", "lies": "turned 20°", "picture": "busy", "cable": "plugged"}
        for verb, argument in (("put", "banknote"), ("tilt", "much"), ("lean", "999"), ("unplug", "soon")):
            with pytest.raises(ValueError, match=argument):
                simulated.verbs()[verb](argument)
