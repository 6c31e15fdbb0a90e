"""The real A4 printer: any IPP printer or CUPS queue."""

import asyncio
import contextlib
import time
from typing import Final

from drivers.actions import Actions
from drivers.contract import Cancel, Capabilities, Outcome, PrintResult, State
from drivers.document_printer import protocol
from drivers.document_printer.client import Client, connect
from drivers.document_printer.contract import DocumentPrinterStatus
from drivers.errors import (
    Cancelled,
    ConnectionLost,
    DeadlineExceeded,
    DriverError,
    NotConnected,
    ProtocolError,
    Refused,
)

ANSWER_TIMEOUT: Final = 5.0
"""Seconds for one answer; CUPS needs some when it wakes a printer."""
POLL: Final = 0.3
"""Seconds between two questions after a job."""
MISSES: Final = 4
"""Questions in a row, answered with silence or with a printer that stands still, after which a job is given up."""

_FAULTS: Final[tuple[tuple[type[DriverError], State, str], ...]] = (
    (ConnectionLost, State.OFFLINE, "document_printer.connection_lost"),
    (NotConnected, State.NO_DEVICE, "document_printer.not_connected"),
    (ProtocolError, State.DEGRADED, "document_printer.garbled"),
    (DeadlineExceeded, State.OFFLINE, "document_printer.silent"),
    (Refused, State.HARDWARE_ERROR, "document_printer.refused"),
)


class IppDocumentPrinter:
    """``uri``: ``ipp://host:631/ipp/print`` or ``ipp://localhost:631/printers/QUEUE``; ``ipps`` for TLS.

    Name the printer itself where possible: an idle CUPS queue does not notice that its printer ran out of paper.
    """

    def __init__(self, uri: str, *, answer_timeout: float = ANSWER_TIMEOUT) -> None:
        self._uri = uri
        self._answer_timeout = answer_timeout
        self._actions = Actions()

    def status(self) -> DocumentPrinterStatus:
        try:
            return asyncio.run(self._status())
        except DriverError as error:
            state, fault = _fault_of(error)
            return DocumentPrinterStatus(state, fault, error.who, str(error))

    def capabilities(self) -> Capabilities:
        return Capabilities(model="IPP")

    def print(self, action_id: str, pdf: bytes, title: str, *, timeout: float, cancel: Cancel) -> PrintResult:
        """As in the contract. Raises ``Cancelled`` if ``cancel`` was set before the document went out.

        A job given up is taken back from the spooler, so that it does not come out for somebody else.
        """
        deadline = time.monotonic() + timeout
        return self._actions.once(action_id, lambda: self._print(pdf, title, deadline, cancel))

    def close(self) -> None:
        """Nothing is held open between two operations."""

    def _print(self, pdf: bytes, title: str, deadline: float, cancel: Cancel) -> PrintResult:
        try:
            return asyncio.run(self._submit_and_follow(pdf, title, deadline, cancel))
        except Cancelled:
            raise
        except DriverError as error:
            return _failure(Outcome.FAILED, error)

    async def _status(self) -> DocumentPrinterStatus:
        async with connect(self._uri, self._answer_timeout) as client:
            return protocol.status(await client.printer())

    async def _submit_and_follow(self, pdf: bytes, title: str, deadline: float, cancel: Cancel) -> PrintResult:
        async with connect(self._uri, self._answer_timeout) as client:
            before = protocol.status(await client.printer())
            if not before.works:
                return _result(Outcome.FAILED, before)
            if cancel.is_set():
                raise Cancelled
            try:
                job_id = await client.submit(pdf, title)
            except DriverError as error:
                sure = isinstance(error, Refused) or type(error) is NotConnected
                return _failure(Outcome.FAILED if sure else Outcome.UNKNOWN, error)
            return await _follow(client, job_id, deadline, cancel)


async def _follow(client: Client, job_id: int, deadline: float, cancel: Cancel) -> PrintResult:
    misses, trouble = 0, PrintResult(Outcome.UNKNOWN, "document_printer.not_finished")
    while misses < MISSES and time.monotonic() < deadline and not cancel.is_set():
        try:
            job, printer = await client.job(job_id), protocol.status(await client.printer())
        except DriverError as error:
            misses, trouble = misses + 1, _failure(Outcome.UNKNOWN, error)
        else:
            if job["job-state"] in protocol.FINISHED:
                return protocol.finished(job, printer)
            misses = 0 if printer.works else misses + 1
            trouble = _result(Outcome.UNKNOWN, printer) if misses else trouble
        await asyncio.sleep(min(POLL, max(deadline - time.monotonic(), 0)))
    return await _give_up(client, job_id, trouble)


async def _give_up(client: Client, job_id: int, trouble: PrintResult) -> PrintResult:
    """Take the job back. Only if the spooler never began with it is it sure that nothing came out."""
    with contextlib.suppress(DriverError):
        await client.cancel(job_id)
        job = await client.job(job_id)
        if job["job-state"] == protocol.JobState.CANCELED and not protocol.was_processed(job):
            return PrintResult(Outcome.FAILED, trouble.fault, trouble.who, trouble.detail)
    return trouble


def _fault_of(error: DriverError) -> tuple[State, str]:
    for kind, state, fault in _FAULTS:
        if isinstance(error, kind):
            return state, fault
    return State.HARDWARE_ERROR, "document_printer.broken"


def _failure(outcome: Outcome, error: DriverError) -> PrintResult:
    return PrintResult(outcome, _fault_of(error)[1], error.who, str(error))


def _result(outcome: Outcome, status: DocumentPrinterStatus) -> PrintResult:
    return PrintResult(outcome, status.fault, status.who, status.detail)
