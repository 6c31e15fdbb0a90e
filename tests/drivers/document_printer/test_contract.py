"""The document printer's contract over every implementation that needs no other program."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest

from drivers.contract import Outcome, State
from drivers.document_printer.contract import DocumentPrinter
from drivers.document_printer.folder import FolderDocumentPrinter
from drivers.errors import Cancelled
from tests.drivers.document_printer.helpers import PDF, bench, print_on


@pytest.fixture(params=["folder", "ipp"])
def printer(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[DocumentPrinter]:
    if request.param == "folder":
        yield FolderDocumentPrinter(tmp_path)
    else:
        with bench(tmp_path) as made:
            yield made.printer


def sheets(tray: Path) -> list[str]:
    return sorted(file.name for file in tray.iterdir())


# --- every implementation ------------------------------------------------------------------------------------------


def test_a_document_lies_in_the_tray_unchanged(printer: DocumentPrinter, tmp_path: Path) -> None:
    assert printer.status().state is State.ONLINE
    assert print_on(printer).outcome is Outcome.PRINTED
    assert print_on(printer).outcome is Outcome.PRINTED
    assert sheets(tmp_path) == ["document-0001.pdf", "document-0002.pdf"]
    assert (tmp_path / "document-0001.pdf").read_bytes() == PDF


def test_a_repeated_action_prints_once(printer: DocumentPrinter, tmp_path: Path) -> None:
    first = print_on(printer, action="same")
    assert print_on(printer, b"%PDF-other", action="same") == first
    assert len(sheets(tmp_path)) == 1


def test_cancelled_before_prints_nothing_and_may_be_repeated(printer: DocumentPrinter, tmp_path: Path) -> None:
    cancel = Event()
    cancel.set()
    with pytest.raises(Cancelled):
        print_on(printer, action="same", cancel=cancel)
    assert sheets(tmp_path) == []
    assert print_on(printer, action="same").outcome is Outcome.PRINTED


def test_close_twice(printer: DocumentPrinter) -> None:
    printer.close()
    printer.close()
    assert printer.status().works


# --- folder --------------------------------------------------------------------------------------------------------


def test_only_this_user_can_read_a_document(tmp_path: Path) -> None:
    print_on(FolderDocumentPrinter(tmp_path))
    assert (tmp_path / "document-0001.pdf").stat().st_mode & 0o777 == 0o600


def test_a_full_disk_is_a_sure_failure_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    result = print_on(FolderDocumentPrinter(tmp_path))
    assert (result.outcome, result.fault, result.detail) == (
        Outcome.FAILED,
        "document_printer.tray",
        "No space left on device",
    )
    assert sheets(tmp_path) == []


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "tray").write_bytes(b"")
    printer = FolderDocumentPrinter(tmp_path / "tray")
    assert printer.status().state is State.HARDWARE_ERROR
    assert print_on(printer).outcome is Outcome.FAILED


def test_a_document_that_is_there_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "document-0007.pdf").write_bytes(b"old")
    print_on(FolderDocumentPrinter(tmp_path))
    assert sheets(tmp_path) == ["document-0007.pdf", "document-0008.pdf"]
    assert (tmp_path / "document-0007.pdf").read_bytes() == b"old"
