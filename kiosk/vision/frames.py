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
from kiosk.vision.preview import CHANNELS, HEADER, PIXELS_AT

_SEQUENCE: Final = struct.Struct("<Q")


class PreviewMemory:
    """The writer's side. ``descriptor`` is to be sent to the reader; it stays owned by this object."""

    def __init__(self, width: int = 640, height: int = 480) -> None:
        self.width, self.height = width, height
        size = PIXELS_AT + width * height * CHANNELS
        self.descriptor = os.memfd_create("preview", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        os.ftruncate(self.descriptor, size)
        # A reader could otherwise shrink the memory and crash the writer with SIGBUS.
        fcntl.fcntl(self.descriptor, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW)
        self._memory = mmap.mmap(self.descriptor, size)
        self._pixels = np.frombuffer(self._memory, np.uint8, offset=PIXELS_AT).reshape(height, width, CHANNELS)
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
        HEADER.pack_into(self._memory, 0, self._sequence, self.width, self.height, number)
