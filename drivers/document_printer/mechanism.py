"""What is inside the simulated A4 printer: jobs, paper, toner, and the IPP it answers with."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any, Final

from pyipp.enums import IppOperation, IppStatus

from drivers.contract import WORKING
from drivers.document_printer import protocol
from drivers.document_printer.contract import DocumentPrinterStatus
from drivers.document_printer.folder import deliver
from drivers.document_printer.message import Message, decode, encode, one
from drivers.document_printer.protocol import FINISHED, JobState, PrinterState
from drivers.document_printer.reasons import HISTORY_LOST, meanings

_IDENTITY: Final = {
    "printer-make-and-model": "Simulated A4 Printer",
    "printer-device-id": "MFG:Simulated;MDL:A4 Printer;CMD:PDF;SN:SIM0001;",
    "printer-firmware-string-version": "1.0",
    "marker-names": ["black"],
}


@dataclass
class _Job:
    id: int
    name: str
    pdf: bytes
    state: JobState = JobState.PENDING
    began: float = 0.0


class Mechanism:
    """Everything may be called from any thread."""

    def __init__(self, tray: Path) -> None:
        self._tray = tray
        self._lock = threading.RLock()
        self._jobs: list[_Job] = []
        self._reasons: set[str] = set()
        self._coming = ""
        self._busy_until = 0.0
        self._refuses = False
        self.took_a_document = False
        """The last request brought one."""
        self.seconds = 0.0
        """How long a document takes."""
        self.strike = ""
        """What happens to the next document: ``abort``, ``lose`` or nothing."""
        self.printed = 0

    def status(self) -> DocumentPrinterStatus:
        """As a driver would see it."""
        return protocol.status(decode(encode(0, 1, {}, printer=self._printer())).printers[0])

    def report(self, reason: str, *, at_once: bool) -> None:
        with self._lock:
            if at_once:
                self._reasons.add(reason)
            else:
                self._coming = reason

    def take_back(self, *reasons: str) -> None:
        with self._lock:
            self._reasons.difference_update(reasons)
            self._work()

    def be_busy(self, seconds: float) -> None:
        self._busy_until = monotonic() + seconds

    def refuse(self) -> None:
        self._refuses = True

    def restart(self) -> None:
        with self._lock:
            self._jobs.clear()

    def heal(self) -> None:
        with self._lock:
            self._reasons.clear()
            self._coming, self.strike, self.seconds = "", "", 0.0
            self._busy_until, self._refuses = 0.0, False
            for job in self._open_jobs:
                job.state = JobState.ABORTED

    # --- IPP ---------------------------------------------------------------------------------------------------------

    def answer(self, request: bytes) -> bytes:
        """Raises ``ProtocolError`` for what is no IPP."""
        message = decode(request)
        with self._lock:
            self.took_a_document = False
            if monotonic() < self._busy_until:
                return _refusal(message, IppStatus.ERROR_BUSY)
            if self._refuses:
                return _refusal(message, IppStatus.ERROR_NOT_AUTHORIZED)
            self._work()
            match message.code:
                case IppOperation.GET_PRINTER_ATTRIBUTES:
                    return encode(IppStatus.OK, message.request_id, {}, printer=self._printer())
                case IppOperation.PRINT_JOB:
                    return self._take(message)
                case IppOperation.GET_JOBS:
                    return self._list(message)
                case _:
                    return self._about_job(message)

    def _take(self, message: Message) -> bytes:
        job = _Job(len(self._jobs) + 1, one(message.operation, "job-name", str) or "", message.data)
        self._jobs.append(job)
        self.took_a_document = True
        self._work()
        return _about(message, job)

    def _list(self, message: Message) -> bytes:
        """The newest alone: nobody asks for an older one."""
        finished = one(message.operation, "which-jobs", str) == "completed"
        jobs = [job for job in self._jobs if (job.state in FINISHED) == finished]
        return _about(message, jobs[-1]) if jobs else encode(IppStatus.OK, message.request_id, {})

    def _about_job(self, message: Message) -> bytes:
        job_id = one(message.operation, "job-id", int)
        job = next((job for job in self._jobs if job.id == job_id), None)
        if job is None:
            return _refusal(message, IppStatus.ERROR_NOT_FOUND)
        if message.code == IppOperation.CANCEL_JOB and job.state not in FINISHED:
            job.state = JobState.CANCELED
        return _about(message, job)

    def _printer(self) -> dict[str, Any]:
        idle = PrinterState.PROCESSING if self._open_jobs else PrinterState.IDLE
        level = 0 if "toner-empty-error" in self._reasons else 8 if "toner-low-warning" in self._reasons else 75
        return {
            **_IDENTITY,
            "printer-state": PrinterState.STOPPED if self._stands_still else idle,
            "printer-state-reasons": sorted(self._reasons) or ["none"],
            "printer-is-accepting-jobs": True,
            "marker-levels": [level],
        }

    # --- paper -------------------------------------------------------------------------------------------------------

    @property
    def _stands_still(self) -> bool:
        return any(meaning.state not in WORKING for meaning in meanings(self._reasons))

    @property
    def _open_jobs(self) -> list[_Job]:
        return [job for job in self._jobs if job.state not in FINISHED]

    def _work(self) -> None:
        for job in self._open_jobs:
            if self._stands_still:
                return
            job.state, job.began = JobState.PROCESSING, job.began or monotonic()
            self._reasons |= {self._coming} - {""}
            self._coming = ""
            if not self._stands_still and monotonic() - job.began >= self.seconds:
                self._finish(job)

    def _finish(self, job: _Job) -> None:
        strike, self.strike = self.strike, ""
        job.state = JobState.ABORTED if strike == "abort" else JobState.COMPLETED
        if strike == "lose":
            self._reasons.add(HISTORY_LOST)
        elif not strike:
            deliver(self._tray, job.pdf)
            self.printed += 1


def _about(message: Message, job: _Job) -> bytes:
    told: Mapping[str, Any] = {
        "job-id": job.id,
        "job-name": job.name,
        "job-state": job.state,
        "job-state-reasons": "none",
        **({"time-at-processing": 1} if job.began else {}),
    }
    return encode(IppStatus.OK, message.request_id, {}, job=told)


def _refusal(message: Message, status: IppStatus) -> bytes:
    return encode(status, message.request_id, {})
