import struct
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.contract import Outcome, State
from drivers.document_printer import protocol
from drivers.document_printer.contract import DocumentPrinterStatus, OutputTray, Paper, Toner
from drivers.document_printer.message import Attributes, decode, encode, redacted
from drivers.document_printer.protocol import IppRedactor, JobState
from drivers.document_printer.reasons import HISTORY_LOST, REASONS
from drivers.errors import ProtocolError, Who
from tests.drivers.document_printer.helpers import PDF

IDLE, STOPPED = 3, 5


def attributes(**values: Any) -> Attributes:
    def several(value: Any) -> list[Any]:
        return cast("list[Any]", value) if isinstance(value, list) else [value]

    return {name.replace("_", "-"): several(value) for name, value in values.items()}


def status(state: int, *reasons: str, **more: Any) -> DocumentPrinterStatus:
    return protocol.status(attributes(printer_state=state, printer_state_reasons=list(reasons), **more))


# --- printers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "reasons", "expected", "fault", "who"),
    [
        (IDLE, ["none"], State.ONLINE, "", Who.NOBODY),
        (STOPPED, ["media-jam-error"], State.USER_ERROR, "jammed", Who.STAFF),
        (4, ["media-jam-warning"], State.USER_ERROR, "jammed", Who.STAFF),
        (4, ["media-empty-warning", "media-jam"], State.USER_ERROR, "jammed", Who.STAFF),
        (IDLE, ["media-path-output-jam-error"], State.USER_ERROR, "jammed", Who.STAFF),
        (IDLE, ["media-empty-report"], State.ONLINE, "", Who.NOBODY),
        (IDLE, ["media-needed"], State.USER_ERROR, "paper_out", Who.STAFF),
        (IDLE, ["input-tray-missing-warning"], State.USER_ERROR, "tray_missing", Who.STAFF),
        (IDLE, ["toner-low-warning"], State.DEGRADED, "toner_low", Who.STAFF),
        (IDLE, ["toner-empty-error", "toner-low"], State.USER_ERROR, "toner_empty", Who.STAFF),
        (IDLE, ["marker-toner-cartridge-missing-error"], State.USER_ERROR, "toner_missing", Who.STAFF),
        (IDLE, ["marker-waste-full-warning"], State.HARDWARE_ERROR, "waste_full", Who.TECHNICIAN),
        (IDLE, ["opc-life-over"], State.HARDWARE_ERROR, "worn", Who.TECHNICIAN),
        (IDLE, ["opc-near-eol", "toner-low"], State.DEGRADED, "toner_low", Who.STAFF),
        (IDLE, ["door-open"], State.USER_ERROR, "cover_open", Who.STAFF),
        (IDLE, ["fuser-over-temp-error"], State.HARDWARE_ERROR, "temperature", Who.TECHNICIAN),
        (IDLE, ["stapler-motor-failure"], State.HARDWARE_ERROR, "device_fault", Who.TECHNICIAN),
        (IDLE, ["subunit-life-almost-over"], State.DEGRADED, "service_soon", Who.TECHNICIAN),
        (IDLE, ["scanner-light-failure-error", "fax-modem-missing"], State.ONLINE, "", Who.NOBODY),
        (IDLE, ["cups-pki-expired"], State.HARDWARE_ERROR, "queue", Who.TECHNICIAN),
        (IDLE, ["cups-waiting-for-job-completed"], State.ONLINE, "", Who.NOBODY),
        (IDLE, ["offline-report"], State.ONLINE, "", Who.NOBODY),
        (IDLE, ["offline"], State.OFFLINE, "offline", Who.TECHNICIAN),
        (STOPPED, ["paused"], State.OFFLINE, "paused", Who.STAFF),
        (STOPPED, ["none"], State.OFFLINE, "paused", Who.STAFF),
        (STOPPED, ["toner-low-warning"], State.OFFLINE, "paused", Who.STAFF),
        (IDLE, [HISTORY_LOST], State.DEGRADED, "history_lost", Who.STAFF),
        (IDLE, ["com.example.on-fire-error"], State.HARDWARE_ERROR, "device_fault", Who.TECHNICIAN),
        (IDLE, ["com.example.on-fire-error", "toner-low"], State.HARDWARE_ERROR, "device_fault", Who.TECHNICIAN),
        (IDLE, ["com.example.tea-warning"], State.ONLINE, "", Who.NOBODY),
    ],
)
def test_state_reasons(state: int, reasons: list[str], expected: State, fault: str, who: Who) -> None:
    found = status(state, *reasons)
    assert (found.state, found.fault, found.who) == (expected, fault and f"document_printer.{fault}", who)


@pytest.mark.parametrize("severity", ["", "-warning", "-error"])
def test_every_reason_means_its_cause_whatever_its_severity(severity: str) -> None:
    found = {reason: status(IDLE, reason + severity).fault for reason in REASONS}
    assert found == {reason: meaning.fault for reason, meaning in REASONS.items()}


def test_a_queue_that_takes_no_jobs() -> None:
    found = status(IDLE, printer_is_accepting_jobs=False)
    assert (found.state, found.fault) == (State.OFFLINE, "document_printer.paused")


def test_sub_states_are_told_beside_the_worst() -> None:
    found = status(STOPPED, "cover-open", "media-low", "toner-low", "output-area-full")
    assert found.fault == "document_printer.cover_open"
    assert (found.paper, found.toner, found.output, found.cover_open) == (Paper.LOW, Toner.LOW, OutputTray.FULL, True)
    well = status(IDLE)
    assert (well.paper, well.toner, well.output, well.cover_open) == (Paper.OK, Toner.OK, OutputTray.OK, False)


def tray(level: int, kind: str = "sheetFeedAutoRemovableTray") -> str:
    return f"type={kind};mediafeed=0;maxcapacity=250;level={level};status=0;name=main;"


@pytest.mark.parametrize(
    ("trays", "fault"),
    [
        ([tray(-2), tray(0), tray(0), tray(9, "sheetFeedManual")], "document_printer.paper_out"),
        ([tray(0), tray(100)], ""),
        ([tray(-2)], ""),
        (["level=;;=", "nonsense"], ""),
    ],
)
def test_an_idle_printer_that_reports_an_empty_tray_is_out_of_paper_if_all_are_empty(
    trays: list[str], fault: str
) -> None:
    assert status(IDLE, "media-empty-report", printer_input_tray=trays).fault == fault


@pytest.mark.parametrize(
    ("told", "supplies"),
    [
        ({"marker_names": ["black", "waste"], "marker_levels": [75, -3]}, ("black 75 %",)),
        ({"printer_supply": ["type=toner;unit=percent;level=40;colorantname=black;"]}, ("black 40 %",)),
        ({"printer_supply": ["type=wasteToner;unit=percent;level=25;colorantname=unknown;"]}, ("wasteToner 25 %",)),
        ({"printer_supply": ["type=toner;unit=tenThousandthsOfInches;level=40", ""]}, ()),
    ],
)
def test_levels_of_supplies(told: dict[str, Any], supplies: tuple[str, ...]) -> None:
    assert status(IDLE, **told).supplies == supplies


def test_what_it_is() -> None:
    told = protocol.capabilities(
        attributes(
            printer_make_and_model="Sample Laser 1",
            printer_device_id="MFG:Sample;MDL:Laser 1;SN: A0001 ;",
            printer_firmware_string_version="2.1",
        )
    )
    assert (told.model, told.serial_number, told.firmware) == ("Sample Laser 1", "A0001", "2.1")
    assert protocol.capabilities({}).model == ""


@pytest.mark.parametrize(
    ("told", "uri"),
    [
        ("ipp://10.0.0.9/ipp/print", "ipp://10.0.0.9/ipp/print"),
        ("ipps://printer.hall:443/ipp/print", "ipps://printer.hall:443/ipp/print"),
        ("ipps://Laser%201._ipps._tcp.local/", ""),
        ("socket://10.0.0.9:9100", ""),
        ("usb://Sample/Laser", ""),
        ("ipp://[broken", ""),
    ],
)
def test_the_printer_behind_a_queue(told: str, uri: str) -> None:
    assert protocol.device_uri(attributes(device_uri=told)) == uri


def test_of_a_queue_only_what_is_its_own_counts_beside_its_printer() -> None:
    def both(queue: list[str], device: list[str]) -> str:
        known = (attributes(printer_state=IDLE, printer_state_reasons=each) for each in (queue, device))
        return protocol.status_behind_queue(*known).fault.removeprefix("document_printer.")

    assert both(["media-jam-warning"], ["none"]) == ""
    assert both(["none"], ["media-jam"]) == "jammed"
    assert both(["paused"], ["none"]) == "paused"
    assert both([HISTORY_LOST], ["none"]) == ""
    assert both(["cups-missing-filter-warning"], ["none"]) == "queue"


# --- jobs ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "processed", "reasons", "at_device", "outcome"),
    [
        (JobState.COMPLETED, 7, (), None, Outcome.PRINTED),
        (JobState.COMPLETED, 7, ("toner-low-warning",), None, Outcome.PRINTED),
        (JobState.COMPLETED, 7, (HISTORY_LOST,), None, Outcome.UNKNOWN),
        (JobState.COMPLETED, 7, (HISTORY_LOST,), JobState.COMPLETED, Outcome.PRINTED),
        (JobState.COMPLETED, 7, (), JobState.PROCESSING, None),
        (JobState.COMPLETED, 7, (), JobState.ABORTED, Outcome.UNKNOWN),
        (JobState.CANCELED, 0, (), None, Outcome.FAILED),
        (JobState.CANCELED, 7, (), None, Outcome.UNKNOWN),
        (JobState.ABORTED, 0, (), None, Outcome.FAILED),
        (JobState.ABORTED, 7, (), None, Outcome.UNKNOWN),
    ],
)
def test_how_a_job_ended(
    state: JobState, processed: int, reasons: tuple[str, ...], at_device: JobState | None, outcome: Outcome | None
) -> None:
    job = attributes(job_state=state, time_at_processing=processed)
    device = attributes(job_state=at_device, time_at_processing=1) if at_device else None
    result = protocol.ended(job, reasons, device)
    assert (result and result.outcome) is outcome


# --- bytes -----------------------------------------------------------------------------------------------------------

PRINTER = {"printer-state": IDLE, "printer-state-reasons": ["media-low", "paused"], "printer-is-accepting-jobs": True}
MESSAGE = encode(0x000B, 7, {"requesting-user-name": "kiosk"}, printer=PRINTER)


def test_what_is_written_is_read_again() -> None:
    message = decode(MESSAGE + PDF)
    assert (message.code, message.request_id, message.data) == (0x000B, 7, PDF)
    assert message.operation["requesting-user-name"] == ["kiosk"]
    assert message.printers == (
        {
            "printer-state": [IDLE],
            "printer-state-reasons": ["media-low", "paused"],
            "printer-is-accepting-jobs": [True],
        },
    )


def test_a_torn_message_is_none() -> None:
    for end in range(len(MESSAGE)):
        with pytest.raises(ProtocolError):
            decode(MESSAGE[:end])


def test_a_length_that_would_lead_back_is_an_error() -> None:
    """A signed reading of this length makes a circle."""
    with pytest.raises(ProtocolError):
        decode(struct.pack(">bbhib", 2, 0, 0, 1, 4) + b"\x44\x00\x00" + struct.pack(">h", -5) + b"\x03")


@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    assert len(IppRedactor().received(data)) == len(data)
    try:
        decode(data)
    except ProtocolError:
        assert redacted(data, frozenset()) == bytes(len(data))


@given(st.integers(min_value=-(2**31), max_value=2**31 - 1), st.lists(st.text(max_size=20), max_size=4))
def test_any_reasons_make_a_status(state: int, reasons: list[str]) -> None:
    found = status(state, *reasons)
    assert bool(found.fault) == (found.state is not State.ONLINE)


def test_a_trace_holds_no_names_and_no_document() -> None:
    job = {"job-id": 1, "job-name": "Someone's letter", "job-state": 9}
    traced = IppRedactor().received(encode(0, 1, {"requesting-user-name": "someone"}, job=job) + PDF)
    assert b"letter" not in traced
    assert b"someone" not in traced
    assert b"%PDF" not in traced
    assert decode(traced).jobs[0]["job-state"] == [9]
