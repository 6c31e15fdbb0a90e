"""The document printers that there are: IPP, and a folder that stands in for one."""
# ruff: noqa: PLC0415 - a process imports only the libraries of the drivers it uses

from collections.abc import Iterator
from typing import Final, cast

from pydantic import Field

from drivers.contract import Cancel, Device, State
from drivers.discovery import Attachment, Finding, Probe
from drivers.errors import NotConnected
from drivers.monitor import NothingPersonal, Redactor, Watch
from drivers.options import Options
from drivers.registry import Driver
from drivers.selftest import Check, status_only
from drivers.simulation.contract import Place, SimulatedDevice

_PATHS: Final = ("/ipp/print", "/ipp")
"""Where printers answer (RFC 7472, and older ones)."""


class IppOptions(Options):
    port: str = Field(
        default="",
        description="address of the printer or queue: ipp://host:631/ipp/print or ipp://localhost:631/printers/NAME; "
        "ipps:// for an encrypted connection",
    )
    printer_uri: str = Field(
        default="",
        description="address of the printer behind a CUPS queue, which is asked what the queue does not know; "
        "empty: the one that the queue names itself",
    )
    verify_tls: bool = Field(default=False, description="check the printer's certificate; most printers sign their own")
    answer_timeout: float = Field(default=5.0, ge=0.5, le=60, description="seconds for one answer")
    patience: float = Field(
        default=15.0,
        ge=1,
        le=600,
        description="seconds a document waits in a jammed or empty printer before it is taken back",
    )


class FolderOptions(Options):
    port: str = Field(default="", description="folder that the PDF files are written to")


def _open_ipp(options: IppOptions, watch: Watch) -> Device:
    from drivers.document_printer.device import IppDocumentPrinter

    return IppDocumentPrinter(
        options.port,
        printer_uri=options.printer_uri,
        verify_tls=options.verify_tls,
        answer_timeout=options.answer_timeout,
        patience=options.patience,
        watch=watch,
    )


def _open_folder(options: FolderOptions, _: Watch) -> Device:
    from pathlib import Path

    from drivers.document_printer.folder import FolderDocumentPrinter

    return FolderDocumentPrinter(Path(options.port))


def _simulated(place: Place) -> SimulatedDevice:
    from drivers.document_printer.simulated import SimulatedDocumentPrinter

    return SimulatedDocumentPrinter(place.tray)


def _redactor() -> Redactor:
    from drivers.document_printer.protocol import IppRedactor

    return IppRedactor()


def _ask(attachment: Attachment, timeout: float) -> Finding | None:
    """Get-Printer-Attributes, at the paths that printers answer at. A queue's name cannot be guessed."""
    from drivers.document_printer.contract import Paper
    from drivers.document_printer.device import IppDocumentPrinter

    address = attachment.port.removeprefix("tcp://")
    for path in _PATHS:
        uri = f"ipp://{address}{path}"
        printer = IppDocumentPrinter(uri, printer_uri=uri, answer_timeout=timeout / len(_PATHS))
        status = printer.status()
        if status.state is State.NO_DEVICE:
            raise NotConnected(status.detail)
        if status.paper is not Paper.UNKNOWN:
            model = printer.capabilities().model
            return Finding(uri, f"Get-Printer-Attributes: {model or 'a printer'}, {status.state}", model=model)
    return None


def _selftest(device: Device, cancel: Cancel) -> Iterator[Check]:
    """No test page: a technician prints one with ``kiosk devices print document``, when somebody waits for it."""
    from drivers.document_printer.contract import DocumentPrinterStatus

    yield from status_only(device, cancel)
    status = cast("DocumentPrinterStatus", device.status())
    yield Check("paper", status.paper not in ("out", "jammed"), status.paper, status.who)
    yield Check("toner", status.toner != "empty", ", ".join((status.toner, *status.supplies)), status.who)


IPP: Final = Driver(
    kind="document_printer",
    name="ipp",
    options=IppOptions,
    open=_open_ipp,
    redactor=_redactor,
    probe=Probe(frozenset({"tcp"}), _ask, rank=8),
    selftest=_selftest,
    simulated=_simulated,
    poll=5.0,  # IPP over HTTP is the dearest question of all, and paper does not run out in seconds
)
FOLDER: Final = Driver(
    kind="document_printer",
    name="folder",
    options=FolderOptions,
    open=_open_folder,
    redactor=NothingPersonal,
)
