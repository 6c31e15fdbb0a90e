"""A simulated receipt printer with the real driver above it."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from threading import Event

from drivers.contract import PrintResult
from drivers.receipt_printer.contract import QrCode, Receipt, Text
from drivers.receipt_printer.device import EscposReceiptPrinter
from drivers.receipt_printer.simulated import SimulatedReceiptPrinter
from drivers.tcp_port import TcpPort

SHORT: Receipt = (Text("已受理"), QrCode("GD440100-000042-K"))
OTHER: Receipt = (Text("another person"),)

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


def port_of(simulated: SimulatedReceiptPrinter) -> TcpPort:
    host, _, port = simulated.endpoint.removeprefix("tcp://").partition(":")
    return TcpPort(host, int(port))


@contextmanager
def bench(paper_dir: Path | None = None, answer_timeout: float = 0.5) -> Generator[Bench]:
    simulated = SimulatedReceiptPrinter(paper_dir)
    simulated.start()
    printer = EscposReceiptPrinter(port_of(simulated), answer_timeout=answer_timeout)
    try:
        yield Bench(simulated, printer)
    finally:
        printer.close()
        simulated.close()
