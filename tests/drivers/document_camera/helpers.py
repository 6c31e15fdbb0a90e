"""The real driver over the simulated document camera."""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

from drivers.document_camera.contract import Page, PageWarning
from drivers.document_camera.device import OpenCvDocumentCamera
from drivers.document_camera.simulated import SimulatedDocumentCamera
from drivers.video.capture import Limits

QUICK = Limits(open=1.0, read=1.0, look=0.5)


@contextmanager
def plugged(sheet: str = "text", **settings: Any) -> Generator[tuple[SimulatedDocumentCamera, OpenCvDocumentCamera]]:
    simulated = SimulatedDocumentCamera()
    if sheet:
        simulated.simulate_put(sheet)
    simulated.start()
    camera = OpenCvDocumentCamera(simulated.endpoint, limits=QUICK, **settings)
    try:
        yield simulated, camera
    finally:
        camera.close()
        simulated.close()


def scan(
    camera: OpenCvDocumentCamera, timeout: float = 8, tell: Callable[[PageWarning | None], None] = lambda _: None
) -> Page:
    return camera.scan(timeout=timeout, cancel=threading.Event(), tell=tell)
