"""The code scanner as the terminal sees it: bar codes and QR codes on paper and on telephones."""

from dataclasses import dataclass
from typing import Protocol

from drivers.contract import Cancel, Capabilities, DeviceStatus
from drivers.errors import DeadlineExceeded, NeedsCitizen, ProtocolError, Who


@dataclass(frozen=True, repr=False)
class Code:
    """What stands in one code; personal. ``symbology`` (``QRCode``, ``Code128`` ...) is empty where the scanner does
    not tell."""

    text: str
    symbology: str = ""

    def __repr__(self) -> str:
        """A code can hold a number or open a door: neither may reach a log."""
        return f"<Code {self.symbology or 'of unknown kind'}, {len(self.text)} characters>"


@dataclass(frozen=True)
class CodeScannerStatus(DeviceStatus):
    """``scanning``: the light is on and a code is looked for."""

    scanning: bool = False


class NoCode(DeadlineExceeded):
    """No code was held before the scanner in time."""

    code = "no_code"
    who = Who.CITIZEN


class CodeUnreadable(NeedsCitizen):
    """A code was seen and not understood: flatten the paper, turn the screen brighter, or use another code."""

    code = "code_unreadable"


class NoEnding(ProtocolError):
    """The scanner ends its codes with no line end: switch that on in the scanner, or set ending = silence."""

    code = "no_ending"


class CodeScanner(Protocol):
    def status(self) -> CodeScannerStatus: ...

    def capabilities(self) -> Capabilities: ...

    def scan(self, *, timeout: float, cancel: Cancel) -> Code:
        """Light up, wait up to ``timeout`` seconds for one code, and go dark again however it ends.

        The same code that is still held there right after it was read is not a second one. Raises :class:`NoCode`,
        :class:`CodeUnreadable`, :class:`NoEnding` and the other ``DriverError`` kinds.
        """
        ...

    def close(self) -> None: ...
