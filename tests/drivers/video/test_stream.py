"""Motion JPEG: whole, byte by byte, with garbage around it, and anything at all."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import ProtocolError
from drivers.video.stream import MAX_PICTURE, PictureStream, decode

TYPE = "multipart/x-mixed-replace; boundary=frame"


def jpeg(light: int = 90, size: int = 16) -> bytes:
    return cv2.imencode(".jpg", np.full((size, size, 3), light, np.uint8))[1].tobytes()


def part(body: bytes, *, length: bool = True, delimiter: bytes = b"--frame", line: bytes = b"\r\n") -> bytes:
    head = [delimiter, b"Content-Type: image/jpeg", *([b"Content-Length: %d" % len(body)] if length else []), b"", b""]
    return line.join(head) + body + line


def pictures(stream: PictureStream, data: bytes, portion: int = 1 << 20) -> list[bytes]:
    found: list[bytes] = []
    for start in range(0, len(data), portion):
        stream.receive_data(data[start : start + portion])
        while (picture := stream.next_picture()) is not None:
            found.append(picture)
    return found


TWO = [jpeg(40), jpeg(200)]


@pytest.mark.parametrize("portion", [1, 7, 1 << 20])
def test_parts_with_their_length(portion: int) -> None:
    assert pictures(PictureStream(TYPE), b"".join(map(part, TWO)), portion) == TWO


@pytest.mark.parametrize("portion", [1, 1 << 20])
def test_parts_without_length_end_at_the_next(portion: int) -> None:
    data = b"".join(part(body, length=False) for body in [*TWO, b""])
    assert [body.rstrip(b"\r\n") for body in pictures(PictureStream(TYPE), data, portion)] == TWO


@pytest.mark.parametrize(
    ("content_type", "delimiter"),
    [
        ('multipart/x-mixed-replace;boundary="frame"', b"--frame"),
        ("multipart/x-mixed-replace; boundary=--frame", b"--frame"),
        ("multipart/x-mixed-replace; boundary=--frame", b"----frame"),
        ("multipart/x-mixed-replace; BOUNDARY = frame; charset=x", b"--frame"),
    ],
)
def test_boundaries_as_cameras_write_them(content_type: str, delimiter: bytes) -> None:
    data = b"".join(part(body, delimiter=delimiter) for body in TWO)
    assert pictures(PictureStream(content_type), data) == TWO


def test_bare_line_feeds() -> None:
    assert pictures(PictureStream(TYPE), b"".join(part(body, line=b"\n") for body in TWO)) == TWO


@pytest.mark.parametrize("content_type", ["multipart/x-mixed-replace", "multipart/x-mixed-replace; boundary=--"])
def test_a_stream_must_name_its_boundary(content_type: str) -> None:
    with pytest.raises(ProtocolError):
        PictureStream(content_type)


@given(st.binary(max_size=300).filter(lambda noise: b"--" not in noise), st.integers(1, 50))
def test_noise_around_parts_is_skipped(noise: bytes, portion: int) -> None:
    data = noise + part(TWO[0]) + noise + part(TWO[1])
    assert pictures(PictureStream(TYPE), data, portion) == TWO


def test_a_delimiter_without_a_head_is_passed_over() -> None:
    assert pictures(PictureStream(TYPE), b"--frame" + b"x" * 5000 + part(TWO[0])) == [TWO[0]]


def test_a_picture_without_end_is_an_error_before_memory_is_full() -> None:
    stream = PictureStream(TYPE)
    with pytest.raises(ProtocolError):
        pictures(stream, part(bytes(MAX_PICTURE + 8192), length=False))
    with pytest.raises(ProtocolError):
        pictures(PictureStream(TYPE), b"--frame\r\nContent-Length: 999999999\r\n\r\n")


def test_noise_without_end_is_an_error() -> None:
    with pytest.raises(ProtocolError):
        pictures(PictureStream(TYPE), bytes(MAX_PICTURE + 100))


@given(st.lists(st.binary(max_size=200), max_size=20))
def test_anything_at_all_ends_in_pictures_or_waiting(portions: list[bytes]) -> None:
    stream = PictureStream(TYPE)
    for portion in portions:
        stream.receive_data(portion)
        while stream.next_picture() is not None:
            pass


def test_whole_pictures_only() -> None:
    whole = jpeg(90, size=200)
    assert decode(whole) is not None
    assert decode(whole + b"\0\0\r\n") is not None
    assert decode(whole[: len(whole) // 2]) is None
    assert decode(whole[5:]) is None
    assert decode(b"") is None


def test_a_picture_of_absurd_size_is_not_decoded() -> None:
    whole = bytearray(jpeg())
    size = whole.index(b"\xff\xc0") + 5
    whole[size : size + 4] = b"\xff\xff\xff\xff"
    assert decode(bytes(whole)) is None


@given(st.data())
def test_a_damaged_picture_is_a_picture_or_none(data: st.DataObject) -> None:
    whole = bytearray(jpeg(90, size=64))
    for place in data.draw(st.lists(st.integers(0, len(whole) - 1), max_size=8)):
        whole[place] = data.draw(st.integers(0, 255))
    image = decode(bytes(whole))
    assert image is None or image.ndim == 3
