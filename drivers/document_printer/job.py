"""One document on its way: handed in, followed to its end, taken back if it does not come to one."""

import asyncio
import contextlib
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import replace
from time import monotonic
from typing import Final, TypeVar

from drivers.contract import Cancel, Outcome, PrintResult
from drivers.document_printer import protocol
from drivers.document_printer.client import Busy, Client, NoSuchJob
from drivers.document_printer.contract import DocumentPrinterStatus, Tell
from drivers.document_printer.message import Attributes, one
from drivers.errors import DriverError, NotConnected, ProtocolError, Refused
from drivers.health import Incident, incident_of
from drivers.monitor import Watch

POLL: Final = 0.3
"""Seconds between two questions after a job."""
TICK: Final = 0.05
"""How soon, in seconds, a cancel is noticed."""
NOT_FINISHED: Final = PrintResult(Outcome.UNKNOWN, "document_printer.not_finished")

T = TypeVar("T")


class Printer:
    """A printer, or a queue with the printer behind it. ``device_uri`` empty: the one that the queue tells, if any."""

    def __init__(self, uri: str, device_uri: str, connect: Callable[[str], Client]) -> None:
        self.queue = connect(uri)
        self._uri = uri
        self._connect = connect
        self._device = connect(device_uri) if device_uri not in ("", uri) else None
        self._may_ask = not device_uri

    async def look(self) -> tuple[DocumentPrinterStatus, Attributes, Attributes]:
        """How it is, and what queue and printer said; they are the same where there is no queue."""
        queue = await self.queue.printer()
        device = self._behind(queue)
        told = await self._ask(device) if device else None
        if told is None:
            return protocol.status(queue), queue, queue
        return protocol.status_behind_queue(queue, told), queue, told

    async def at_device(self, name: str) -> Attributes | None:
        """The job as the printer behind the queue knows it; ``None`` also when that one cannot be asked."""
        with contextlib.suppress(DriverError):
            return await self._device.job_named(name) if self._device else None
        return None

    async def _ask(self, device: Client) -> Attributes | None:
        """``None`` if it will not speak with us and only the queue has named it: then the queue's word must do."""
        try:
            return await device.printer()
        except (Refused, ProtocolError) as error:
            if not self._may_ask or isinstance(error, Busy):
                raise
            self._device, self._may_ask = None, False
            return None

    def _behind(self, queue: Attributes) -> Client | None:
        told = protocol.device_uri(queue)
        if self._may_ask and self._device is None and told not in ("", self._uri):
            self._device = self._connect(told)
        return self._device


class Job:
    """``title`` gets a number of its own, by which printer and staff tell the job from others."""

    def __init__(self, printer: Printer, pdf: bytes, title: str, patience: float, watch: Watch, tell: Tell) -> None:
        self._printer = printer
        self._pdf = pdf
        self._name = f"{title} {secrets.token_hex(3)}"
        self._patience = patience
        self._watch = watch
        self._tell = tell
        self._id = 0
        self._called: str | None = None
        self._trouble = NOT_FINISHED
        self.handed_in = False
        """The document has left, whether or not the printer said that it took it."""

    async def run(self) -> PrintResult:
        refusal = await self._submit()
        return refusal or await self._follow()

    def kept(self) -> PrintResult:
        """Before it was handed in: nothing can come out."""
        return replace(self._trouble, outcome=Outcome.FAILED)

    def left_behind(self, reason: object) -> PrintResult:
        """It could not be taken back."""
        return replace(self._trouble, detail=f"{self._trouble.detail}; it may still come out: {reason}".lstrip("; "))

    async def take_back(self) -> PrintResult:
        """Out of the queue with it, so that it does not come out for somebody else. Only if the printer never began
        with it is it sure that nothing came out."""
        queue = self._printer.queue
        try:
            self._id = self._id or _id_of(await queue.job_named(self._name))
            if refusal := await self._cancel():
                return refusal
            job = await queue.job(self._id)
        except NoSuchJob:
            return self._trouble
        except DriverError as error:
            return self.left_behind(error)
        canceled = protocol.state_of(job) == protocol.JobState.CANCELED and not protocol.was_processed(job)
        return replace(self._trouble, outcome=Outcome.FAILED) if canceled else self._trouble

    async def _cancel(self) -> PrintResult | None:
        """A refusal may mean that the job has come to its end this very moment."""
        try:
            await self._printer.queue.cancel(self._id)
        except Refused as error:
            _, told, _ = await self._printer.look()
            return await self._ended(told) or self.left_behind(error)
        return None

    async def _submit(self) -> PrintResult | None:
        """Hand the document in, once the printer has time; a result if that failed."""
        while True:
            try:
                before, _, _ = await self._printer.look()
                if not before.works:
                    return of_status(Outcome.FAILED, before)
                self.handed_in = True
                self._id = await self._printer.queue.submit(self._pdf, self._name)
                return None
            except Busy as error:
                self.handed_in = False
                self._failed(error)
            except DriverError as error:
                self._failed(error)
                sure = not self.handed_in or isinstance(error, Refused) or type(error) is NotConnected
                return replace(self._trouble, outcome=Outcome.FAILED) if sure else await self.take_back()
            await asyncio.sleep(POLL)

    async def _follow(self) -> PrintResult:
        """Until it has ended, or the printer stood still for as long as patience lasts."""
        moved = monotonic()
        while monotonic() - moved <= self._patience:
            try:
                status, queue, _ = await self._printer.look()
                if result := await self._ended(queue):
                    return result
            except NoSuchJob:
                return protocol.history_lost("the printer forgot the job")
            except DriverError as error:
                self._failed(error)
            else:
                self._tell(status)
                if status.works:
                    moved, self._trouble = monotonic(), NOT_FINISHED
                else:
                    self._trouble = of_status(Outcome.UNKNOWN, status)
            await asyncio.sleep(POLL)
        return await self.take_back()

    async def _ended(self, queue: Attributes) -> PrintResult | None:
        job = await self._printer.queue.job(self._id)
        self._called = self._called or one(job, "job-name", str)  # printers shorten names, or give their own
        if one(job, "job-name", str) != self._called:
            return protocol.history_lost("the printer started again and gave the job's number to another")
        if protocol.state_of(job) not in protocol.FINISHED:
            return None
        return protocol.ended(job, protocol.reasons(queue), await self._printer.at_device(self._name))

    def _failed(self, error: DriverError) -> None:
        self._trouble = of_error(Outcome.UNKNOWN, error)
        note(self._watch, error)


async def within(work: Awaitable[T], deadline: float, cancel: Cancel) -> T | None:
    """What ``work`` returns; ``None`` if the deadline came or ``cancel`` was set before."""
    task = asyncio.ensure_future(work)
    while (left := deadline - monotonic()) > 0 and not cancel.is_set():
        done, _ = await asyncio.wait({task}, timeout=min(left, TICK))
        if done:
            return task.result()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        return await task
    return None


def of_status(outcome: Outcome, status: DocumentPrinterStatus) -> PrintResult:
    return PrintResult(outcome, status.fault, status.who, status.detail)


def of_error(outcome: Outcome, error: DriverError) -> PrintResult:
    return PrintResult(outcome, f"document_printer.{error.code}", error.who, str(error))


def note(watch: Watch, error: DriverError) -> None:
    """What the driver got over, or what only a result tells: that is no error to whoever counts those."""
    incident = Incident.RETRY if isinstance(error, Busy | NoSuchJob) else incident_of(error)
    if incident:
        watch.note(incident)


def _id_of(job: Attributes | None) -> int:
    """Raises ``NoSuchJob``: the document never arrived, or it has gone already."""
    found = one(job, "job-id", int) if job else None
    if found is None:
        raise NoSuchJob("not in the list of jobs")
    return found
