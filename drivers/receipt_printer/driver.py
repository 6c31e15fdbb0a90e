"""The receipt printer drivers there are."""
# ruff: noqa: PLC0415 - a process loads only what it uses

from collections.abc import Iterable
from typing import Any, Final, Literal

from pydantic import Field

from drivers.contract import Cancel
from drivers.discovery import Attachment, Finding, Probe
from drivers.monitor import Redactor, Watch
from drivers.options import Options
from drivers.receipt_printer.contract import ReceiptPrinter
from drivers.registry import Driver
from drivers.selftest import Check
from drivers.simulation.contract import Place, SimulatedDevice

NETWORK_PORT: Final = 9100
_BITS_PER_BYTE: Final = 10

Profile = Literal["generic", "epson", "citizen", "citizen_presenter", "custom", "no_cutter", "write_only"]
"""The rows of ``models.MODELS``."""


class EscposOptions(Options):
    port: str = Field(
        default="", description="tcp://host:port (9100 if none is named), /dev/ttyS0 or usb:vendor:product"
    )
    baud: int = Field(default=115200, ge=1200, le=921600, description="speed of a serial line")
    profile: Profile = Field(default="generic", description="what the model knows; see docs/devices/receipt_printer.md")
    columns: int = Field(default=48, ge=24, le=64, description="characters a line: 48 on 80 mm paper, 32 on 58 mm")
    print_mode: Literal["text", "raster"] = Field(
        default="text", description="raster: send pictures, for printers without Chinese characters"
    )
    answer_timeout: float = Field(default=1.0, ge=0.1, le=10, description="seconds for an answer to a status question")
    left_after: float = Field(default=60.0, ge=5, le=3600, description="seconds to take the paper from a presenter")


def _open(options: EscposOptions, watch: Watch) -> ReceiptPrinter:
    from drivers.receipt_printer.device import EscposReceiptPrinter
    from drivers.receipt_printer.models import MODELS
    from drivers.transports import open_port

    return EscposReceiptPrinter(
        watch.port(open_port(options.port, baud=options.baud, tcp_port=NETWORK_PORT)),
        model=MODELS[options.profile],
        columns=options.columns,
        encode=_encode(options.print_mode),
        answer_timeout=options.answer_timeout,
        byte_time=_BITS_PER_BYTE / options.baud if options.port.startswith("/") else 0.0,
        left_after=options.left_after,
        watch=watch,
    )


def _encode(mode: str) -> Any:
    if mode == "raster":
        from drivers.receipt_printer import raster

        return raster.encode
    from drivers.receipt_printer import encoder

    return encoder.encode


def _redactor() -> Redactor:
    from drivers.receipt_printer.redactor import ReceiptRedactor

    return ReceiptRedactor()


def _ask(attachment: Attachment, timeout: float) -> Finding | None:
    from drivers.receipt_printer.probing import ask

    return ask(attachment, timeout)


def _selftest(printer: ReceiptPrinter, cancel: Cancel) -> Iterable[Check]:
    from drivers.receipt_printer.selftest import selftest

    return selftest(printer, cancel)


def _simulated(place: Place) -> SimulatedDevice:
    from drivers.receipt_printer.simulated import SimulatedReceiptPrinter

    return SimulatedReceiptPrinter(place.tray)


ESCPOS: Final = Driver(
    kind="receipt_printer",
    name="escpos",
    options=EscposOptions,
    open=_open,
    redactor=_redactor,
    probe=Probe(frozenset({"serial", "usb", "tcp"}), _ask, rank=0),
    selftest=_selftest,
    simulated=_simulated,
)
