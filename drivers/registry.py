"""Which driver serves which kind of device: the table that a new driver joins. A port is a text, as in the settings."""
# ruff: noqa: PLC0415 - a process imports only the drivers it uses: no OpenCV in the window, no Kivy-sized start

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from drivers.contract import Device

RAW_PRINTING: Final = 9100
"""TCP port of nearly all network receipt printers."""


def id_card(port: str, **options: Any) -> Device:
    """``port``: a serial device such as ``/dev/ttyUSB0``; option ``baud``."""
    from drivers.id_card.device import SamIdCardReader
    from drivers.serial_port import SerialPort

    return SamIdCardReader(SerialPort(port, **options))


def receipt_printer(port: str, **options: Any) -> Device:
    """``port``: ``tcp://host:9100``; option ``columns``."""
    from drivers.receipt_printer.device import EscposReceiptPrinter
    from drivers.tcp_port import TcpPort

    address = urlsplit(port)
    return EscposReceiptPrinter(TcpPort(address.hostname or "", address.port or RAW_PRINTING), **options)


def document_printer(port: str) -> Device:
    """``port``: ``ipp://host:631/printers/NAME``, or a folder that takes the documents."""
    from drivers.document_printer.device import IppDocumentPrinter
    from drivers.document_printer.folder import FolderDocumentPrinter

    return IppDocumentPrinter(port) if "://" in port else FolderDocumentPrinter(Path(port))


def camera(port: str) -> Device:
    """``port``: a number, a video file or an address."""
    from drivers.camera.device import OpenCvCamera

    return OpenCvCamera(port)


OPEN: Final[Mapping[str, Callable[..., Device]]] = {
    "id_card": id_card,
    "receipt_printer": receipt_printer,
    "document_printer": document_printer,
    "camera": camera,
}
"""Device class -> how it is made. Like every constructor of a device, none of these does I/O."""
