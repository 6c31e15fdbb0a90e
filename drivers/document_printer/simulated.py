"""An A4 printer that speaks IPP over HTTP and puts its sheets into a folder."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

from pyipp.enums import IppOperation, IppStatus
from pyipp.parser import parse

from drivers.document_printer.folder import deliver
from drivers.document_printer.ipp_server import response, serve
from drivers.document_printer.protocol import FINISHED, HISTORY_LOST, JobState, status
from drivers.simulation import Verb, verbs_of

PATH: Final = "/ipp/print"
SLOW_SECONDS: Final = 2.0
_MUTE: Final = 30.0
"""Seconds after which a mute printer hangs up on a question."""
JAM, OUT, LOW = "media-jam-error", "media-empty-error", "toner-low-warning"
_NEXT: Final = "next"


class _PrinterState(IntEnum):
    IDLE = 3
    PROCESSING = 4
    STOPPED = 5


@dataclass
class _Job:
    pdf: bytes
    state: JobState = JobState.PENDING
    began: float = 0.0


class SimulatedDocumentPrinter:
    """``tray`` gets ``document-0001.pdf`` ... Verbs that take ``next`` strike while the next job is printing."""

    kind = "document_printer"

    def __init__(self, tray: Path, host: str = "127.0.0.1", port: int = 0) -> None:
        self._tray = tray
        self._address = (host, port)
        self._lock = threading.RLock()
        self._server: ThreadingHTTPServer | None = None
        self._jobs: list[_Job] = []
        self._reasons: set[str] = set()
        self._strike = ""
        self._unplug_next = False
        self._mute = threading.Event()
        self._heard = threading.Event()
        self._garbage = False
        self._seconds = 0.0
        self._printed = 0

    @property
    def endpoint(self) -> str:
        return "ipp://{}:{}{}".format(*self._address, PATH)

    def start(self) -> None:
        self._tray.mkdir(parents=True, exist_ok=True)
        self.simulate_plug()

    def state(self) -> Mapping[str, str]:
        with self._lock:
            paper = "jammed" if JAM in self._reasons else "out" if OUT in self._reasons else "ok"
            fault = status(self._printer()).fault if self._server else "document_printer.not_connected"
            return {"paper": paper, "fault": fault, "documents": str(self._printed)}

    def verbs(self) -> Mapping[str, Verb]:
        return verbs_of(self)

    def close(self) -> None:
        self.simulate_unplug()

    # --- verbs ---------------------------------------------------------------------------------------------------

    def simulate_jam(self, when: str = "") -> None:
        self._break(JAM, when)

    def simulate_clear(self, _: str = "") -> None:
        """Staff pull the sheet out; the printer goes on with its job."""
        self._repair(JAM)

    def simulate_paper_out(self, when: str = "") -> None:
        self._break(OUT, when)

    def simulate_refill(self, _: str = "") -> None:
        self._repair(OUT)

    def simulate_toner_low(self, _: str = "") -> None:
        self._break(LOW, "")

    def simulate_lose_job(self, _: str = "") -> None:
        """As CUPS does after a power cut: the next job ends as completed and nothing comes out."""
        with self._lock:
            self._strike = HISTORY_LOST

    def simulate_slow(self, seconds: str = "") -> None:
        with self._lock:
            self._seconds = float(seconds) if seconds else SLOW_SECONDS

    def simulate_garbage(self, _: str = "") -> None:
        with self._lock:
            self._garbage = True

    def simulate_mute(self, _: str = "") -> None:
        with self._lock:
            self._heard.clear()
            self._mute.set()

    def simulate_unplug(self, when: str = "") -> None:
        """Now, or ``next``: when the next document was taken and before that is said."""
        with self._lock:
            if _is_next(when):
                self._unplug_next = True
                return
            server, self._server = self._server, None
        self._heard.set()
        if server:
            server.shutdown()
            server.server_close()

    def simulate_plug(self, _: str = "") -> None:
        with self._lock:
            if self._server:
                return
            self._server = serve(self._address, self._answer)
            self._address = self._address[0], self._server.server_port

    def simulate_heal(self, _: str = "") -> None:
        """Everything as new, unfinished jobs forgotten, and plugged in."""
        with self._lock:
            self._reasons.clear()
            self._strike, self._unplug_next, self._garbage, self._seconds = "", False, False, 0.0
            self._mute.clear()
            self._heard.set()
            for job in self._jobs:
                job.state = JobState.ABORTED if job.state not in FINISHED else job.state
        self.simulate_plug()

    def _break(self, reason: str, when: str) -> None:
        with self._lock:
            if _is_next(when):
                self._strike = reason
            else:
                self._reasons.add(reason)

    def _repair(self, reason: str) -> None:
        with self._lock:
            self._reasons.discard(reason)
            self._work()

    # --- IPP -----------------------------------------------------------------------------------------------------

    def _answer(self, body: bytes) -> bytes | None:
        """The answer to one request; ``None`` when the cable is pulled before it."""
        if self._mute.is_set():
            self._heard.wait(_MUTE)
            return None
        with self._lock:
            if self._garbage:
                return b"\xff" * 24
            request = parse(body, contains_data=True)
            self._work()
            match request["status-code"]:
                case IppOperation.GET_PRINTER_ATTRIBUTES:
                    return response(request, printer=self._printer())
                case IppOperation.PRINT_JOB:
                    return self._take(request)
                case operation:
                    return self._about_job(request, operation)

    def _take(self, request: Mapping[str, Any]) -> bytes | None:
        self._jobs.append(_Job(request["data"]))
        self._work()
        if self._unplug_next:
            self._unplug_next = False
            self.simulate_unplug()
            return None
        return self._job(request, len(self._jobs))

    def _about_job(self, request: Mapping[str, Any], operation: int) -> bytes:
        job_id = int(request["operation-attributes"].get("job-id", 0))
        if not 0 < job_id <= len(self._jobs):
            return response(request, IppStatus.ERROR_NOT_FOUND)
        if operation == IppOperation.CANCEL_JOB and self._jobs[job_id - 1].state not in FINISHED:
            self._jobs[job_id - 1].state = JobState.CANCELED
        return self._job(request, job_id)

    def _job(self, request: Mapping[str, Any], job_id: int) -> bytes:
        job = self._jobs[job_id - 1]
        attributes: dict[str, Any] = {"job-id": job_id, "job-state": job.state, "job-state-reasons": "none"}
        if job.began:
            attributes["time-at-processing"] = 1
        return response(request, job=attributes)

    def _printer(self) -> dict[str, Any]:
        idle = _PrinterState.PROCESSING if self._open_jobs else _PrinterState.IDLE
        state = _PrinterState.STOPPED if self._stopped else idle
        return {"printer-state": state, "printer-state-reasons": sorted(self._reasons) or ["none"]}

    # --- paper ---------------------------------------------------------------------------------------------------

    @property
    def _stopped(self) -> bool:
        return bool(self._reasons & {JAM, OUT})

    @property
    def _open_jobs(self) -> list[_Job]:
        return [job for job in self._jobs if job.state not in FINISHED]

    def _work(self) -> None:
        for job in self._open_jobs:
            if self._stopped:
                return
            job.state, job.began = JobState.PROCESSING, job.began or time.monotonic()
            self._print(job)

    def _print(self, job: _Job) -> None:
        strike, self._strike = self._strike, ""
        if strike:
            self._reasons.add(strike)
        if not self._stopped and time.monotonic() - job.began >= self._seconds:
            job.state = JobState.COMPLETED
            if strike != HISTORY_LOST:
                deliver(self._tray, job.pdf)
                self._printed += 1


def _is_next(when: str) -> bool:
    """Raise ``ValueError`` unless it is empty or ``next``."""
    if when not in ("", _NEXT):
        raise ValueError(f"{when!r} is not {_NEXT!r}")
    return when == _NEXT
