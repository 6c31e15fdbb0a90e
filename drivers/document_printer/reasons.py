"""What an IPP printer's reasons mean to a hall: one table, the worst first. Pure.

Sources: RFC 8011 5.4.12 (printer-state-reasons), PWG 5100.9 (alerts of parts and finishers), PWG 5100.13 and the
reasons that CUPS adds of its own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from drivers.contract import State
from drivers.errors import Who

HISTORY_LOST: Final = "cups-ipp-missing-job-history"
"""CUPS calls a job completed although the printer forgot it, as after a power cut in the middle. It stays for ever."""


@dataclass(frozen=True)
class Meaning:
    """``cause`` is a row of the fault chapter."""

    cause: str
    state: State
    who: Who

    @property
    def fault(self) -> str:
        return f"document_printer.{self.cause}"


def _stops(cause: str, *reasons: str) -> dict[str, Meaning]:
    """Staff set it right."""
    return dict.fromkeys(reasons, Meaning(cause, State.USER_ERROR, Who.STAFF))


def _broken(cause: str, *reasons: str) -> dict[str, Meaning]:
    return dict.fromkeys(reasons, Meaning(cause, State.HARDWARE_ERROR, Who.TECHNICIAN))


def _away(cause: str, who: Who, *reasons: str) -> dict[str, Meaning]:
    return dict.fromkeys(reasons, Meaning(cause, State.OFFLINE, who))


def _soon(cause: str, who: Who, *reasons: str) -> dict[str, Meaning]:
    """It still prints."""
    return dict.fromkeys(reasons, Meaning(cause, State.DEGRADED, who))


REASONS: Final[Mapping[str, Meaning]] = {
    **_stops("jammed", "media-jam"),
    **_stops("cover_open", "cover-open", "door-open", "interlock-open"),
    **_stops("tray_missing", "input-tray-missing", "output-tray-missing", "media-path-media-tray-missing"),
    **_stops("tray_missing", "input-tray-position-failure"),
    **_stops("paper_out", "media-empty", "media-needed", "media-path-input-empty", "media-path-input-request"),
    **_stops("paper_out", "input-manual-input-request", "input-media-size-change", "input-media-type-change"),
    **_stops("paper_out", "input-media-color-change", "input-media-weight-change", "input-media-form-parts-change"),
    **_stops("toner_missing", "marker-supply-missing", "marker-toner-missing", "marker-toner-cartridge-missing"),
    **_stops("toner_missing", "marker-ink-missing", "marker-print-ribbon-missing"),
    **_stops("toner_empty", "toner-empty", "marker-supply-empty", "marker-ink-empty", "marker-print-ribbon-empty"),
    **_stops("tray_full", "output-area-full", "media-path-output-full", "media-path-media-tray-full"),
    **_broken("waste_full", "marker-waste-full", "marker-waste-ink-receptacle-full"),
    **_broken("waste_full", "marker-waste-toner-receptacle-full", "marker-waste-missing"),
    **_broken("waste_full", "marker-waste-ink-receptacle-missing", "marker-waste-toner-receptacle-missing"),
    **_broken("worn", "opc-life-over", "cleaner-life-over", "developer-empty", "marker-developer-empty"),
    **_broken("temperature", "fuser-over-temp", "fuser-under-temp", "marker-fuser-thermistor-failure", "fan-failure"),
    **_broken("memory_full", "spool-area-full", "interpreter-resource-unavailable", "interpreter-memory-decrease"),
    **_broken("memory_full", "interpreter-complex-page-encountered", "subunit-memory-exhausted"),
    **_broken("queue", "cups-missing-filter", "cups-insecure-filter", "cups-certificate", "cups-pki"),
    **_broken("queue", "cups-pki-changed", "cups-pki-expired", "cups-pki-invalid", "cups-pki-unknown"),
    **_broken("device_fault", "input-cannot-feed-size-selected", "interpreter-cartridge-deleted", "subunit-turned-off"),
    **_away("offline", Who.TECHNICIAN, "offline", "shutdown", "timed-out", "connecting-to-device", "power-down"),
    **_away("paused", Who.STAFF, "paused", "moving-to-paused", "stopping", "stopped-partly", "hold-new-jobs"),
    **_away("paused", Who.STAFF, "deactivated"),
    **_soon("history_lost", Who.STAFF, HISTORY_LOST),
    **_soon("paper_low", Who.STAFF, "media-low"),
    **_soon("toner_low", Who.STAFF, "toner-low", "marker-supply-low", "marker-supply-almost-empty"),
    **_soon("toner_low", Who.STAFF, "marker-ink-almost-empty", "marker-print-ribbon-almost-empty"),
    **_soon("tray_nearly_full", Who.STAFF, "output-area-almost-full", "media-path-media-tray-almost-full"),
    **_soon("service_soon", Who.TECHNICIAN, "opc-near-eol", "cleaner-life-almost-over", "developer-low"),
    **_soon("service_soon", Who.TECHNICIAN, "marker-developer-almost-empty", "marker-waste-almost-full"),
    **_soon("service_soon", Who.TECHNICIAN, "marker-waste-ink-receptacle-almost-full"),
    **_soon("service_soon", Who.TECHNICIAN, "marker-waste-toner-receptacle-almost-full"),
}
"""By reason without severity; the worst first. The severity of a jam is not to be trusted: CUPS passes a printer's
``media-jam-error`` on as ``media-jam-warning``."""

_OF_ANY_PART: Final[Mapping[str, Meaning]] = {
    **_stops("jammed", "-jam", "-feed-error"),
    **_stops("cover_open", "-cover-open", "-interlock-open"),
    **_broken("worn", "-life-over", "-at-eol"),
    **_broken("temperature", "-over-temperature", "-under-temperature", "-thermistor-failure"),
    **_broken("device_fault", "-failure", "-missing", "-storage-error"),
    **_soon("service_soon", Who.TECHNICIAN, "-life-almost-over", "-life-warn", "-near-eol"),
}
"""PWG 5100.9 names the same alerts for every part: ``stapler-jam``, ``folder-motor-failure``."""
_NOT_FOR_PRINTING: Final = ("scan-", "scanner-", "fax-")

BROKEN: Final = Meaning("device_fault", State.HARDWARE_ERROR, Who.TECHNICIAN)
STOPPED: Final = Meaning("paused", State.OFFLINE, Who.STAFF)
_SEVERITIES: Final = ("-error", "-warning", "-report")
_ORDER: Final = {cause: at for at, cause in enumerate(dict.fromkeys(each.cause for each in REASONS.values()))}


def base(reason: str) -> str:
    """Without severity."""
    for severity in _SEVERITIES:
        reason = reason.removesuffix(severity)
    return reason


def meanings(reasons: Iterable[str]) -> list[Meaning]:
    """The worst first. A ``-report`` is no trouble; an ``-error`` that nobody knows is a broken printer."""
    found = (_meaning(reason) for reason in reasons if not reason.endswith("-report"))
    return sorted((each for each in found if each), key=lambda each: (each.state is State.DEGRADED, _ORDER[each.cause]))


def _meaning(reason: str) -> Meaning | None:
    name = base(reason)
    if name.startswith(_NOT_FOR_PRINTING):
        return None
    part = next((meaning for ending, meaning in _OF_ANY_PART.items() if name.endswith(ending)), None)
    return REASONS.get(name) or part or (BROKEN if reason.endswith("-error") else None)
