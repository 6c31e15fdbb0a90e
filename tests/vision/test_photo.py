import shutil
import struct
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.vision.photo import (
    BMP_BYTES,
    HEIGHT,
    WIDTH,
    WLT_BYTES,
    MissingDecoder,
    PhotoDecoderMissing,
    PhotoUndecodable,
    SharedLibraryDecoder,
    SimulatedDecoder,
    parse_bmp,
    simulated_photo,
)

needs_compiler = pytest.mark.skipif(shutil.which("gcc") is None, reason="no C compiler")

LIBRARY = r"""
#include <string.h>
static void header(unsigned char *bmp) {
    static const unsigned char head[54] = {'B','M', 0xce,0x97,0,0, 0,0,0,0, 54,0,0,0,
        40,0,0,0, 102,0,0,0, 126,0,0,0, 1,0, 24,0};
    memcpy(bmp, head, sizeof head);
}
/* The first pixel from the top left is blue, green and red 1, 2, 3; the rest repeats the first byte of the photo. */
int good(const unsigned char wlt[1024], unsigned char bmp[38862]) {
    header(bmp);
    memset(bmp + 54, wlt[0], 308 * 126);
    memcpy(bmp + 54 + 308 * 125, "\x01\x02\x03", 3);
    return 1;
}
int fails(const unsigned char wlt[1024], unsigned char bmp[38862]) { header(bmp); return -2; }
int garbage(const unsigned char wlt[1024], unsigned char bmp[38862]) { memset(bmp, 0xa5, 38862); return 1; }
int silent(const unsigned char wlt[1024], unsigned char bmp[38862]) { return 1; }
"""

PHOTO = bytes([77]) * WLT_BYTES


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("decoder")
    source, built = folder / "wlt.c", folder / "libwlt.so"
    source.write_text(LIBRARY)
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", str(built), str(source)], check=True, timeout=60)
    return built


@needs_compiler
def test_a_library_decodes(library: Path) -> None:
    image = SharedLibraryDecoder(library, "good").decode(PHOTO)
    assert image.shape == (HEIGHT, WIDTH, 3)
    assert image[0, 0].tolist() == [1, 2, 3]
    assert (image[1:] == 77).all()


@needs_compiler
@pytest.mark.parametrize("symbol", ["fails", "garbage", "silent"])
def test_a_library_that_makes_no_picture(library: Path, symbol: str) -> None:
    with pytest.raises(PhotoUndecodable):
        SharedLibraryDecoder(library, symbol).decode(PHOTO)


@needs_compiler
def test_a_photo_of_another_length_never_reaches_the_library(library: Path) -> None:
    with pytest.raises(PhotoUndecodable, match="1023 bytes"):
        SharedLibraryDecoder(library, "good").decode(PHOTO[1:])


@needs_compiler
def test_a_library_without_the_function(library: Path) -> None:
    with pytest.raises(PhotoDecoderMissing):
        SharedLibraryDecoder(library, "unpack").decode(PHOTO)


def test_no_library(tmp_path: Path) -> None:
    with pytest.raises(PhotoDecoderMissing):
        SharedLibraryDecoder(tmp_path / "libwlt.so", "good").decode(PHOTO)
    with pytest.raises(PhotoDecoderMissing):
        MissingDecoder().decode(PHOTO)


def bmp(**changes: int) -> bytes:
    fields = {"offset": 54, "size": 40, "width": WIDTH, "height": HEIGHT, "planes": 1, "bits": 24, "compression": 0}
    head = struct.pack("<2sIII", b"BM", BMP_BYTES, 0, (fields | changes)["offset"])
    info = struct.pack("<IiiHHI", *list((fields | changes).values())[1:]) + bytes(20)
    return (head + info).ljust(BMP_BYTES, b"\x40")


def test_a_bmp_as_another_library_writes_it() -> None:
    picture = np.random.default_rng(1).integers(0, 255, (HEIGHT, WIDTH, 3), np.uint8)
    _, data = cv2.imencode(".bmp", picture)
    assert np.array_equal(parse_bmp(data.tobytes()), picture)


@pytest.mark.parametrize(
    "change",
    [{"offset": 70}, {"size": 12}, {"width": 103}, {"height": -126}, {"planes": 2}, {"bits": 32}, {"compression": 1}],
)
def test_a_bmp_of_another_kind(change: dict[str, int]) -> None:
    parse_bmp(bmp())
    with pytest.raises(PhotoUndecodable):
        parse_bmp(bmp(**change))


@given(st.binary(max_size=200), st.booleans())
def test_anything_else_is_no_picture(data: bytes, padded: bool) -> None:
    with pytest.raises(PhotoUndecodable):
        parse_bmp(data.ljust(BMP_BYTES, b"\0") if padded else data)


def test_a_simulated_card_shows_its_portrait(tmp_path: Path) -> None:
    portrait = np.zeros((480, 640, 3), np.uint8)
    portrait[100:330, 220:420] = 200
    cv2.imwrite(str(tmp_path / "holder.png"), portrait)
    image = SimulatedDecoder({"holder": tmp_path / "holder.png"}).decode(simulated_photo("holder"))
    assert image.shape == (HEIGHT, WIDTH, 3)
    assert image[60, 51].min() > 150


@pytest.mark.parametrize(
    "photo", [simulated_photo("stranger"), simulated_photo(""), b"\xff" * WLT_BYTES, b"SIMPHOTO\xff"]
)
def test_a_simulated_card_without_a_portrait(photo: bytes) -> None:
    with pytest.raises(PhotoUndecodable):
        SimulatedDecoder({}).decode(photo)


def test_the_simulated_photo_has_the_size_of_a_real_one() -> None:
    assert len(simulated_photo("holder")) == WLT_BYTES
    assert simulated_photo("holder").startswith(b"SIMPHOTOholder\0")
