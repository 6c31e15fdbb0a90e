"""The camera as the vision process sees it."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from drivers.contract import Capabilities, DeviceStatus

Image = NDArray[np.uint8]
"""Height x width x 3, blue-green-red, 8 bits each."""


@dataclass(frozen=True)
class Frame:
    image: Image
    number: int
    captured: float
    """Seconds on the monotonic clock."""


class Camera(Protocol):
    def status(self) -> DeviceStatus: ...

    def capabilities(self) -> Capabilities: ...

    def read(self, *, timeout: float) -> Frame:
        """Return a fresh frame, never one that waited in a buffer for long. Raises ``DriverError``."""
        ...

    def close(self) -> None: ...
