"""The real A4 printer: any IPP printer or CUPS queue."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from time import monotonic
from typing import Final

from drivers.actions import Actions
from drivers.contract import Cancel, Capabilities, Outcome, PrintResult, State, state_of
from drivers.document_printer import protocol
from drivers.document_printer.client import Busy, Client, session
from drivers.document_printer.contract import DocumentPrinterStatus, Tell, tell_nobody
from drivers.document_printer.job import Job, Printer, note, of_error, within
from drivers.errors import Cancelled, ConnectionLost, DriverError, NotConnected
from drivers.monitor import Incident, Unwatched, Watch

ANSWER_TIMEOUT: Final = 5.0
"""Seconds for one answer; CUPS needs some when it wakes a printer."""
PATIENCE: Final = 30.0
"""Seconds a document waits in a printer that stands still, for staff to clear the jam, before it is taken back."""
FAREWELL: Final = 2.0
"""Seconds for taking a document back after its time is over."""


class IppDocumentPrinter:
    """``uri``: ``ipp://host:631/ipp/print`` or ``ipp://localhost:631/printers/QUEUE``; ``ipps`` for TLS.

    ``printer_uri`` is the printer behind a queue: an idle CUPS queue does not notice that its printer ran out of paper,
    and calls a job completed that the printer lost. Empty: the one that the queue names itself, if it does.

    ``status`` may be asked by another thread while ``print`` waits: so a jam is told while the document is kept.
    """

    def __init__(
        self,
        uri: str,
        *,
        printer_uri: str = "",
        verify_tls: bool = False,
        answer_timeout: float = ANSWER_TIMEOUT,
        patience: float = PATIENCE,
        watch: Watch | None = None,
    ) -> None:
        self._uri = uri
        self._printer_uri = printer_uri
        self._verify_tls = verify_tls
        self._answer_timeout = answer_timeout
        self._patience = patience
        self._watch = watch or Unwatched()
        self._actions: Actions[PrintResult] = Actions()
        self._told = Capabilities()
        self._was_there = self._was_lost = False

    def status(self) -> DocumentPrinterStatus:
        try:
            status = asyncio.run(self._status())
        except DriverError as error:
            self._was_lost = self._was_there and isinstance(error, NotConnected)
            state = state_of(error, (ConnectionLost, State.OFFLINE), (Busy, State.BUSY))
            return DocumentPrinterStatus(state, f"document_printer.{error.code}", error.who, str(error))
        if self._was_lost:
            self._watch.note(Incident.RECONNECT)
        self._was_there, self._was_lost = True, False
        return status

    def capabilities(self) -> Capabilities:
        return self._told

    def print(
        self, action_id: str, pdf: bytes, title: str, *, timeout: float, cancel: Cancel, tell: Tell = tell_nobody
    ) -> PrintResult:
        """As in the contract. Raises ``Cancelled`` if ``cancel`` was set before the document went out.

        A document given up is taken back from the spooler, so that it does not come out for somebody else.
        """
        deadline = monotonic() + timeout
        return self._actions.once(action_id, lambda: self._print(pdf, title, deadline, cancel, tell))

    def close(self) -> None:
        """Nothing is held open between two operations."""

    def _print(self, pdf: bytes, title: str, deadline: float, cancel: Cancel, tell: Tell) -> PrintResult:
        if cancel.is_set():
            raise Cancelled
        try:
            return asyncio.run(self._hand_in(pdf, title, deadline, cancel, tell))
        except Cancelled:
            raise
        except DriverError as error:
            note(self._watch, error)
            return of_error(Outcome.FAILED, error)

    async def _status(self) -> DocumentPrinterStatus:
        async with self._printer() as printer:
            status, _, device = await printer.look()
            self._told = protocol.capabilities(device)
            return status

    async def _hand_in(self, pdf: bytes, title: str, deadline: float, cancel: Cancel, tell: Tell) -> PrintResult:
        async with self._printer() as printer:
            job = Job(printer, pdf, title, self._patience, self._watch, tell)
            if result := await within(job.run(), deadline, cancel):
                return result
            if job.handed_in:
                taken_back = await within(job.take_back(), monotonic() + FAREWELL, Cancel())
                return taken_back or job.left_behind("no answer")
            if cancel.is_set():
                raise Cancelled
            return job.kept()

    @asynccontextmanager
    async def _printer(self) -> AsyncGenerator[Printer]:
        async with session(verify_tls=self._verify_tls) as made:

            def connect(uri: str) -> Client:
                return Client(made, uri, self._watch, self._answer_timeout)

            yield Printer(self._uri, self._printer_uri, connect)
