"""The printers' part of the world: each paper once, its outcome in the ledger before and after."""

import logging
from collections.abc import Callable
from functools import partial
from typing import Final

from drivers.contract import Cancel, Outcome, PrintResult
from drivers.document_printer.contract import DocumentPrinter
from drivers.errors import Cancelled, DeviceFault, DriverError, DriverFailed, NotConnected, Who
from drivers.receipt_printer.contract import ReceiptPrinter
from drivers.worker import DeviceWorker
from kiosk.documents.certificate import CannotRender, CertificateFacts, render
from kiosk.documents.receipts import ReceiptFacts, receipt
from kiosk.journey.effects import Effect, PrintPaper
from kiosk.journey.events import PaperDone
from kiosk.journey.state import Session, State
from kiosk.presenters.papers import certificate_facts, receipt_facts
from kiosk.presenters.scene import Scene
from kiosk.runner import Post
from kiosk.text.catalogue import Texts
from offline_queue.contract import Queue, QueueUnavailable

RECEIPT_SECONDS: Final = 20.0
CERTIFICATE_SECONDS: Final = 60.0
TITLE: Final = "certificate"
"""What a spooler may know about the document."""

log = logging.getLogger(__name__)

Print = Callable[[], PrintResult]


class PaperDesk:
    handles = (PrintPaper,)

    def __init__(
        self,
        receipts: DeviceWorker[ReceiptPrinter],
        documents: DeviceWorker[DocumentPrinter],
        ledger: Queue,
        scene: Callable[[], Scene],
        terminal: str,
        post: Post,
    ) -> None:
        self._receipts = receipts
        self._documents = documents
        self._ledger = ledger
        self._scene = scene
        self._terminal = terminal
        self._post = post

    def perform(self, effect: Effect, state: State) -> None:
        if not isinstance(effect, PrintPaper) or state.session is None:
            return
        done = partial(self._done, effect)
        scene = self._scene()
        if effect.paper == "receipt":
            receipt_of = receipt_facts(state.session, scene, self._terminal, copy=effect.copy)
            self._receipts.submit(partial(self._print_receipt, effect.action_id, receipt_of, scene.text), on_done=done)
        else:
            self._submit_certificate(effect, state.session, scene)

    def _submit_certificate(self, effect: PrintPaper, session: Session, scene: Scene) -> None:
        try:
            facts = certificate_facts(session, scene, self._terminal)
        except (KeyError, TypeError):
            log.error("the centre's answer lacks what the certificate needs")
            self._done(effect, PrintResult(Outcome.FAILED, "document_printer.no_content", Who.STAFF))
            return
        job = partial(self._print_certificate, effect.action_id, facts, scene.text)
        self._documents.submit(job, on_done=partial(self._done, effect))

    def _print_receipt(
        self, action_id: str, facts: ReceiptFacts, text: Texts, printer: ReceiptPrinter, cancel: Cancel
    ) -> PrintResult:
        blocks = receipt(facts, text)
        return self._once(action_id, lambda: printer.print(action_id, blocks, timeout=RECEIPT_SECONDS, cancel=cancel))

    def _print_certificate(
        self, action_id: str, facts: CertificateFacts, text: Texts, printer: DocumentPrinter, cancel: Cancel
    ) -> PrintResult:
        try:
            pdf = render(facts, text)
        except CannotRender as error:
            log.error("certificate: %s", error)
            return PrintResult(Outcome.FAILED, "document_printer.no_content", Who.TECHNICIAN)
        tell = self._documents.tell
        return self._once(
            action_id,
            lambda: printer.print(action_id, pdf, TITLE, timeout=CERTIFICATE_SECONDS, cancel=cancel, tell=tell),
        )

    def _once(self, action_id: str, job: Print) -> PrintResult:
        """Write ahead, print, write down. A print begun by a process that died is ``unknown`` and stays so."""
        try:
            before = self._ledger.begin_effect(action_id, "print")
        except QueueUnavailable as error:
            log.error("print ledger: %s", error)
            return PrintResult(Outcome.FAILED, "queue.unavailable", Who.STAFF)
        if before:
            return PrintResult(Outcome(before), who=Who.CITIZEN, detail="done or interrupted before")
        try:
            result = job()
        except Cancelled:
            result = PrintResult(Outcome.FAILED, who=Who.CITIZEN, detail="cancelled before it began")
        try:
            self._ledger.end_effect(action_id, result.outcome.value)
        except QueueUnavailable as error:  # after a restart it will read "unknown", which asks rather than lies
            log.error("print ledger: %s", error)
        return result

    def _done(self, effect: PrintPaper, result: PrintResult | DriverError) -> None:
        """Printers tell their faults as results. A printer that was not reached printed nothing; of any other error
        nobody knows how far it let the paper come."""
        if isinstance(result, DriverError):
            outcome = Outcome.FAILED if isinstance(result, NotConnected | Cancelled) else Outcome.UNKNOWN
            result = PrintResult(outcome, _fault(effect, result), result.who)
        self._post(PaperDone(effect.session, effect.paper, result))


def _fault(effect: PrintPaper, error: DriverError) -> str:
    """An id of the fault catalogue."""
    printer = "receipt_printer" if effect.paper == "receipt" else "document_printer"
    return f"{printer}.{error.code if isinstance(error, NotConnected | DriverFailed) else DeviceFault.code}"
