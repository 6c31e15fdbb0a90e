"""The A4 printer as the terminal sees it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from drivers.contract import Cancel, Capabilities, DeviceStatus, PrintResult


class Paper(StrEnum):
    OK = "ok"
    LOW = "low"
    OUT = "out"
    JAMMED = "jammed"
    UNKNOWN = "unknown"


class Toner(StrEnum):
    """Toner or ink, whatever the printer marks with."""

    OK = "ok"
    LOW = "low"
    EMPTY = "empty"
    UNKNOWN = "unknown"


class OutputTray(StrEnum):
    OK = "ok"
    NEARLY_FULL = "nearly full"
    FULL = "full"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class DocumentPrinterStatus(DeviceStatus):
    """``reasons`` are the IPP printer-state-reasons as given, ``supplies`` the levels told (``black 75 %``)."""

    reasons: tuple[str, ...] = ()
    supplies: tuple[str, ...] = ()
    paper: Paper = Paper.UNKNOWN
    toner: Toner = Toner.UNKNOWN
    output: OutputTray = OutputTray.UNKNOWN
    cover_open: bool = False


Tell = Callable[[DocumentPrinterStatus], None]


def tell_nobody(_status: DocumentPrinterStatus) -> None:
    """Whoever waits for the result alone."""


class DocumentPrinter(Protocol):
    def status(self) -> DocumentPrinterStatus:
        """May be asked from another thread while a document is printing."""
        ...

    def capabilities(self) -> Capabilities:
        """As told at the last ``status``."""
        ...

    def print(
        self, action_id: str, pdf: bytes, title: str, *, timeout: float, cancel: Cancel, tell: Tell = tell_nobody
    ) -> PrintResult:
        """Print once; a repeated ``action_id`` returns the first result and prints nothing.

        ``title`` stands in the spooler's job list and must hold no personal data. Same outcome rules as the
        receipt printer. ``tell`` hears how the printer is while it works, or keeps the document for somebody to
        put it right.
        """
        ...

    def close(self) -> None: ...
