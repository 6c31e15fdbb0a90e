"""From the 1024 opaque bytes of a card's photo to a picture.

The chip holds the portrait in a closed format (WLT). Only the library that reader vendors license can unpack it, so the
decoder is the operator's part; nothing here knows the format.
"""

import ctypes
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, Protocol, cast

import cv2
import numpy as np

from drivers.camera.contract import Image

WLT_BYTES: Final = 1024
WIDTH, HEIGHT = 102, 126
_ROW_BYTES: Final = (WIDTH * 3 + 3) // 4 * 4
_BMP_HEADER: Final = struct.Struct("<2s4x4xI IiiHHI 4x4x4x4x4x")
BMP_BYTES: Final = _BMP_HEADER.size + _ROW_BYTES * HEIGHT
_OUTPUT_BYTES: Final = 1 << 16
_DONE: Final = 1

SIMULATED_MAGIC: Final = b"SIMPHOTO"


class PhotoError(Exception):
    """The card's photo cannot be shown."""


class PhotoDecoderMissing(PhotoError):
    """No decoder for card photos is installed: the operator supplies the vendor's library, the settings name it."""


class PhotoUndecodable(PhotoError):
    """The decoder made no picture of the card's photo."""


class PhotoDecoder(Protocol):
    def decode(self, wlt: bytes) -> Image:
        """Return the portrait, 126 x 102 x 3, blue-green-red. Raise ``PhotoError``."""
        ...


class MissingDecoder:
    """Stands where no decoder is configured."""

    def decode(self, wlt: bytes) -> Image:  # noqa: ARG002 - the shape of the protocol
        raise PhotoDecoderMissing


class SharedLibraryDecoder:
    """Calls ``int symbol(const unsigned char wlt[1024], unsigned char bmp[38862])`` of a shared library.

    The function returns 1 when it has written a 102 x 126 BMP file of 24 bits (54 bytes header, rows from the bottom,
    padded to 308 bytes). A vendor's library with another signature needs a few lines of C around it.
    The library is loaded at the first photo. It runs in this process: whoever calls must be able to lose it.
    """

    def __init__(self, path: Path, symbol: str) -> None:
        self._path = path
        self._symbol = symbol
        self._function: Callable[..., int] | None = None

    def decode(self, wlt: bytes) -> Image:
        if len(wlt) != WLT_BYTES:
            raise PhotoUndecodable(f"{len(wlt)} bytes instead of {WLT_BYTES}")
        function = self._function = self._function or self._load()
        # Larger than promised: some libraries write a little more than the picture.
        output = ctypes.create_string_buffer(_OUTPUT_BYTES)
        result = function(wlt, output)
        if result != _DONE:
            raise PhotoUndecodable(f"the library answered {result}")
        return parse_bmp(output.raw[:BMP_BYTES])

    def _load(self) -> Callable[..., int]:
        try:
            function = getattr(ctypes.CDLL(str(self._path)), self._symbol)
        except (OSError, AttributeError) as error:
            raise PhotoDecoderMissing(str(error)) from None
        function.argtypes = (ctypes.c_char_p, ctypes.c_char_p)
        function.restype = ctypes.c_int
        return cast("Callable[..., int]", function)


class SimulatedDecoder:
    """Shows the portrait whose name a simulated card carries: ``SIMPHOTO`` and the name, padded with zeros."""

    def __init__(self, portraits: Mapping[str, Path]) -> None:
        self._portraits = portraits

    def decode(self, wlt: bytes) -> Image:
        if not wlt.startswith(SIMULATED_MAGIC):
            raise PhotoUndecodable("not the photo of a simulated card")
        name = wlt.removeprefix(SIMULATED_MAGIC).rstrip(b"\0").decode("ascii", "replace")
        path = self._portraits.get(name)
        picture = cv2.imread(str(path)) if path else None
        if picture is None:
            raise PhotoUndecodable("the portrait of the simulated card is not there")
        return id_photo(cast("Image", picture))


def simulated_photo(name: str) -> bytes:
    """What a simulated card stores for the portrait ``name``: 1024 bytes."""
    return (SIMULATED_MAGIC + name.encode("ascii")).ljust(WLT_BYTES, b"\0")


def parse_bmp(data: bytes) -> Image:
    """Read the one kind of BMP file a decoder writes: 102 x 126, 24 bits, bottom up. Raise ``PhotoUndecodable``."""
    if len(data) != BMP_BYTES:
        raise PhotoUndecodable(f"{len(data)} bytes instead of {BMP_BYTES}")
    header = _BMP_HEADER.unpack_from(data)
    if header != (b"BM", _BMP_HEADER.size, 40, WIDTH, HEIGHT, 1, 24, 0):
        raise PhotoUndecodable("not a 102 x 126 BMP file of 24 bits")
    rows = np.frombuffer(data, np.uint8, offset=_BMP_HEADER.size).reshape(HEIGHT, _ROW_BYTES)
    return np.ascontiguousarray(rows[::-1, : WIDTH * 3].reshape(HEIGHT, WIDTH, 3))


def id_photo(portrait: Image) -> Image:
    """Cut a 4:3 picture of head and shoulders, face in the middle, to the size and quality of a card's photo."""
    high = round(portrait.shape[0] * 0.78)
    wide = round(high * WIDTH / HEIGHT)
    top, left = round(portrait.shape[0] * 0.03), (portrait.shape[1] - wide) // 2
    small = cv2.resize(portrait[top : top + high, left : left + wide], (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    _, jpeg = cv2.imencode(".jpg", small, (cv2.IMWRITE_JPEG_QUALITY, 70))
    return cast("Image", cv2.imdecode(jpeg, cv2.IMREAD_COLOR))
