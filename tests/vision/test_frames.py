import os
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from drivers.camera.contract import Frame
from kiosk.vision.frames import PreviewMemory
from kiosk.vision.preview import PreviewReader
from tests.vision.helpers import picture

FRAMES = 200


@pytest.fixture
def memory():
    made = PreviewMemory()
    yield made
    made.close()


def reader_of(memory: PreviewMemory) -> PreviewReader:
    return PreviewReader(os.dup(memory.descriptor))


def frame(brightness: int, number: int) -> Frame:
    return Frame(np.full((480, 640, 3), brightness, np.uint8), number, time.monotonic())


def test_a_frame_arrives_as_red_green_blue_from_the_top(memory: PreviewMemory) -> None:
    reader = reader_of(memory)
    image = np.zeros((480, 640, 3), np.uint8)
    image[0, 0] = (10, 20, 30)
    memory.write(Frame(image, 7, 0.0))
    latest = reader.latest()
    assert latest is not None
    number, pixels = latest
    assert (number, len(pixels), pixels[:4]) == (7, 640 * 480 * 3, bytes([30, 20, 10, 0]))
    assert (reader.width, reader.height) == (640, 480)
    reader.close()


def test_nothing_before_the_first_frame_and_nothing_twice(memory: PreviewMemory) -> None:
    reader = reader_of(memory)
    assert reader.latest() is None
    memory.write(frame(1, 5))
    assert reader.latest(after=4) is not None
    assert reader.latest(after=5) is None
    reader.close()


def test_a_frame_of_another_size_is_scaled(memory: PreviewMemory) -> None:
    reader = reader_of(memory)
    memory.write(Frame(np.full((720, 960, 3), 9, np.uint8), 1, 0.0))
    latest = reader.latest()
    assert latest is not None
    assert set(latest[1]) == {9}
    reader.close()


def test_wiped_means_zeros_in_the_memory_itself(memory: PreviewMemory) -> None:
    reader = reader_of(memory)
    memory.write(frame(200, 1))
    memory.wipe()
    assert reader.latest() is None
    assert not any(os.pread(memory.descriptor, 640 * 480 * 3, 64))
    reader.close()


def test_closing_wipes_what_others_still_hold() -> None:
    memory = PreviewMemory()
    reader = reader_of(memory)
    memory.write(frame(200, 1))
    memory.close()
    memory.close()
    memory.write(frame(200, 2))
    memory.wipe()
    assert reader.latest() is None
    reader.close()


def test_a_frame_is_never_torn(memory: PreviewMemory) -> None:
    """Each frame is of one colour, known by its number: a mixture would show."""
    reader, seen = reader_of(memory), 0
    written = threading.Event()

    def write() -> None:
        for number in range(1, FRAMES + 1):
            memory.write(frame(number % 251, number))
        written.set()

    writer = threading.Thread(target=write)
    writer.start()
    while not written.is_set() or seen == 0:
        if latest := reader.latest():
            number, pixels = latest
            assert pixels.count(number % 251) == len(pixels)
            seen += 1
    writer.join()
    assert reader.latest() is not None
    reader.close()


def test_a_frame_being_written_is_not_shown(memory: PreviewMemory) -> None:
    reader = reader_of(memory)
    memory.write(frame(3, 1))
    os.pwrite(memory.descriptor, b"\x03", 0)  # an odd sequence: the writer is at it
    assert reader.latest() is None
    memory.write(frame(4, 2))
    assert reader.latest() is not None
    reader.close()


def test_the_reader_cannot_shrink_the_memory(memory: PreviewMemory) -> None:
    with pytest.raises(PermissionError):
        os.ftruncate(memory.descriptor, 0)


@pytest.mark.parametrize("size", [0, 8, 64, 5000])
def test_a_descriptor_of_something_else_is_refused(tmp_path: Path, size: int) -> None:
    path = tmp_path / "other"
    path.write_bytes(b"\x07" * size)
    with pytest.raises(ValueError, match="no preview memory"):
        PreviewReader(os.open(path, os.O_RDONLY))


def test_the_memory_has_no_name_on_any_disk(memory: PreviewMemory) -> None:
    memory.write(Frame(picture(), 1, 0.0))
    assert Path(f"/proc/self/fd/{memory.descriptor}").readlink().name.startswith("memfd:preview")
