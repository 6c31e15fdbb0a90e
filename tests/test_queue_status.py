"""Which faults the state of the queue makes, each with words for whoever acts."""

from dataclasses import replace

import pytest

from kiosk.diagnostics.faults import find
from kiosk.queue_status import DAY, LATE, RECENT, Certificate, Line, QueueStatus
from offline_queue.contract import MatterState, Quota, Room
from offline_queue.incidents import Incident, IncidentKind
from tests.offline_queue.helpers import NOW

ROOM = Room(waiting=0, size=0, oldest=None, free=1 << 40)
LIFE = 90 * DAY
WELL = QueueStatus(
    terminal="GD1",
    file="queue.db",
    quota=Quota(),
    now=NOW,
    counts=dict.fromkeys(MatterState, 0),
    room=ROOM,
    epoch=1,
    certificate=Certificate(NOW, NOW + LIFE),
    line=Line(running=True, online=True, last_contact=NOW),
)


def incident(kind: IncidentKind, noticed: float = NOW) -> QueueStatus:
    return replace(WELL, incidents=[Incident(kind, noticed, 2)])


def ending(seconds: float, line: Line = WELL.line) -> QueueStatus:
    return replace(WELL, certificate=Certificate(NOW - LIFE + seconds, NOW + seconds), line=line)


BROKEN = {
    "queue.unavailable": [
        replace(WELL, room=replace(ROOM, full="disk")),
        replace(WELL, room=None, error="read-only", fault="queue.unavailable"),
    ],
    "queue.wrong_key": [replace(WELL, room=None, counts={}, error="no", fault="queue.wrong_key")],
    "queue.full": [
        replace(WELL, room=replace(ROOM, full="count")),
        replace(WELL, room=replace(ROOM, full="size")),
        replace(WELL, room=replace(ROOM, full="age")),
    ],
    "queue.salvaged": [incident("damaged"), incident("damaged", NOW - RECENT + 1)],
    "queue.lost": [incident("missing"), incident("restored"), incident("cloned")],
    "queue.parked": [replace(WELL, counts={MatterState.PARKED: 1})],
    "central.tls": [replace(WELL, line=Line(running=True, online=False, error="insecure: unknown CA"))],
    "network.offline": [replace(WELL, line=Line(running=True, online=False, error="network: ConnectError"))],
    "central.lost": [replace(WELL, line=replace(WELL.line, lost=3))],
    "central.certificate": [
        ending(LIFE * LATE - 1),
        ending(-5 * DAY),
        # by the centre's clock: this machine's is ten days behind it, and shows less
        ending(LIFE * LATE + DAY, replace(WELL.line, skew=-10 * DAY)),
    ],
}


@pytest.mark.parametrize(("fault", "status"), [(fault, each) for fault, cases in BROKEN.items() for each in cases])
def test_what_is_wrong_is_a_row_of_the_fault_catalogue(fault: str, status: QueueStatus) -> None:
    assert status.faults() == (fault,)
    assert find(fault)


@pytest.mark.parametrize(
    "status",
    [
        WELL,
        replace(WELL, certificate=None, line=Line()),
        replace(WELL, line=replace(WELL.line, online=None)),
        replace(WELL, counts={MatterState.QUEUED: 9, MatterState.REFUSED: 9, MatterState.IN_FLIGHT: 1}),
        incident("damaged", NOW - RECENT - 1),
        ending(LIFE * LATE + 60),
        ending(LIFE * LATE - DAY, replace(WELL.line, skew=10 * DAY)),
    ],
)
def test_what_is_well_or_settles_itself_calls_nobody(status: QueueStatus) -> None:
    assert status.faults() == ()


def test_every_fault_is_told_once_and_what_stops_the_terminal_first() -> None:
    everything = replace(
        WELL,
        room=replace(ROOM, full="disk"),
        fault="queue.unavailable",
        incidents=[Incident("cloned", NOW, 2), Incident("missing", NOW, 3)],
        counts={MatterState.PARKED: 2},
        line=Line(running=True, online=False, error="network: gone"),
    )
    assert everything.faults() == ("queue.unavailable", "queue.lost", "queue.parked", "network.offline")
