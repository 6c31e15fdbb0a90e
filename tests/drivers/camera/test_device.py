import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from drivers.camera.contract import Frame
from drivers.camera.device import OpenCvCamera
from drivers.contract import State
from drivers.errors import DeadlineExceeded, DriverError, NotConnected, Who
from drivers.video.capture import EndOfVideo, Limits
from drivers.video.source import Wishes
from tests.drivers.camera.helpers import plugged, read_until, write_video


def brightness(frame: Frame) -> float:
    return float(frame.image.mean())


def test_frames_come_in_the_agreed_size_and_order() -> None:
    with plugged() as (_, camera):
        one, two = camera.read(timeout=5), camera.read(timeout=5)
    assert one.image.shape == (480, 640, 3)
    assert one.image.dtype == np.uint8
    assert one.number < two.number
    assert one.captured < two.captured


def test_a_frame_was_taken_after_it_was_asked_for() -> None:
    with plugged() as (_, camera):
        camera.read(timeout=5)
        threading.Event().wait(0.3)
        asked = time.monotonic()
        assert camera.read(timeout=5).captured >= asked


def test_two_threads_get_frames_side_by_side() -> None:
    with plugged() as (_, camera):
        taken: list[int] = []
        threads = [threading.Thread(target=lambda: taken.append(camera.read(timeout=5).number)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
    assert len(taken) == 2


def test_the_constructor_opens_nothing_and_an_idle_camera_stays_off() -> None:
    with plugged() as (_, camera):
        assert camera.status().state is State.ONLINE
        assert "video" not in {thread.name for thread in threading.enumerate()}
        camera.read(timeout=5)
        assert camera.status().state is State.ONLINE


@pytest.mark.parametrize("source", ["97", "/dev/video97", "missing.avi", "http://127.0.0.1:1/stream"])
def test_no_camera_there(source: str) -> None:
    camera = OpenCvCamera(source)
    status = camera.status()
    assert (status.state, status.fault, status.who) == (State.NO_DEVICE, "camera.not_connected", Who.TECHNICIAN)
    with pytest.raises(NotConnected):
        camera.read(timeout=5)
    assert camera.status().state is State.NO_DEVICE
    camera.close()


def test_something_that_never_answers_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/stream"
        camera = OpenCvCamera(url, limits=Limits(open=0.5, read=0.5))
        with pytest.raises(DeadlineExceeded, match="no picture"):
            camera.read(timeout=0.2)
        assert camera.status().state is State.STARTING
        with pytest.raises(DeadlineExceeded, match="silent"):
            camera.read(timeout=10)
        assert camera.status().fault == "camera.deadline_exceeded"
        camera.close()


def test_a_broken_stream_is_no_picture(tmp_path: Path) -> None:
    path = tmp_path / "noise.avi"
    path.write_bytes(os.urandom(4096))
    camera = OpenCvCamera(str(path))
    with pytest.raises(NotConnected):
        camera.read(timeout=5)
    camera.close()


def test_unplugged_while_somebody_waits_and_back_again() -> None:
    with plugged() as (simulated, camera):
        first = camera.read(timeout=5)
        simulated.simulate_unplug()
        with pytest.raises(NotConnected):
            read_until(camera, lambda _: False)
        assert camera.status().state is State.NO_DEVICE
        with pytest.raises(NotConnected):
            camera.read(timeout=5)
        simulated.simulate_plug()
        assert camera.read(timeout=5).number > first.number
        assert camera.status().state is State.ONLINE


def test_close_wakes_whoever_waits_and_is_idempotent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        camera = OpenCvCamera(f"http://127.0.0.1:{silent.getsockname()[1]}/stream")
        raised: list[DriverError] = []

        def wait() -> None:
            with pytest.raises(DriverError) as error:
                camera.read(timeout=30)
            raised.append(error.value)

        waiting = threading.Thread(target=wait)
        waiting.start()
        while camera.status().state is not State.STARTING:
            threading.Event().wait(0.01)
        camera.close()
        camera.close()
        waiting.join(10)
    assert raised


def test_a_closed_camera_opens_again_at_the_next_read() -> None:
    with plugged() as (_, camera):
        camera.read(timeout=5)
        camera.close()
        assert camera.read(timeout=5).image.any()


def test_a_frozen_picture_is_a_fault_until_it_moves_again() -> None:
    with plugged() as (simulated, camera):
        simulated.simulate_freeze()
        read_until(camera, lambda _: camera.status().fault == "camera.frozen")
        assert camera.status().state is State.DEGRADED
        simulated.simulate_heal()
        read_until(camera, lambda _: camera.status().state is State.ONLINE)


def test_a_black_picture_is_a_fault_until_there_is_light_again() -> None:
    with plugged() as (simulated, camera):
        simulated.simulate_black()
        read_until(camera, lambda _: camera.status().fault == "camera.black")
        assert camera.status().state is State.DEGRADED
        simulated.simulate_heal()
        read_until(camera, lambda _: camera.status().state is State.ONLINE)


def test_a_video_file_plays_and_ends(tmp_path: Path) -> None:
    path = tmp_path / "film.avi"
    write_video(path, [40] * 10 + [200] * 10)
    camera = OpenCvCamera(str(path))
    assert camera.status().state is State.ONLINE
    assert brightness(camera.read(timeout=5)) < 100
    with pytest.raises(EndOfVideo):
        read_until(camera, lambda _: False)
    with pytest.raises(EndOfVideo):
        camera.read(timeout=5)
    camera.close()


def test_a_video_file_begins_again_when_told_to(tmp_path: Path) -> None:
    path = tmp_path / "film.avi"
    write_video(path, [40] * 5 + [200] * 5)
    camera = OpenCvCamera(str(path), Wishes(loop=True))
    read_until(camera, lambda frame: brightness(frame) > 150)
    read_until(camera, lambda frame: brightness(frame) < 100)
    camera.close()


LEFT_OPEN = """
import contextlib, sys
from drivers.camera.device import OpenCvCamera
from drivers.errors import DriverError
cameras = [OpenCvCamera(source) for source in sys.argv[1:]]
for camera in cameras:
    with contextlib.suppress(DriverError):
        camera.read(timeout=5)
"""


def test_a_process_that_ends_without_closing_is_clean_and_silent() -> None:
    with plugged() as (simulated, _):
        sources = ["97", "missing.avi", "http://127.0.0.1:1/", simulated.endpoint]
        command = [sys.executable, "-c", LEFT_OPEN, *sources]
        done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
