"""Motion JPEG over HTTP: bytes in, JPEG files out. Pure.

The body is ``multipart/x-mixed-replace`` (RFC 2046 multiparts without an end): a delimiter line, header lines, an empty
line, one JPEG file. Quirks of cameras that are served: a boundary parameter that holds the delimiter's dashes already,
parts without ``Content-Length``, bare line feeds, bytes between the parts.
"""

import re
from io import BytesIO
from typing import Final, cast

import cv2
import numpy as np
from PIL import Image as Pillow
from PIL import UnidentifiedImageError

from drivers.errors import ProtocolError
from drivers.video.picture import Image

MULTIPART: Final = "multipart/x-mixed-replace"
MAX_PICTURE: Final = 16 << 20
"""Bytes; more than any camera's JPEG file of 20 megapixels."""
MAX_PIXELS: Final = 50_000_000
_MAX_HEAD: Final = 4096
_BOUNDARY: Final = re.compile(r'boundary\s*=\s*"?([^";]+)', re.IGNORECASE)
_LENGTH: Final = re.compile(rb"^content-length\s*:\s*(\d{1,9})\s*$", re.IGNORECASE | re.MULTILINE)
_HEAD_END: Final = re.compile(rb"\r?\n\r?\n")
_START: Final = b"\xff\xd8\xff"
_END: Final = b"\xff\xd9"
_PADDING: Final = b"\0\r\n "


class PictureStream:
    """Feed ``receive_data``, then ask ``next_picture`` until it returns ``None``: more bytes are needed."""

    def __init__(self, content_type: str) -> None:
        """Raises ``ProtocolError`` if the content type names no boundary."""
        found = _BOUNDARY.search(content_type)
        name = found[1].strip().lstrip("-") if found else ""
        if not name:
            raise ProtocolError("the stream names no boundary")
        self._delimiter = b"--" + name.encode("latin-1", "replace")
        self._buffer = bytearray()
        self._in_part = False
        self._skipped = 0

    def receive_data(self, data: bytes) -> None:
        self._buffer += data

    def next_picture(self) -> bytes | None:
        """The next part's body, whatever it is. Raises ``ProtocolError`` when too many bytes hold none."""
        while self._in_part or self._find_delimiter():
            head = _HEAD_END.search(self._buffer, 0, _MAX_HEAD)
            if head is not None:
                return self._body(head)
            if len(self._buffer) < _MAX_HEAD:
                return self._need_more()
            self._in_part = False  # a delimiter without a head: noise that looked like one
        return None

    def _body(self, head: re.Match[bytes]) -> bytes | None:
        end = self._end_of_body(head.start(), head.end())
        if end is None:
            return self._need_more()
        body = bytes(self._buffer[head.end() : end])
        del self._buffer[:end]
        self._in_part, self._skipped = False, 0
        return body

    def _find_delimiter(self) -> bool:
        found = self._buffer.find(self._delimiter)
        keep = len(self._delimiter) - 1  # its beginning may be there already
        drop = found + len(self._delimiter) if found >= 0 else max(0, len(self._buffer) - keep)
        self._skipped += drop
        del self._buffer[:drop]
        self._in_part = found >= 0
        if self._skipped > MAX_PICTURE:
            raise ProtocolError(f"no picture in {self._skipped} bytes")
        return self._in_part

    def _end_of_body(self, head_end: int, start: int) -> int | None:
        """``None`` while the body is not whole."""
        length = _LENGTH.search(self._buffer[:head_end])
        if length is None:
            found = self._buffer.find(self._delimiter, start)
            return found if found >= 0 else None
        if int(length[1]) > MAX_PICTURE:
            raise ProtocolError(f"a picture of {int(length[1])} bytes")
        end = start + int(length[1])
        return end if end <= len(self._buffer) else None

    def _need_more(self) -> None:
        if len(self._buffer) > MAX_PICTURE + _MAX_HEAD:
            raise ProtocolError(f"no end of a picture in {len(self._buffer)} bytes")


def decode(jpeg: bytes) -> Image | None:
    """The picture; ``None`` for what is no whole JPEG file, or one of absurd size.

    The end is looked for, since decoders show half a file as a picture with a grey half.
    """
    if not jpeg.startswith(_START) or not jpeg.rstrip(_PADDING).endswith(_END):
        return None
    try:
        with Pillow.open(BytesIO(jpeg), formats=("JPEG",)) as header:
            width, height = header.size
    except (UnidentifiedImageError, Pillow.DecompressionBombError, OSError, ValueError, SyntaxError):
        return None
    if width * height > MAX_PIXELS:
        return None
    return cast("Image | None", cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR))
