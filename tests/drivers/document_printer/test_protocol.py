from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.contract import Outcome, State
from drivers.document_printer import protocol
from drivers.document_printer.protocol import JobState
from drivers.errors import Who

IDLE, STOPPED = 3, 5


@pytest.mark.parametrize(
    ("state", "reasons", "expected", "fault", "who"),
    [
        (IDLE, "none", State.ONLINE, "", Who.NOBODY),
        (IDLE, ["none"], State.ONLINE, "", Who.NOBODY),
        (STOPPED, ["media-jam-error"], State.USER_ERROR, "document_printer.jammed", Who.STAFF),
        (4, "media-jam-warning", State.USER_ERROR, "document_printer.jammed", Who.STAFF),
        (4, ["media-empty-warning", "media-jam"], State.USER_ERROR, "document_printer.jammed", Who.STAFF),
        (IDLE, ["media-empty-report"], State.ONLINE, "", Who.NOBODY),
        (IDLE, ["media-needed"], State.USER_ERROR, "document_printer.paper_out", Who.STAFF),
        (IDLE, ["toner-low-warning"], State.DEGRADED, "document_printer.toner_low", Who.STAFF),
        (IDLE, ["toner-empty-error", "toner-low"], State.USER_ERROR, "document_printer.toner_empty", Who.STAFF),
        (IDLE, ["door-open"], State.USER_ERROR, "document_printer.cover_open", Who.STAFF),
        (IDLE, ["offline-report"], State.ONLINE, "", Who.NOBODY),
        (IDLE, ["offline"], State.OFFLINE, "document_printer.offline", Who.TECHNICIAN),
        (STOPPED, ["paused"], State.OFFLINE, "document_printer.paused", Who.STAFF),
        (STOPPED, "none", State.OFFLINE, "document_printer.paused", Who.STAFF),
        (STOPPED, ["toner-low-warning"], State.OFFLINE, "document_printer.paused", Who.STAFF),
        (IDLE, ["cups-ipp-missing-job-history"], State.DEGRADED, "document_printer.history_lost", Who.STAFF),
        (IDLE, ["com.example.on-fire-error"], State.HARDWARE_ERROR, "document_printer.broken", Who.TECHNICIAN),
        (IDLE, ["com.example.tea-warning"], State.ONLINE, "", Who.NOBODY),
    ],
)
def test_state_reasons(state: int, reasons: Any, expected: State, fault: str, who: Who) -> None:
    status = protocol.status({"printer-state": state, "printer-state-reasons": reasons})
    assert (status.state, status.fault, status.who) == (expected, fault, who)


@pytest.mark.parametrize(
    ("job", "reasons", "outcome"),
    [
        ({"job-state": JobState.COMPLETED}, "none", Outcome.PRINTED),
        ({"job-state": JobState.COMPLETED}, ["cups-ipp-missing-job-history"], Outcome.UNKNOWN),
        ({"job-state": JobState.COMPLETED}, ["toner-low-warning"], Outcome.PRINTED),
        ({"job-state": JobState.CANCELED}, "none", Outcome.FAILED),
        ({"job-state": JobState.CANCELED, "time-at-processing": 7}, "none", Outcome.UNKNOWN),
        ({"job-state": JobState.ABORTED, "time-at-processing": ""}, "none", Outcome.FAILED),
        ({"job-state": JobState.ABORTED, "time-at-processing": 7}, "none", Outcome.UNKNOWN),
    ],
)
def test_how_a_job_ended(job: dict[str, Any], reasons: Any, outcome: Outcome) -> None:
    printer = protocol.status({"printer-state": IDLE, "printer-state-reasons": reasons})
    assert protocol.finished(job, printer).outcome is outcome


@given(st.integers(), st.lists(st.text(max_size=20), max_size=4))
def test_any_reasons_make_a_status(state: int, reasons: list[str]) -> None:
    status = protocol.status({"printer-state": state, "printer-state-reasons": reasons})
    assert bool(status.fault) == (status.state is not State.ONLINE)
