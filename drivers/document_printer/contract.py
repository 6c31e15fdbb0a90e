"""The A4 printer as the terminal sees it."""

from dataclasses import dataclass
from typing import Protocol

from drivers.contract import Cancel, Capabilities, DeviceStatus, PrintResult


@dataclass(frozen=True)
class DocumentPrinterStatus(DeviceStatus):
    """``reasons`` are the IPP printer-state-reasons as the printer gave them."""

    reasons: tuple[str, ...] = ()


class DocumentPrinter(Protocol):
    def status(self) -> DocumentPrinterStatus: ...

    def capabilities(self) -> Capabilities: ...

    def print(self, action_id: str, pdf: bytes, title: str, *, timeout: float, cancel: Cancel) -> PrintResult:
        """Print once; a repeated ``action_id`` returns the first result and prints nothing.

        ``title`` stands in the spooler's job list and must hold no personal data. Same outcome rules as the
        receipt printer.
        """
        ...

    def close(self) -> None: ...
