"""The vision process with real engine, camera and card photo."""

import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

import cv2
import numpy as np
import pytest

from drivers.camera.contract import Image
from drivers.camera.device import OpenCvCamera
from drivers.camera.simulated import SimulatedCamera
from kiosk.bus.connection import BusError, connect
from kiosk.bus.messages import (
    Forget,
    Ok,
    OpenPreview,
    Preview,
)
from kiosk.vision.engine import DlibEngine
from kiosk.vision.photo import SimulatedDecoder, simulated_photo
from kiosk.vision.preview import PreviewReader
from kiosk.vision.service import SOCKET
from tests.vision.helpers import (
    PORTRAITS,
    needs_portraits,
)
from tests.vision.running import PATIENCE, Running, answers, preview, until_verified, verify
from tests.waiting import eventually


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
