"""The receipt printer as the terminal sees it: a receipt is a list of blocks, the driver knows the bytes."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, Protocol

from drivers.contract import Cancel, Capabilities, DeviceStatus, Media, PrintResult


class Paper(StrEnum):
    OK = "ok"
    LOW = "low"
    OUT = "out"
    JAMMED = "jammed"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Text:
    """A line of text, wrapped by the driver at the paper's width (a CJK character takes two columns)."""

    text: str
    align: Literal["left", "center"] = "left"
    large: bool = False
    bold: bool = False


@dataclass(frozen=True)
class Pair:
    """A label at the left and its value at the right, on one line if it fits, else on two."""

    label: str
    value: str


@dataclass(frozen=True)
class Rule:
    """A line across the paper."""


@dataclass(frozen=True)
class QrCode:
    data: str


Block = Text | Pair | Rule | QrCode
Receipt = tuple[Block, ...]
"""The driver feeds and cuts after the last block."""


@dataclass(frozen=True)
class ReceiptPrinterStatus(DeviceStatus):
    """``presenter``: the paper in the mouth that holds it until it is taken; ``UNKNOWN`` if the model has none."""

    paper: Paper = Paper.UNKNOWN
    cover_open: bool = False
    presenter: Media = Media.UNKNOWN


class ReceiptPrinter(Protocol):
    def status(self) -> ReceiptPrinterStatus: ...

    def capabilities(self) -> Capabilities: ...

    def print(self, action_id: str, receipt: Receipt, *, timeout: float, cancel: Cancel) -> PrintResult:
        """Print once; a repeated ``action_id`` returns the first result and prints nothing.

        The outcome is ``FAILED`` only if it is sure that nothing usable came out, ``PRINTED`` only if the printer
        confirmed after the last byte, else ``UNKNOWN``. Does not raise for printer faults.
        """
        ...

    def close(self) -> None: ...
