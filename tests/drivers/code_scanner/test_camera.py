"""Codes in pictures."""

import threading
from collections.abc import Sequence
from pathlib import Path
from time import monotonic

import cv2
import numpy as np
import pytest
import zxingcpp

from drivers.code_scanner.camera import CameraCodeScanner
from drivers.code_scanner.contract import CodeUnreadable, NoCode
from drivers.contract import State
from drivers.errors import Cancelled, ConnectionLost, DeadlineExceeded, DriverError
from drivers.video.picture import Frame, Image, Picture
from drivers.video.reader import Health, Video
from drivers.video.source import Wishes

NOTHING: Image = np.full((240, 320, 3), 200, np.uint8)
MOMENT = 0.05


def picture(text: str | bytes, kind: str = "QRCode") -> Image:
    code = zxingcpp.create_barcode(  # pyright: ignore[reportUnknownMemberType]
        text, zxingcpp.barcode_format_from_str(kind)
    )
    grey = np.pad(np.array(code.to_image(scale=4)), 40, constant_values=255)
    return np.dstack([grey] * 3)


class Pictures:
    """Shows these one after another, then the last one for ever; an error is raised."""

    def __init__(self, *shown: Image | DriverError) -> None:
        self._shown: Sequence[Image | DriverError] = shown
        self.reads = 0
        self.running = False
        self.problem: DriverError | None = None

    def read(self, timeout: float) -> Frame:
        assert timeout >= 0
        self.running = True
        each = self._shown[min(self.reads, len(self._shown) - 1)]
        self.reads += 1
        if isinstance(each, DriverError):
            raise each
        return Frame(each, self.reads, monotonic())

    def health(self) -> Health:
        return Health(Picture.IDLE, self.problem)

    def close(self) -> None:
        self.running = False


def scan(scanner: CameraCodeScanner, timeout: float = 10) -> str:
    return scanner.scan(timeout=timeout, cancel=threading.Event()).text


@pytest.mark.parametrize(
    ("text", "kind"),
    [("样本：粤A12345", "QRCode"), ("4401-0001", "Code128"), ("DM 1", "DataMatrix"), ("PDF", "PDF417")],
)
def test_a_code_comes_into_the_picture(text: str, kind: str) -> None:
    pictures = Pictures(NOTHING, NOTHING, picture(text, kind))
    assert scan(CameraCodeScanner(pictures)) == text
    assert (pictures.reads, pictures.running) == (3, False)


def test_a_code_in_gb18030() -> None:
    assert scan(CameraCodeScanner(Pictures(picture("样本测试".encode("gb18030"))))) == "样本测试"


def test_a_code_that_is_no_text() -> None:
    with pytest.raises(CodeUnreadable):
        scan(CameraCodeScanner(Pictures(picture(b"\xff\xff\x00"))))


def test_no_code() -> None:
    pictures = Pictures(NOTHING)
    with pytest.raises(NoCode):
        scan(CameraCodeScanner(pictures), MOMENT)
    assert not pictures.running


def test_no_picture_is_not_the_citizens_fault() -> None:
    with pytest.raises(DeadlineExceeded) as caught:
        scan(CameraCodeScanner(Pictures(DeadlineExceeded())), MOMENT)
    assert not isinstance(caught.value, NoCode)


def test_the_camera_goes_away() -> None:
    pictures = Pictures(NOTHING, ConnectionLost("pulled"))
    with pytest.raises(ConnectionLost):
        scan(CameraCodeScanner(pictures))
    assert not pictures.running


def test_cancel() -> None:
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        CameraCodeScanner(Pictures(NOTHING)).scan(timeout=10, cancel=cancel)


def test_the_same_code_within_the_hold_off() -> None:
    scanner = CameraCodeScanner(Pictures(picture("A")), hold_off=60)
    assert scan(scanner) == "A"
    with pytest.raises(NoCode):
        scan(scanner, MOMENT)


def test_status() -> None:
    pictures = Pictures(NOTHING)
    scanner = CameraCodeScanner(pictures)
    assert scanner.status().state is State.ONLINE
    pictures.problem = ConnectionLost("gone")
    assert (scanner.status().state, scanner.status().fault) == (State.NO_DEVICE, "code_scanner.connection_lost")
    pictures.problem = DeadlineExceeded("slow")
    assert scanner.status().state is State.OFFLINE


def test_a_real_video(tmp_path: Path) -> None:
    film = tmp_path / "film.avi"
    shown = cv2.resize(picture("film"), (400, 400), interpolation=cv2.INTER_NEAREST)
    writer = cv2.VideoWriter(str(film), cv2.VideoWriter.fourcc(*"MJPG"), 10, (400, 400))
    for each in (np.full_like(shown, 180), shown, shown):
        writer.write(each)
    writer.release()
    video = Video(str(film), Wishes(width=1280, height=720, exact=False, loop=True))
    assert scan(CameraCodeScanner(video)) == "film"
    assert not video.running
