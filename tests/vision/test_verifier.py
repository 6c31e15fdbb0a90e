import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

import pytest

from drivers.camera.contract import Camera
from drivers.camera.device import OpenCvCamera
from drivers.camera.simulated import SimulatedCamera
from drivers.contract import DeviceStatus, State
from kiosk.bus.messages import GuidanceCode
from kiosk.vision.engine import Box, DlibEngine, FaceEngine
from kiosk.vision.photo import MissingDecoder, PhotoDecoder, SimulatedDecoder, simulated_photo
from kiosk.vision.verifier import BURST, Thresholds, Verdict, Verifier
from tests.vision.helpers import (
    FACE,
    PORTRAITS,
    SECOND,
    ScriptedCamera,
    ScriptedEngine,
    StaticDecoder,
    needs_portraits,
    picture,
)

THRESHOLDS = Thresholds(match=0.5, uncertain=0.6)


class Run:
    """One verification and what the person was told."""

    def __init__(
        self, engine: FaceEngine, camera: Camera | None = None, decoder: PhotoDecoder | None = None, seconds: float = 10
    ) -> None:
        self.told: list[GuidanceCode] = []
        self.cancel = threading.Event()
        self._verifier = Verifier(camera or ScriptedCamera(), decoder or StaticDecoder(), engine, THRESHOLDS)
        self._seconds = seconds

    def verdict(self, photo: bytes = b"photo") -> Verdict:
        deadline = time.monotonic() + self._seconds
        return self._verifier.verify(photo, deadline=deadline, cancel=self.cancel, tell=self.told.append)


@pytest.mark.parametrize(
    ("distance", "outcome"),
    [(0.0, "match"), (0.49, "match"), (0.51, "uncertain"), (0.59, "uncertain"), (0.61, "no_match"), (1.2, "no_match")],
)
def test_the_distance_decides(distance: float, outcome: str) -> None:
    verdict = Run(ScriptedEngine([[FACE]], distance)).verdict()
    assert verdict == Verdict(outcome, pytest.approx(distance))  # pyright: ignore[reportArgumentType]


def test_a_threshold_belongs_to_the_better_band() -> None:
    assert (THRESHOLDS.band(0.5), THRESHOLDS.band(0.6)) == ("match", "uncertain")


def test_the_person_is_guided_into_place_and_told_each_thing_once() -> None:
    far = Box(300, 220, 340, 260)
    run = Run(ScriptedEngine([[], [], [far], [FACE, SECOND], [FACE, SECOND], [FACE]]))
    assert run.verdict().outcome == "match"
    assert run.told == ["no_face", "too_far", "several_faces", "hold_still"]


def test_never_a_match_while_two_are_in_view() -> None:
    run = Run(ScriptedEngine([[FACE, SECOND]]), seconds=0.3)
    assert run.verdict() == Verdict("no_face")
    assert run.told == ["several_faces"]


def test_a_second_face_that_only_the_thorough_look_finds_counts() -> None:
    engine = ScriptedEngine([[FACE]], far=[Box(20, 20, 110, 110)])
    run = Run(engine, seconds=0.3)
    assert run.verdict() == Verdict("no_face")
    assert "several_faces" in run.told
    assert len(engine.vectors) == 1  # the reference; the frame was not compared


def test_the_burst_begins_again_when_the_person_moves() -> None:
    frames: list[int] = []
    engine = ScriptedEngine([[FACE]] * (BURST - 1) + [[], [FACE]])
    run = Run(engine, ScriptedCamera(on_frame=frames.append))
    assert run.verdict().outcome == "match"
    assert len(frames) == BURST - 1 + 1 + BURST


def test_nobody_comes() -> None:
    assert Run(ScriptedEngine([[]]), seconds=0.2).verdict() == Verdict("no_face")


def test_a_picture_that_repeats_is_never_compared() -> None:
    camera = ScriptedCamera(make=lambda _: picture())
    assert Run(ScriptedEngine([[FACE]]), camera, seconds=0.3).verdict() == Verdict("no_face")


def test_a_degraded_camera_is_not_trusted() -> None:
    camera = ScriptedCamera(status=DeviceStatus(State.DEGRADED, "camera.frozen"))
    assert Run(ScriptedEngine([[FACE]]), camera).verdict() == Verdict("camera_failed")


@pytest.mark.parametrize("frames", range(BURST))
def test_a_camera_that_goes_away(frames: int) -> None:
    assert Run(ScriptedEngine([[FACE]]), ScriptedCamera(fails_after=frames)).verdict() == Verdict("camera_failed")


def test_cancelled() -> None:
    run = Run(ScriptedEngine([[]]), ScriptedCamera(on_frame=lambda number: run.cancel.set() if number == 5 else None))
    assert run.verdict() == Verdict("cancelled")


def test_no_photo_no_decoder_no_face_on_the_photo() -> None:
    assert Run(ScriptedEngine([[FACE]])).verdict(b"") == Verdict("no_reference")
    assert Run(ScriptedEngine([[FACE]]), decoder=MissingDecoder()).verdict() == Verdict("no_reference")
    assert Run(ScriptedEngine([[FACE]], on_card=[])).verdict() == Verdict("no_reference")
    assert Run(ScriptedEngine([[FACE]], on_card=[FACE, SECOND])).verdict() == Verdict("no_reference")


def test_no_vector_outlives_the_verification() -> None:
    engine = ScriptedEngine([[FACE]])
    assert Run(engine).verdict().outcome == "match"
    assert len(engine.vectors) == 2
    assert not any(vector.any() for vector in engine.vectors)


# --- the whole: real engine, real driver, simulated camera ------------------------------------------------------


@contextmanager
def standing(who: str) -> Generator[tuple[SimulatedCamera, OpenCvCamera]]:
    simulated = SimulatedCamera(PORTRAITS)
    simulated.simulate_show(who)
    simulated.start()
    camera = OpenCvCamera(simulated.endpoint)
    try:
        yield simulated, camera
    finally:
        camera.close()
        simulated.close()


@pytest.fixture(scope="module")
def engine() -> DlibEngine:
    return DlibEngine()


def real_run(engine: FaceEngine, camera: Camera) -> Run:
    return Run(engine, camera, SimulatedDecoder(PORTRAITS), seconds=20)


@needs_portraits
@pytest.mark.parametrize(("who", "outcome"), [("holder", "match"), ("other", "no_match")])
def test_the_holder_and_somebody_else(engine: DlibEngine, who: str, outcome: str) -> None:
    with standing(who) as (_, camera):
        verdict = real_run(engine, camera).verdict(simulated_photo("holder"))
    assert verdict.outcome == outcome
    print(f"{who}: distance {verdict.distance}")  # noqa: T201 - a figure to read with pytest -s


@needs_portraits
@pytest.mark.parametrize(
    ("who", "far", "code"),
    [("two", False, "several_faces"), ("nobody", False, "no_face"), ("holder", True, "too_far")],
)
def test_who_cannot_be_compared_is_guided(engine: DlibEngine, who: str, far: bool, code: GuidanceCode) -> None:
    with standing(who) as (simulated, camera):
        if far:
            simulated.simulate_far()
        verifier = Verifier(camera, SimulatedDecoder(PORTRAITS), engine, THRESHOLDS)
        told, enough = list[GuidanceCode](), threading.Event()

        def tell(code: GuidanceCode) -> None:
            told.append(code)
            enough.set()

        photo, deadline = simulated_photo("holder"), time.monotonic() + 20
        assert verifier.verify(photo, deadline=deadline, cancel=enough, tell=tell) == Verdict("cancelled")
    assert told == [code]


@needs_portraits
def test_somebody_steps_out_of_the_picture(engine: DlibEngine) -> None:
    with standing("two") as (simulated, camera):
        told = list[GuidanceCode]()

        def tell(code: GuidanceCode) -> None:
            told.append(code)
            if code == "several_faces":
                simulated.simulate_show("holder")

        verifier = Verifier(camera, SimulatedDecoder(PORTRAITS), engine, THRESHOLDS)
        photo, deadline = simulated_photo("holder"), time.monotonic() + 20
        verdict = verifier.verify(photo, deadline=deadline, cancel=threading.Event(), tell=tell)
        assert verdict.outcome == "match"
    assert told == ["several_faces", "hold_still"]


Fault = Callable[[SimulatedCamera], None]


@needs_portraits
@pytest.mark.parametrize(
    "fault", [SimulatedCamera.simulate_unplug, SimulatedCamera.simulate_freeze, SimulatedCamera.simulate_black]
)
def test_a_fault_in_the_burst_is_told_long_before_the_deadline(engine: DlibEngine, fault: Fault) -> None:
    with standing("holder") as (simulated, camera):
        verifier = Verifier(camera, SimulatedDecoder(PORTRAITS), engine, THRESHOLDS)
        deadline = time.monotonic() + 60

        def told(code: GuidanceCode) -> None:
            if code == "hold_still":  # the first good frame: the burst has begun
                fault(simulated)

        photo, cancel = simulated_photo("holder"), threading.Event()
        assert verifier.verify(photo, deadline=deadline, cancel=cancel, tell=told) == Verdict("camera_failed")
        assert time.monotonic() < deadline
