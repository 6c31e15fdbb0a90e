"""What is shown of the queue is complete, in order, found by what a receipt says, and never personal."""

import json
from dataclasses import replace

import pytest

from kiosk import queue_report as report
from kiosk.queue_report import PAGE
from offline_queue import envelope as wire
from offline_queue.contract import Answer, MatterState, Outcome, Quota, Room, UnknownMatter
from offline_queue.memory import MemoryQueue
from tests.offline_queue.helpers import CANARY, CANARY_NUMBER, NOW, TERMINAL, canary_matter, new_matter, stamp


@pytest.fixture
def queue() -> MemoryQueue:
    return MemoryQueue(TERMINAL, stamp)


def settle(queue: MemoryQueue, *outcomes: Outcome) -> None:
    queue.claim(len(outcomes), now=NOW)
    queue.settle(outcomes, now=NOW + 5)


def filed_canary(queue: MemoryQueue) -> str:
    """Filed, answered with something personal, and not wiped yet."""
    identity = queue.put(canary_matter(), now=NOW).id
    settle(queue, Outcome(identity, MatterState.FILED, Answer("N1", {"certificate": {"name": CANARY}})))
    return identity


# --- in order, a page at a time ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limit", "expected"), [(None, PAGE + 7), (5, 5), (PAGE, PAGE), (PAGE + 1, PAGE + 1), (9999, PAGE + 7)]
)
def test_every_matter_comes_once_and_in_order(queue: MemoryQueue, limit: int | None, expected: int) -> None:
    queue.put_all([new_matter(n=number) for number in range(PAGE + 7)], now=NOW)
    shown = [matter.envelope.seq for matter in report.pages(queue, limit=limit)]
    assert shown == list(range(1, expected + 1))


def test_only_the_states_that_are_asked_for(queue: MemoryQueue) -> None:
    filed_canary(queue)
    waiting = queue.put(new_matter(), now=NOW).id
    assert [matter.envelope.id for matter in report.pages(queue, MatterState.QUEUED)] == [waiting]


# --- found by what a person has in hand -------------------------------------------------------------------------------


@pytest.mark.parametrize("epoch", [1, 3])
def test_a_matter_is_found_by_id_and_by_the_number_on_the_receipt(epoch: int) -> None:
    queue = MemoryQueue(TERMINAL, stamp, epoch=epoch)
    _, second = queue.put_all([new_matter(), new_matter()], now=NOW)
    for name in (second.id, second.reference, f" {second.reference.lower()} "):
        assert report.find(queue, name).envelope.id == second.id


@pytest.mark.parametrize(
    "name",
    [
        "",
        "nothing",
        wire.reference(TERMINAL, 1, 2),
        wire.reference("GD999", 1, 1),
        wire.reference(TERMINAL, 2, 1),
        wire.reference(TERMINAL, 1 << 70, 1),
        wire.reference(TERMINAL, 1, 1 << 70),
        wire.reference(TERMINAL, 1, 1)[:-1] + "*",
    ],
)
def test_what_is_not_there_is_not_found(queue: MemoryQueue, name: str) -> None:
    queue.put(new_matter(), now=NOW)
    with pytest.raises(UnknownMatter):
        report.find(queue, name)


# --- nothing personal -------------------------------------------------------------------------------------------------


def test_nothing_personal_is_shown_anywhere(queue: MemoryQueue) -> None:
    identity = filed_canary(queue)
    matter = queue.get(identity)
    details = report.details(matter)
    told = [report.told(name, value) for name, value in details.items()]
    everything = json.dumps([report.row(matter), details, told, report.cells(matter), list(report.audit(queue))])
    shown = json.loads(everything)  # escapes undone
    assert CANARY in str(matter.envelope.payload)
    assert CANARY in str(matter.answer.result)
    for secret in (CANARY, CANARY_NUMBER):
        assert secret not in str(shown)


def test_of_a_payload_the_fields_and_their_bytes_are_shown(queue: MemoryQueue) -> None:
    matter = queue.get(queue.put(new_matter(name="王", years=[1, 22]), now=NOW).id)
    assert report.details(matter)["payload"] == {"name": len('"王"'.encode()), "years": len("[1,22]")}
    assert report.told("payload", {}) == "wiped"


# --- audit trail ------------------------------------------------------------------------------------------------------


def test_the_audit_trail_proves_the_chain_though_the_content_is_gone(queue: MemoryQueue) -> None:
    envelopes = queue.put_all([new_matter(n=number) for number in range(4)], now=NOW)
    settle(
        queue,
        Outcome(envelopes[0].id, MatterState.FILED, Answer("N1"), wipe=True),
        Outcome(envelopes[1].id, MatterState.PARKED, error="why"),
        Outcome(envelopes[2].id, MatterState.REFUSED, Answer(rule="R1"), wipe=True),
    )
    lines = list(report.audit(queue))
    assert [line["state"] for line in lines] == ["filed", "parked", "refused", "queued"]
    assert [line["settled"] for line in lines] == [NOW + 5, 0.0, NOW + 5, 0.0]
    assert [line["digest"] for line in lines] == [wire.digest(envelope) for envelope in envelopes]
    assert [line["previous"] for line in lines] == ["", *(line["digest"] for line in lines[:-1])]


def test_receipts_of_many_matters_are_read_in_pages(queue: MemoryQueue) -> None:
    envelopes = queue.put_all([new_matter(n=number) for number in range(2 * PAGE + 3)], now=NOW)
    settle(queue, *(Outcome(each.id, MatterState.FILED, Answer("N"), wipe=True) for each in envelopes))
    assert [line["digest"] for line in report.audit(queue)] == [wire.digest(envelope) for envelope in envelopes]


# --- in words ---------------------------------------------------------------------------------------------------------


def test_each_quota_is_told_with_what_is_used_of_it() -> None:
    room = Room(waiting=3, size=5 << 20, oldest=NOW - 86400, free=1 << 30)
    quota = Quota(count=3, size=6 << 20, age=2 * 86400.0, free=1 << 20)
    for full in ("", "count", "size", "age", "disk"):
        told = {name: (used, most, is_full) for name, used, most, is_full in _fullness(replace(room, full=full), quota)}
        assert {name for name, (_, _, is_full) in told.items() if is_full} == {full} - {""}
        assert told["count"][:2] == ("3 wait", "at most 3")
        assert told["age"][:2] == ("oldest: 1.0 days", "at most 2 days")
        assert told["disk"][:2] == ("1024.0 MB free", "at least 1.0 MB")


def _fullness(room: Room, quota: Quota) -> list[tuple[str, str, str, bool]]:
    return list(report.fullness(room, quota, now=NOW))
