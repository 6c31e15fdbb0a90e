"""The desk above the real drivers above simulated printers; the ledger remembers what a dead process began."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from drivers.contract import Cancel, Device, Outcome, PrintResult
from drivers.document_printer.contract import Tell, tell_nobody
from drivers.document_printer.device import IppDocumentPrinter
from drivers.document_printer.folder import FolderDocumentPrinter
from drivers.document_printer.simulated import SimulatedDocumentPrinter
from drivers.errors import Who
from drivers.receipt_printer.device import EscposReceiptPrinter
from drivers.receipt_printer.simulated import SimulatedReceiptPrinter
from drivers.worker import DeviceWorker
from kiosk.diagnostics import faults
from kiosk.journey.effects import PrintPaper
from kiosk.journey.events import Paper, PaperDone
from kiosk.journey.state import State
from kiosk.presenters.scene import Scene
from kiosk.text.catalogue import texts
from kiosk.world.papers import PaperDesk
from offline_queue.contract import EffectKind, QueueUnavailable
from offline_queue.memory import MemoryQueue
from tests.documents.pdf import pages
from tests.drivers.receipt_printer.helpers import port_of
from tests.journey.play import SESSION, TO_WAITING, Play, settled, words
from tests.offline_queue.helpers import TERMINAL, stamp
from tests.world.helpers import Posts

CERTIFICATE: dict[str, Any] = {
    "number": "CBZM-1",
    "issued_on": "2026-11-22",
    "issuer": words("社保中心"),
    "verification_code": "7K3M",
    "periods": [{"insurance": words("养老"), "from": "2024-01", "to": "2024-12", "months": 12, "employer": "某公司"}],
}


class Ledger(MemoryQueue):
    """Breaks when it is told to."""

    def __init__(self) -> None:
        super().__init__(TERMINAL, stamp)
        self.begins = self.ends = True

    def begin_effect(self, action_id: str, kind: EffectKind) -> str:
        if not self.begins:
            raise QueueUnavailable("disk full")
        return super().begin_effect(action_id, kind)

    def end_effect(self, action_id: str, outcome: str) -> None:
        if not self.ends:
            raise QueueUnavailable("disk full")
        super().end_effect(action_id, outcome)


@dataclass
class Rig:
    receipts: SimulatedReceiptPrinter
    documents: SimulatedDocumentPrinter
    ledger: Ledger
    desk: PaperDesk
    posts: Posts
    tray: Path

    def print(self, paper: Paper, action: str = "a1", state: State | None = None) -> PrintResult:
        state = state or filed(CERTIFICATE)
        self.desk.perform(PrintPaper(SESSION, action, paper, copy=False), state)
        done = self.posts.next(PaperDone)
        assert (done.session, done.paper) == (SESSION, paper)
        if done.result.fault:
            assert done.result.fault in faults.faults(), "every fault has its sentences"
        return done.result

    @property
    def papers(self) -> list[str]:
        return sorted(file.name.split("-")[0] for file in self.tray.glob("*-*.p*"))


def filed(certificate: dict[str, Any]) -> State:
    result = {"certificate": certificate}
    return Play().send(*TO_WAITING, settled("filed", number="N1", result=result)).state


def scene() -> Scene:
    return Scene("一楼大厅", 1_790_000_000.0, 0.0, texts("zh-Hans"))


def worker(name: str, open_device: Callable[[], Device]) -> DeviceWorker[Any]:
    return DeviceWorker(name, open_device, lambda _name, _status: None)


class Stumbling(FolderDocumentPrinter):
    """Puts the paper out, then breaks its promise not to raise."""

    def print(
        self, action_id: str, pdf: bytes, title: str, *, timeout: float, cancel: Cancel, tell: Tell = tell_nobody
    ) -> PrintResult:
        super().print(action_id, pdf, title, timeout=timeout, cancel=cancel, tell=tell)
        raise RuntimeError


def test_a_driver_that_raises_in_the_middle_leaves_doubt(tmp_path: Path) -> None:
    documents = worker("document_printer", lambda: Stumbling(tmp_path))
    documents.start()
    posts = Posts()
    desk = PaperDesk(documents, documents, Ledger(), scene, TERMINAL, posts)
    desk.perform(PrintPaper(SESSION, "a1", "certificate", copy=False), filed(CERTIFICATE))
    assert posts.next(PaperDone).result.outcome is Outcome.UNKNOWN
    documents.close()


@pytest.fixture
def rig(tmp_path: Path) -> Generator[Rig]:
    receipts, documents = SimulatedReceiptPrinter(tmp_path), SimulatedDocumentPrinter(tmp_path)
    receipts.start()
    documents.start()
    workers = (
        worker("receipt_printer", lambda: EscposReceiptPrinter(port_of(receipts), answer_timeout=0.5)),
        worker("document_printer", lambda: IppDocumentPrinter(documents.endpoint, answer_timeout=1)),
    )
    ledger, posts = Ledger(), Posts()
    for each in workers:
        each.start()
    yield Rig(receipts, documents, ledger, PaperDesk(*workers, ledger, scene, TERMINAL, posts), posts, tmp_path)
    for each in workers:
        each.close()
    receipts.close()
    documents.close()


def test_both_papers_are_printed_and_written_down(rig: Rig) -> None:
    assert rig.print("certificate", "a1").outcome is Outcome.PRINTED
    assert rig.print("receipt", "a2").outcome is Outcome.PRINTED
    assert rig.papers == ["document", "receipt"]
    (document,) = rig.tray.glob("document-*.pdf")
    (page,) = pages(document.read_bytes())
    assert "证件样本" in page
    assert "CBZM-1" in page
    assert (rig.ledger.begin_effect("a1", "print"), rig.ledger.begin_effect("a2", "print")) == ("printed", "printed")


@pytest.mark.parametrize("paper", ["certificate", "receipt"])
def test_a_repeated_action_prints_nothing_more(rig: Rig, paper: Paper) -> None:
    first = rig.print(paper)
    again = rig.print(paper)
    assert (first.outcome, again.outcome) == (Outcome.PRINTED, Outcome.PRINTED)
    assert len(rig.papers) == 1


@pytest.mark.parametrize("paper", ["certificate", "receipt"])
def test_what_a_dead_process_began_stays_unknown_and_is_not_printed(rig: Rig, paper: Paper) -> None:
    rig.ledger.begin_effect("a1", "print")
    for _ in range(2):
        assert rig.print(paper).outcome is Outcome.UNKNOWN
    assert rig.papers == []
    assert rig.print(paper, "a2").outcome is Outcome.PRINTED


@pytest.mark.parametrize("paper", ["certificate", "receipt"])
def test_without_a_ledger_nothing_is_printed(rig: Rig, paper: Paper) -> None:
    rig.ledger.begins = False
    result = rig.print(paper)
    assert (result.outcome, result.fault, result.who) == (Outcome.FAILED, "queue.unavailable", Who.STAFF)
    assert rig.papers == []


def test_a_ledger_that_breaks_later_leaves_the_truth_of_today_and_doubt_after_a_restart(rig: Rig) -> None:
    rig.ledger.ends = False
    assert rig.print("receipt").outcome is Outcome.PRINTED
    assert rig.ledger.begin_effect("a1", "print") == "unknown"


def test_a_jammed_printer(rig: Rig) -> None:
    rig.receipts.simulate_jam()
    result = rig.print("receipt")
    assert (result.outcome, result.fault, result.who) == (Outcome.FAILED, "receipt_printer.jammed", Who.STAFF)
    assert rig.papers == []
    assert rig.ledger.begin_effect("a1", "print") == "failed"


def test_a_printer_that_is_cut_off_in_the_middle(rig: Rig) -> None:
    rig.receipts.simulate_unplug("300")
    assert rig.print("receipt").outcome is Outcome.UNKNOWN
    assert rig.ledger.begin_effect("a1", "print") == "unknown"


def test_a_spooler_that_lost_the_job_is_not_believed(rig: Rig) -> None:
    rig.documents.simulate_lose_job()
    assert rig.print("certificate").outcome is Outcome.UNKNOWN
    assert rig.papers == []


@pytest.mark.parametrize(("paper", "printer"), [("certificate", "document_printer"), ("receipt", "receipt_printer")])
def test_a_printer_without_power(rig: Rig, paper: Paper, printer: str) -> None:
    rig.receipts.simulate_unplug()
    rig.documents.simulate_unplug()
    result = rig.print(paper)
    assert (result.outcome, result.fault) == (Outcome.FAILED, f"{printer}.not_connected")


@pytest.mark.parametrize("certificate", [{}, {**CERTIFICATE, "periods": [{"months": 1}]}, {**CERTIFICATE, "issuer": 3}])
def test_an_answer_that_makes_no_certificate(rig: Rig, certificate: dict[str, Any]) -> None:
    result = rig.print("certificate", state=filed(certificate))
    assert (result.outcome, result.fault) == (Outcome.FAILED, "document_printer.no_content")


def test_nobody_there_prints_nothing(rig: Rig) -> None:
    rig.desk.perform(PrintPaper(SESSION, "a1", "receipt", copy=False), State())
    assert rig.print("receipt", "a2").outcome is Outcome.PRINTED
    assert rig.papers == ["receipt"]
