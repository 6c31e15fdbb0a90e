"""A folder as output tray: for a hall without an A4 printer on this terminal, and for demonstrations."""

import contextlib
import os
import re
from pathlib import Path
from typing import Final

from drivers.actions import Actions
from drivers.contract import Cancel, Capabilities, Outcome, PrintResult, State
from drivers.document_printer.contract import DocumentPrinterStatus, Tell, tell_nobody
from drivers.errors import Cancelled, Who

_NUMBERED: Final = re.compile(r"document-(\d{4,})\.pdf")
_FAULT: Final = "document_printer.tray"


class FolderDocumentPrinter:
    """Writes ``document-0001.pdf`` ... ; printed means that the file is on the disk under its name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._actions: Actions[PrintResult] = Actions()

    def status(self) -> DocumentPrinterStatus:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            writable = os.access(self._folder, os.W_OK | os.X_OK)
        except OSError as error:
            return DocumentPrinterStatus(State.HARDWARE_ERROR, _FAULT, Who.TECHNICIAN, _reason(error))
        if not writable:
            return DocumentPrinterStatus(State.HARDWARE_ERROR, _FAULT, Who.TECHNICIAN, "not writable")
        return DocumentPrinterStatus(State.ONLINE)

    def capabilities(self) -> Capabilities:
        return Capabilities(model="folder")

    def print(
        self,
        action_id: str,
        pdf: bytes,
        title: str,  # noqa: ARG002
        *,
        timeout: float,  # noqa: ARG002
        cancel: Cancel,
        tell: Tell = tell_nobody,  # noqa: ARG002
    ) -> PrintResult:
        """As in the contract; raises ``Cancelled`` if ``cancel`` was set before."""
        return self._actions.once(action_id, lambda: self._print(pdf, cancel))

    def close(self) -> None:
        """Nothing is held open."""

    def _print(self, pdf: bytes, cancel: Cancel) -> PrintResult:
        if cancel.is_set():
            raise Cancelled
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            deliver(self._folder, pdf)
        except OSError as error:
            return PrintResult(Outcome.FAILED, _FAULT, Who.TECHNICIAN, _reason(error))
        return PrintResult(Outcome.PRINTED)


def deliver(folder: Path, pdf: bytes) -> Path:
    """Write under the next free number, whole or not at all, and only for this user's eyes. Raises ``OSError``."""
    part = folder / f".document-{os.getpid()}.part"
    try:
        _write_through(part, pdf)
        target = _place(part, folder)
    finally:
        with contextlib.suppress(OSError):
            part.unlink()
    _sync_folder(folder)
    return target


def _write_through(path: Path, data: bytes) -> None:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _place(part: Path, folder: Path) -> Path:
    """A hard link fails where a file of that number is already: two writers never overwrite each other."""
    taken = (match for file in folder.iterdir() if (match := _NUMBERED.fullmatch(file.name)))
    number = 1 + max((int(match[1]) for match in taken), default=0)
    while True:
        target = folder / f"document-{number:04d}.pdf"
        try:
            target.hardlink_to(part)
        except FileExistsError:
            number += 1
        else:
            return target


def _sync_folder(folder: Path) -> None:
    """The name is on the disk only when the folder is."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__
