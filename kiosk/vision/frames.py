"""Preview frames in anonymous shared memory: written by the vision process, shown by the screen, never on a disk.

The memory has no name and no file; the kernel frees it with the last process that holds it, however that ends. Its
descriptor travels over the control bus. Layout, little-endian: sequence, width, height, frame number (0: no picture);
then the pixels, red-green-blue, 8 bits each, top row first.

The sequence is odd while a frame is written (a seqlock): the writer never waits, an overtaken reader tries again.
"""

import fcntl
import mmap
import os
import struct
import threading
from typing import Final

import cv2
import numpy as np

from drivers.camera.contract import Frame

_HEADER: Final = struct.Struct("<QIIQ")
_SEQUENCE: Final = struct.Struct("<Q")
_PIXELS_AT: Final = 64
_CHANNELS: Final = 3
_TRIES: Final = 5


class PreviewMemory:
    """The writer's side. ``descriptor`` is to be sent to the reader; it stays owned by this object."""

    def __init__(self, width: int = 640, height: int = 480) -> None:
        self.width, self.height = width, height
        size = _PIXELS_AT + width * height * _CHANNELS
        self.descriptor = os.memfd_create("preview", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        os.ftruncate(self.descriptor, size)
        # A reader could otherwise shrink the memory and crash the writer with SIGBUS.
        fcntl.fcntl(self.descriptor, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW)
        self._memory = mmap.mmap(self.descriptor, size)
        self._pixels = np.frombuffer(self._memory, np.uint8, offset=_PIXELS_AT).reshape(height, width, _CHANNELS)
        self._sequence = 0
        self._lock = threading.Lock()
        self._open = True
        self._put_header(0)

    def write(self, frame: Frame) -> None:
        """Show ``frame``: converted into place, no copy before; scaled when it has another size than this memory."""
        image, size = frame.image, (self.width, self.height)
        if image.shape[1::-1] != size:
            image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        with self._lock:
            if self._open:
                self._begin()
                cv2.cvtColor(image, cv2.COLOR_BGR2RGB, dst=self._pixels)
                self._put_header(frame.number)

    def wipe(self) -> None:
        """Zeros over the last picture; readers see none."""
        with self._lock:
            if self._open:
                self._begin()
                self._pixels.fill(0)
                self._put_header(0)

    def close(self) -> None:
        """Wipe and let go. Idempotent."""
        self.wipe()
        with self._lock:
            if self._open:
                self._open = False
                del self._pixels  # it holds on to the mapping
                self._memory.close()
                os.close(self.descriptor)

    def _begin(self) -> None:
        self._sequence += 1
        _SEQUENCE.pack_into(self._memory, 0, self._sequence)

    def _put_header(self, number: int) -> None:
        self._sequence += self._sequence % 2
        _HEADER.pack_into(self._memory, 0, self._sequence, self.width, self.height, number)


class PreviewReader:
    """The reader's side; takes over ``descriptor``. Raises ``ValueError`` when it is no preview memory."""

    def __init__(self, descriptor: int) -> None:
        try:
            self._memory = mmap.mmap(descriptor, 0, prot=mmap.PROT_READ)
        except (OSError, ValueError) as error:
            raise ValueError(f"no preview memory: {error}") from None
        finally:
            os.close(descriptor)
        _, self.width, self.height, _ = self._header()
        self._end = _PIXELS_AT + self.width * self.height * _CHANNELS
        if len(self._memory) != self._end:
            self._memory.close()
            raise ValueError("no preview memory: wrong size")

    def latest(self, after: int = 0) -> tuple[int, bytes] | None:
        """Number and pixels of the newest frame, whole. ``None`` when there is none, or none newer than ``after``."""
        for _ in range(_TRIES):
            sequence, _, _, number = self._header()
            if number in (0, after):
                return None
            pixels = self._memory[_PIXELS_AT : self._end]
            if sequence % 2 == 0 and self._header()[0] == sequence:
                return number, pixels
        return None

    def close(self) -> None:
        self._memory.close()

    def _header(self) -> tuple[int, int, int, int]:
        if len(self._memory) < _HEADER.size:
            return 0, 0, 0, 0
        return _HEADER.unpack_from(self._memory)
