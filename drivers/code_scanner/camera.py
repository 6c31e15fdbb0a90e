"""A camera as a code scanner: pictures in, codes out, over zxing-cpp."""

from collections.abc import Callable
from importlib.metadata import version
from time import monotonic
from typing import Any, Final, Protocol

import zxingcpp

from drivers.code_scanner.contract import Code, CodeScannerStatus, NoCode
from drivers.code_scanner.hold_off import HoldOff
from drivers.code_scanner.protocol import decode_text
from drivers.contract import Cancel, Capabilities, State
from drivers.errors import Cancelled, DeadlineExceeded, DriverError, NotConnected
from drivers.video.picture import Frame, Image
from drivers.video.reader import Health

_FORMATS: Final = "QRCode|MicroQRCode|RMQRCode|DataMatrix|Aztec|PDF417|Code128|Code39|Code93|EAN13|EAN8|ITF|Codabar"
_WAIT: Final = 0.2
"""Seconds: how soon a cancel is noticed."""


class Pictures(Protocol):
    """What is needed of :class:`drivers.video.reader.Video`."""

    @property
    def running(self) -> bool: ...

    def read(self, timeout: float) -> Frame: ...

    def health(self) -> Health: ...

    def close(self) -> None: ...


class CameraCodeScanner:
    """Implements :class:`drivers.code_scanner.contract.CodeScanner`. The camera runs while a scan is wanted only: its
    lamp tells the citizen that somebody looks."""

    def __init__(self, video: Pictures, *, hold_off: float = 1.5, clock: Callable[[], float] = monotonic) -> None:
        self._video = video
        self._clock = clock
        self._hold_off = HoldOff(hold_off, clock)

    def status(self) -> CodeScannerStatus:
        error = self._video.health().error
        if error is None:
            return CodeScannerStatus(State.ONLINE, scanning=self._video.running)
        state = State.NO_DEVICE if isinstance(error, NotConnected) else State.OFFLINE
        return CodeScannerStatus(state, f"code_scanner.{error.code}", error.who, error.detail)

    def capabilities(self) -> Capabilities:
        return Capabilities(model="camera", firmware=f"zxing-cpp {version('zxing-cpp')}")

    def scan(self, *, timeout: float, cancel: Cancel) -> Code:
        try:
            return self._look(self._clock() + timeout, cancel)
        finally:
            self._video.close()

    def close(self) -> None:
        self._video.close()

    def _look(self, deadline: float, cancel: Cancel) -> Code:
        failure: DriverError = DeadlineExceeded("no picture from the camera")
        while not cancel.is_set():
            if (frame := self._next(deadline)) is not None:
                failure = NoCode()
                for code in filter(self._is_new, _codes(frame.image)):
                    return code
            if self._clock() >= deadline:
                raise failure
        raise Cancelled

    def _is_new(self, code: Code) -> bool:
        return self._hold_off.is_new(code.text)

    def _next(self, deadline: float) -> Frame | None:
        try:
            return self._video.read(max(0.0, min(_WAIT, deadline - self._clock())))
        except DeadlineExceeded:
            return None


def _codes(image: Image) -> list[Code]:
    found: list[Any] = zxingcpp.read_barcodes(image, formats=zxingcpp.barcode_formats_from_str(_FORMATS))
    return [Code(decode_text(bytes(each.bytes)), str(each.symbology).replace(" ", "")) for each in found]
