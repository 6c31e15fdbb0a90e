"""A simulated receipt printer with the real driver above it, over each transport."""

import tempfile
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from threading import Event
from typing import Any

from drivers.contract import PrintResult
from drivers.ports import Port
from drivers.receipt_printer.contract import QrCode, Receipt, Text
from drivers.receipt_printer.device import EscposReceiptPrinter
from drivers.receipt_printer.lines import SerialLine, UsbLine
from drivers.receipt_printer.models import MODELS
from drivers.receipt_printer.simulated import SimulatedReceiptPrinter
from drivers.simulation.cable import Line, TcpLine
from drivers.transports import open_port
from drivers.usb.simulated import SimulatedBus

SHORT: Receipt = (Text("已受理"), QrCode("GD440100-000042-K"))
OTHER: Receipt = (Text("another person"),)
LINES = ("tcp", "serial", "usb")
BAUD = 115200

_ids = count()


@dataclass
class Bench:
    simulated: SimulatedReceiptPrinter
    printer: EscposReceiptPrinter

    def print(
        self, receipt: Receipt = SHORT, *, action: str = "", timeout: float = 5, cancel: Event | None = None
    ) -> PrintResult:
        action = action or f"action-{next(_ids)}"
        return self.printer.print(action, receipt, timeout=timeout, cancel=cancel or Event())


def port_of(simulated: SimulatedReceiptPrinter, baud: int = BAUD) -> Port:
    return open_port(simulated.endpoint, baud=baud)


@contextmanager
def line_of(kind: str, baud: int = BAUD) -> Generator[Line]:
    """At a place that stays the same when it is plugged again."""
    with ExitStack() as stack:
        # a Unix socket's path must be short
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rp", dir="/tmp")))
        match kind:
            case "serial":
                yield SerialLine(folder / "tty", baud)
            case "usb":
                bus = SimulatedBus(folder / "usb")
                bus.start()
                stack.callback(bus.close)
                yield UsbLine(bus)
            case _:
                yield TcpLine(lambda: None)


@contextmanager
def bench(
    paper_dir: Path | None = None,
    answer_timeout: float = 0.5,
    line: str = "tcp",
    model: str = "generic",
    baud: int = BAUD,
    **options: Any,
) -> Generator[Bench]:
    with line_of(line, baud) as made:
        simulated = SimulatedReceiptPrinter(paper_dir, made, model, options.get("columns", 48))
        simulated.start()
        byte_time = 10 / baud if line == "serial" else 0.0
        printer = EscposReceiptPrinter(
            port_of(simulated, baud), model=MODELS[model], answer_timeout=answer_timeout, byte_time=byte_time, **options
        )
        try:
            yield Bench(simulated, printer)
        finally:
            printer.close()
            simulated.close()
