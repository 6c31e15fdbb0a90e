"""The reader's side of the preview memory (layout: ``kiosk.vision.frames``), without OpenCV."""

import mmap
import os
import struct
from typing import Final

HEADER: Final = struct.Struct("<QIIQ")
PIXELS_AT: Final = 64
CHANNELS: Final = 3
_TRIES: Final = 5


class PreviewReader:
    """Takes over ``descriptor``. Raises ``ValueError`` when it is no preview memory."""

    def __init__(self, descriptor: int) -> None:
        try:
            self._memory = mmap.mmap(descriptor, 0, prot=mmap.PROT_READ)
        except (OSError, ValueError) as error:
            raise ValueError(f"no preview memory: {error}") from None
        finally:
            os.close(descriptor)
        _, self.width, self.height, _ = self._header()
        self._end = PIXELS_AT + self.width * self.height * CHANNELS
        if len(self._memory) != self._end:
            self._memory.close()
            raise ValueError("no preview memory: wrong size")

    def latest(self, after: int = 0) -> tuple[int, bytes] | None:
        """Number and pixels of the newest frame, whole. ``None`` when there is none, or none newer than ``after``."""
        for _ in range(_TRIES):
            sequence, _, _, number = self._header()
            if number in (0, after):
                return None
            pixels = self._memory[PIXELS_AT : self._end]
            if sequence % 2 == 0 and self._header()[0] == sequence:
                return number, pixels
        return None

    def close(self) -> None:
        self._memory.close()

    def _header(self) -> tuple[int, int, int, int]:
        if len(self._memory) < HEADER.size:
            return 0, 0, 0, 0
        return HEADER.unpack_from(self._memory)
