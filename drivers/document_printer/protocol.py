"""What an IPP printer's attributes and a job's end mean. Pure.

Sources: RFC 8011 (job-state, printer-state), PWG 5100.13 (printer-supply), IEEE 1284 (printer-device-id) and
CUPS (marker-*, device-uri).
"""

from collections.abc import Iterable, Iterator
from enum import IntEnum
from typing import Final
from urllib.parse import urlsplit

from drivers.contract import Capabilities, Outcome, PrintResult, State
from drivers.document_printer.contract import DocumentPrinterStatus, OutputTray, Paper, Toner
from drivers.document_printer.message import Attributes, one, redacted, words
from drivers.document_printer.reasons import HISTORY_LOST, STOPPED, Meaning, base, meanings
from drivers.errors import Who


class PrinterState(IntEnum):
    IDLE = 3
    PROCESSING = 4
    STOPPED = 5


class JobState(IntEnum):
    PENDING = 3
    HELD = 4
    PROCESSING = 5
    STOPPED = 6
    CANCELED = 7
    ABORTED = 8
    COMPLETED = 9


FINISHED: Final = frozenset({JobState.CANCELED, JobState.ABORTED, JobState.COMPLETED})
PRINTER_ATTRIBUTES: Final = (
    "printer-state",
    "printer-state-reasons",
    "printer-is-accepting-jobs",
    "printer-make-and-model",
    "printer-device-id",
    "printer-firmware-string-version",
    "marker-names",
    "marker-levels",
    "printer-supply",
    "printer-input-tray",
    "device-uri",
)
JOB_ATTRIBUTES: Final = ("job-id", "job-name", "job-state", "job-state-reasons", "time-at-processing")
TRACED: Final = frozenset(PRINTER_ATTRIBUTES + JOB_ATTRIBUTES) - {"job-name", "device-uri"} | {
    "attributes-charset",
    "attributes-natural-language",
    "document-format",
    "printer-uri",
    "requested-attributes",
    "status-message",
    "which-jobs",
}
"""What a wire trace may hold. Other people's jobs stand in a printer's list; a device's address may hold a password."""

_PAPER: Final = {"jammed": Paper.JAMMED, "paper_out": Paper.OUT, "tray_missing": Paper.OUT, "paper_low": Paper.LOW}
_TONER: Final = {"toner_empty": Toner.EMPTY, "toner_missing": Toner.EMPTY, "toner_low": Toner.LOW}
_OUTPUT: Final = {"tray_full": OutputTray.FULL, "tray_nearly_full": OutputTray.NEARLY_FULL}
_SERIAL_KEYS: Final = ("SN", "SERN", "SERIALNUMBER", "SER")
_PERCENT: Final = range(101)
_A_TRAY_IS_EMPTY: Final = "media-empty-report"


# --- printers --------------------------------------------------------------------------------------------------------


def status(printer: Attributes) -> DocumentPrinterStatus:
    """The state of one printer or queue."""
    given = reasons(printer)
    return _status(given, stands_still(printer), tuple(supplies(printer)))


def status_behind_queue(queue: Attributes, device: Attributes) -> DocumentPrinterStatus:
    """Of what stands in a queue only what is the queue's own counts: it sees its printer late, and only while printing.

    A lost history is no fault here: it is the printer that is asked how a job ended.
    """
    own = (reason for reason in reasons(queue) if reason.startswith(("cups-", "paused")) and not lost((reason,)))
    given = (*reasons(device), *own)
    return _status(given, stands_still(queue) or stands_still(device), tuple(supplies(device)))


def reasons(printer: Attributes) -> tuple[str, ...]:
    """An idle printer may do no more than report that a tray is empty; if all of them are, it cannot print."""
    given = (reason for reason in words(printer, "printer-state-reasons") if reason != "none")
    return tuple("media-empty" if reason == _A_TRAY_IS_EMPTY and _has_no_paper(printer) else reason for reason in given)


def _has_no_paper(printer: Attributes) -> bool:
    """By PWG 5100.13 ``printer-input-tray``; a negative level is an unknown one, what is fed by hand is no stock."""
    trays = (_pairs(tray, "=") for tray in words(printer, "printer-input-tray"))
    levels = [tray.get("level", "") for tray in trays if tray.get("type", "").startswith("sheetFeedAuto")]
    known = [int(level) for level in levels if level.isdecimal()]
    return bool(known) and not any(known)


def lost(given: Iterable[str]) -> bool:
    return any(base(reason) == HISTORY_LOST for reason in given)


def stands_still(printer: Attributes) -> bool:
    stopped = one(printer, "printer-state", int) == PrinterState.STOPPED
    return stopped or one(printer, "printer-is-accepting-jobs", bool) is False


def _status(given: tuple[str, ...], still: bool, told: tuple[str, ...]) -> DocumentPrinterStatus:
    found = meanings(given)
    causes = [meaning.cause for meaning in found]
    worst = found[0] if found else None
    if still and (worst is None or worst.state is State.DEGRADED):
        worst = STOPPED
    worst = worst or Meaning("", State.ONLINE, Who.NOBODY)
    return DocumentPrinterStatus(
        worst.state,
        worst.fault if worst.cause else "",
        worst.who,
        detail=", ".join(given) if worst.cause else "",
        reasons=given,
        supplies=told,
        paper=next((_PAPER[cause] for cause in causes if cause in _PAPER), Paper.OK),
        toner=next((_TONER[cause] for cause in causes if cause in _TONER), Toner.OK),
        output=next((_OUTPUT[cause] for cause in causes if cause in _OUTPUT), OutputTray.OK),
        cover_open="cover_open" in causes,
    )


def supplies(printer: Attributes) -> Iterator[str]:
    """``black 75 %`` for each supply whose level is told in per cent."""
    levels = printer.get("marker-levels", ())
    for name, level in zip(words(printer, "marker-names"), levels, strict=False):
        if level in _PERCENT:
            yield f"{name} {level} %"
    if not levels:
        yield from filter(None, map(_supply, words(printer, "printer-supply")))


def _supply(text: str) -> str:
    pairs = _pairs(text, "=")
    level = pairs.get("level", "")
    known = pairs.get("unit") == "percent" and level.isdecimal() and int(level) in _PERCENT
    name = pairs.get("colorantname", "").replace("unknown", "") or pairs.get("type", "")
    return f"{name} {level} %" if known else ""


def _pairs(text: str, sign: str) -> dict[str, str]:
    parts = (part.partition(sign) for part in text.split(";"))
    return {key.strip(): value.strip() for key, _, value in parts}


def capabilities(printer: Attributes) -> Capabilities:
    device_id = _pairs(one(printer, "printer-device-id", str) or "", ":")
    return Capabilities(
        model=one(printer, "printer-make-and-model", str) or "",
        serial_number=next((device_id[key] for key in _SERIAL_KEYS if key in device_id), ""),
        firmware=", ".join(words(printer, "printer-firmware-string-version")),
    )


def device_uri(queue: Attributes) -> str:
    """The IPP printer behind a queue, if the queue tells one that can be asked: a name of multicast DNS cannot."""
    uri = one(queue, "device-uri", str) or ""
    try:
        host = urlsplit(uri).hostname or ""
    except ValueError:
        return ""
    return uri if uri.startswith(("ipp://", "ipps://")) and host and not host.endswith("._tcp.local") else ""


# --- jobs ------------------------------------------------------------------------------------------------------------


def state_of(job: Attributes) -> int:
    return one(job, "job-state", int) or 0


def was_processed(job: Attributes) -> bool:
    """Whether a sheet may have moved. ``time-at-processing`` has no value until the printer begins."""
    return bool(one(job, "time-at-processing", int))


def ended(job: Attributes, given: tuple[str, ...], at_device: Attributes | None) -> PrintResult | None:
    """How a job in one of the ``FINISHED`` states ended; ``None`` if the printer behind the queue still works on it.

    ``given`` are the queue's reasons. A lost history leaves doubt unless the printer itself says that it printed the
    job: the queue never takes that reason back, so that it tells nothing about the jobs after.
    """
    detail = ", ".join((f"job-state {state_of(job)}", *words(job, "job-state-reasons")))
    if state_of(job) != JobState.COMPLETED:
        return _ended_early(was_processed(job), detail)
    if at_device is None:
        return history_lost(detail) if lost(given) else PrintResult(Outcome.PRINTED)
    if state_of(at_device) not in FINISHED:
        return None
    if state_of(at_device) != JobState.COMPLETED:
        return _ended_early(was_processed(at_device), f"{detail}, at the printer {state_of(at_device)}")
    return PrintResult(Outcome.PRINTED)


def history_lost(detail: str) -> PrintResult:
    return PrintResult(Outcome.UNKNOWN, "document_printer.history_lost", Who.STAFF, detail)


def _ended_early(processed: bool, detail: str) -> PrintResult:
    outcome = Outcome.UNKNOWN if processed else Outcome.FAILED
    return PrintResult(outcome, "document_printer.job_ended", Who.STAFF, detail)


# --- the trace -------------------------------------------------------------------------------------------------------


class IppRedactor:
    """Keeps what is told about printer and job; blots out names, other addresses and whatever else a printer sends."""

    def sent(self, data: bytes) -> bytes:
        return redacted(data, TRACED)

    received = sent
