"""Pictures and waits of the camera tests."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np

from drivers.camera.contract import Camera, Frame, Image
from drivers.camera.device import OpenCvCamera
from drivers.camera.simulated import SimulatedCamera

ENOUGH_FRAMES = 90
"""Six seconds of the simulated stream."""


@contextmanager
def plugged() -> Generator[tuple[SimulatedCamera, OpenCvCamera]]:
    """A simulated camera without portraits and the real driver on it."""
    simulated = SimulatedCamera({})
    simulated.start()
    camera = OpenCvCamera(simulated.endpoint)
    try:
        yield simulated, camera
    finally:
        camera.close()
        simulated.close()


def read_until(camera: Camera, wanted: Callable[[Frame], bool]) -> Frame:
    """Frames pass until one is as wanted; fails after a fixed number of them."""
    for _ in range(ENOUGH_FRAMES):
        frame = camera.read(timeout=5)
        if wanted(frame):
            return frame
    raise AssertionError("no such frame came")


def plain(brightness: int) -> Image:
    return np.full((480, 640, 3), brightness, np.uint8)


def write_video(path: Path, brightnesses: list[int], rate: float = 30) -> None:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), rate, (640, 480))
    for brightness in brightnesses:
        writer.write(plain(brightness))
    writer.release()
