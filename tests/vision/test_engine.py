import subprocess
import sys
from pathlib import Path
from typing import cast

import cv2
import numpy as np
import pytest

from drivers.camera.contract import Image
from kiosk.vision.engine import DlibEngine, EngineUnavailable, distance, installed_models
from kiosk.vision.photo import id_photo
from kiosk.vision.verifier import Thresholds
from tests.vision.helpers import PORTRAITS, needs_portraits, picture


@pytest.fixture(scope="module")
def engine() -> DlibEngine:
    return DlibEngine()


def portrait(name: str) -> Image:
    return cast("Image", cv2.imread(str(PORTRAITS[name])))


def embedded(engine: DlibEngine, image: Image) -> np.ndarray:
    (box,) = engine.detect(image)
    return engine.embed(image, box)


@needs_portraits
@pytest.mark.parametrize("name", ["holder", "holder_live", "other"])
def test_both_looks_find_the_same_face(engine: DlibEngine, name: str) -> None:
    image = portrait(name)
    (quick,), (full,) = engine.detect(image, quick=True), engine.detect(image)
    assert quick.centre == pytest.approx(full.centre, abs=25)
    assert 0.3 < full.height / image.shape[0] < 0.6


@needs_portraits
def test_the_same_person_is_near_and_another_is_not(engine: DlibEngine) -> None:
    card = cast("Image", cv2.resize(id_photo(portrait("holder")), None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC))
    reference = embedded(engine, card)
    same = distance(reference, embedded(engine, portrait("holder_live")))
    other = distance(reference, embedded(engine, portrait("other")))
    print(f"same person {same:.3f}, another {other:.3f}")  # noqa: T201 - figures to read with pytest -s
    assert reference.shape == (128,)
    assert Thresholds().band(same) == "match"
    assert Thresholds().band(other) == "no_match"


def test_no_face_where_there_is_none(engine: DlibEngine) -> None:
    assert engine.detect(picture()) == []
    assert engine.detect(picture(), quick=True) == []


def test_models_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable):
        DlibEngine(tmp_path)


def test_two_model_files_are_enough(tmp_path: Path) -> None:
    for name in ("shape_predictor_5_face_landmarks.dat", "dlib_face_recognition_resnet_model_v1.dat"):
        (tmp_path / name).symlink_to(installed_models() / name)
    assert DlibEngine(tmp_path).detect(picture()) == []


def test_the_packages_that_load_more_are_not_imported() -> None:
    code = (
        "import sys; from kiosk.vision.engine import DlibEngine; DlibEngine()\n"
        "print({'face_recognition', 'face_recognition_models', 'pkg_resources'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, timeout=60, capture_output=True, text=True)
    assert done.stdout.strip() == "set()"
