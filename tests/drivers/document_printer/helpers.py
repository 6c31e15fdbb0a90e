"""Document printers, real drivers all of them, and what came out."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from threading import Event

from drivers.contract import PrintResult
from drivers.document_printer.contract import DocumentPrinter
from drivers.document_printer.device import IppDocumentPrinter
from drivers.document_printer.simulated import SimulatedDocumentPrinter

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 64 + b"\n%%EOF\n"
_ids = count()


def print_on(
    printer: DocumentPrinter, pdf: bytes = PDF, *, action: str = "", timeout: float = 10, cancel: Event | None = None
) -> PrintResult:
    action = action or f"action-{next(_ids)}"
    return printer.print(action, pdf, "certificate", timeout=timeout, cancel=cancel or Event())


@dataclass
class Bench:
    simulated: SimulatedDocumentPrinter
    printer: IppDocumentPrinter
    tray: Path

    @property
    def sheets(self) -> list[bytes]:
        return [file.read_bytes() for file in sorted(self.tray.glob("document-*.pdf"))]


@contextmanager
def bench(tray: Path) -> Generator[Bench]:
    simulated = SimulatedDocumentPrinter(tray)
    simulated.start()
    try:
        yield Bench(simulated, IppDocumentPrinter(simulated.endpoint, answer_timeout=1, patience=0.7), tray)
    finally:
        simulated.close()
