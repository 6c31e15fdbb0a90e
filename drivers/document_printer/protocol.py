"""What an IPP printer's words mean to a hall. Pure.

Sources: RFC 8011 (job-state, printer-state, printer-state-reasons), PWG 5100.9 (reasons of alerts) and the reasons that
CUPS adds of its own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final, cast

from drivers.contract import Outcome, PrintResult, State
from drivers.document_printer.contract import DocumentPrinterStatus
from drivers.errors import Who


class JobState(IntEnum):
    PENDING = 3
    HELD = 4
    PROCESSING = 5
    STOPPED = 6
    CANCELED = 7
    ABORTED = 8
    COMPLETED = 9


FINISHED: Final = frozenset({JobState.CANCELED, JobState.ABORTED, JobState.COMPLETED})
PRINTER_STOPPED: Final = 5
HISTORY_LOST: Final = "cups-ipp-missing-job-history"
"""CUPS calls a job completed although the printer forgot it, as after a power cut in the middle; never taken back."""


@dataclass(frozen=True)
class Meaning:
    state: State
    fault: str
    who: Who


def _broken(fault: str) -> Meaning:
    return Meaning(State.USER_ERROR, f"document_printer.{fault}", Who.STAFF)


def _hint(fault: str) -> Meaning:
    return Meaning(State.DEGRADED, f"document_printer.{fault}", Who.STAFF)


def _away(fault: str, who: Who) -> Meaning:
    return Meaning(State.OFFLINE, f"document_printer.{fault}", who)


REASONS: Final[Mapping[str, Meaning]] = {
    "media-jam": _broken("jammed"),
    "cover-open": _broken("cover_open"),
    "door-open": _broken("cover_open"),
    "interlock-open": _broken("cover_open"),
    "media-empty": _broken("paper_out"),
    "media-needed": _broken("paper_out"),
    "input-tray-missing": _broken("paper_out"),
    "toner-empty": _broken("toner_empty"),
    "marker-supply-empty": _broken("toner_empty"),
    "output-area-full": _broken("tray_full"),
    "offline": _away("offline", Who.TECHNICIAN),
    "shutdown": _away("offline", Who.TECHNICIAN),
    "timed-out": _away("offline", Who.TECHNICIAN),
    "connecting-to-device": _away("offline", Who.TECHNICIAN),
    "paused": _away("paused", Who.STAFF),
    HISTORY_LOST: _hint("history_lost"),
    "media-low": _hint("paper_low"),
    "toner-low": _hint("toner_low"),
    "marker-supply-low": _hint("toner_low"),
    "output-area-almost-full": _hint("tray_full"),
}
"""By reason without severity; the worst first. The severity of a jam is not to be trusted: CUPS passes a printer's
``media-jam-error`` on as ``media-jam-warning``."""

_SEVERITIES: Final = ("-error", "-warning", "-report")
_UNKNOWN_ERROR: Final = Meaning(State.HARDWARE_ERROR, "document_printer.broken", Who.TECHNICIAN)
_STOPPED: Final = Meaning(State.OFFLINE, "document_printer.paused", Who.STAFF)
_ORDER: Final = tuple(REASONS)


def reasons(attributes: Mapping[str, Any], name: str = "printer-state-reasons") -> tuple[str, ...]:
    """The keywords of a set-valued attribute; one alone comes as a plain string, none as ``none``."""
    value = attributes.get(name, ())
    keywords = cast("list[Any]", value) if isinstance(value, list) else [value]
    return tuple(keyword for keyword in keywords if isinstance(keyword, str) and keyword != "none")


def status(attributes: Mapping[str, Any]) -> DocumentPrinterStatus:
    """The state of a printer by its ``printer-state`` and ``printer-state-reasons``."""
    given = reasons(attributes)
    meaning = _worst(given)
    if attributes.get("printer-state") == PRINTER_STOPPED and (meaning is None or meaning.state is State.DEGRADED):
        meaning = _STOPPED
    if meaning is None:
        return DocumentPrinterStatus(State.ONLINE, reasons=given)
    return DocumentPrinterStatus(meaning.state, meaning.fault, meaning.who, ", ".join(given), given)


def finished(job: Mapping[str, Any], printer: DocumentPrinterStatus) -> PrintResult:
    """The outcome of a job in one of the ``FINISHED`` states."""
    detail = ", ".join((f"job-state {job['job-state']}", *reasons(job, "job-state-reasons")))
    if job["job-state"] != JobState.COMPLETED:
        outcome = Outcome.UNKNOWN if was_processed(job) else Outcome.FAILED
        return PrintResult(outcome, printer.fault or "document_printer.job_ended", Who.STAFF, detail)
    if HISTORY_LOST in {_base(reason) for reason in printer.reasons}:
        meaning = REASONS[HISTORY_LOST]
        return PrintResult(Outcome.UNKNOWN, meaning.fault, meaning.who, detail)
    return PrintResult(Outcome.PRINTED)


def was_processed(job: Mapping[str, Any]) -> bool:
    """Whether a sheet may have moved. ``time-at-processing`` has no value until the printer begins."""
    return bool(job.get("time-at-processing"))


def _worst(given: Iterable[str]) -> Meaning | None:
    bases = {_base(reason) for reason in given if not reason.endswith("-report")}
    known = next((REASONS[reason] for reason in _ORDER if reason in bases), None)
    if known and known.state is not State.DEGRADED:
        return known
    unknown_error = any(reason.endswith("-error") and _base(reason) not in REASONS for reason in given)
    return _UNKNOWN_ERROR if unknown_error else known


def _base(reason: str) -> str:
    for severity in _SEVERITIES:
        reason = reason.removesuffix(severity)
    return reason
