"""One suite for every queue."""

import threading
from collections.abc import Callable
from typing import get_args

import pytest

from offline_queue import envelope as wire
from offline_queue.contract import (
    FINAL,
    WAITING,
    Draft,
    EffectKind,
    IllegalMove,
    MatterState,
    NewMatter,
    Outcome,
    UnknownMatter,
)
from offline_queue.retry import LONGEST_RETRY_AFTER
from tests.offline_queue.helpers import (
    DENIED,
    GRANTED,
    NOW,
    TERMINAL,
    AnyQueue,
    mark_filed,
    mark_later,
    mark_refused,
    new_matter,
    stamp,
)


def test_put_numbers_and_keeps_everything(queue: AnyQueue) -> None:
    matter = new_matter(name="证件样本", nested={"list": [1, 2.5, None, True]})
    envelope = queue.put(matter, now=NOW)
    assert (envelope.id, envelope.seq, envelope.terminal) == (matter.id, 1, TERMINAL)
    assert envelope.reference == wire.reference(TERMINAL, 1, 1)
    assert envelope.created == stamp(NOW)
    assert dict(envelope.payload) == dict(matter.payload)
    kept = queue.get(matter.id)
    assert (kept.envelope, kept.state, kept.attempts) == (envelope, MatterState.QUEUED, 0)


def test_same_id_again_is_the_first_envelope(queue: AnyQueue) -> None:
    first = queue.put(new_matter("one", a=1), now=NOW)
    assert queue.put(new_matter("one", a=2), now=NOW + 9) == first
    assert len(queue.matters()) == 1


def test_sequence_has_no_gaps(queue: AnyQueue) -> None:
    for name in ("a", "b", "a", "c"):
        queue.put(new_matter(name), now=NOW)
    assert [matter.envelope.seq for matter in queue.matters()] == [1, 2, 3]


@pytest.mark.parametrize("payload", [{"x": float("nan")}, {"x": "\ud800"}, {"x": object()}])
def test_what_cannot_be_sent_is_not_taken(queue: AnyQueue, payload: dict[str, object]) -> None:
    with pytest.raises((ValueError, TypeError)):
        queue.put(NewMatter("bad", "item", 1, payload), now=NOW)
    assert queue.put(new_matter("good"), now=NOW).seq == 1


def test_unknown_matter(queue: AnyQueue) -> None:
    calls: list[Callable[[], object]] = [
        lambda: queue.get("none"),
        lambda: mark_filed(queue, "none", GRANTED, now=NOW),
        lambda: mark_later(queue, "none", not_before=0, error=""),
        lambda: queue.wipe("none"),
    ]
    for call in calls:
        with pytest.raises(UnknownMatter):
            call()


def test_claim_takes_the_oldest_first_and_once(queue: AnyQueue) -> None:
    for name in "abc":
        queue.put(new_matter(name), now=NOW)
    assert [matter.envelope.id for matter in queue.claim(2, now=NOW)] == ["a", "b"]
    third = queue.claim(2, now=NOW)
    assert [(one.envelope.id, one.state, one.attempts) for one in third] == [("c", MatterState.IN_FLIGHT, 1)]
    assert third == [queue.get("c")]
    assert queue.claim(2, now=NOW) == []


def test_released_claims_are_claimed_again(queue: AnyQueue) -> None:
    queue.put(new_matter("a"), now=NOW)
    queue.claim(1, now=NOW)
    assert queue.release_claims() == 1
    assert queue.release_claims() == 0
    assert [matter.attempts for matter in queue.claim(1, now=NOW)] == [2]


def test_retry_waits_until_its_time(queue: AnyQueue) -> None:
    queue.put(new_matter("a"), now=NOW)
    queue.claim(1, now=NOW)
    mark_later(queue, "a", not_before=NOW + 10, error="network")
    assert queue.get("a").error == "network"
    assert queue.claim(1, now=NOW + 9.9) == []
    assert len(queue.claim(1, now=NOW + 10)) == 1


def test_a_clock_set_back_ten_years_does_not_stop_the_queue(queue: AnyQueue) -> None:
    queue.put(new_matter("a"), now=NOW)
    queue.claim(1, now=NOW)
    mark_later(queue, "a", not_before=NOW + 10, error="network")
    assert queue.claim(1, now=NOW + 10 - LONGEST_RETRY_AFTER) == []
    assert len(queue.claim(1, now=NOW - 10 * 365 * 86400)) == 1


def test_filed_and_refused_keep_the_answer(queue: AnyQueue) -> None:
    for name in "ab":
        queue.put(new_matter(name), now=NOW)
    queue.claim(2, now=NOW)
    mark_filed(queue, "a", GRANTED, now=NOW)
    mark_refused(queue, "b", DENIED, now=NOW)
    assert (queue.get("a").state, queue.get("a").answer) == (MatterState.FILED, GRANTED)
    assert (queue.get("b").state, queue.get("b").answer) == (MatterState.REFUSED, DENIED)
    assert [one.envelope.id for one in queue.matters(MatterState.REFUSED, MatterState.FILED)] == ["a", "b"]
    assert queue.counts() == dict.fromkeys(MatterState, 0) | {MatterState.FILED: 1, MatterState.REFUSED: 1}


def test_a_parked_matter_waits_for_a_person(queue: AnyQueue) -> None:
    queue.put(new_matter("a"), now=NOW)
    queue.claim(1, now=NOW)
    queue.settle([Outcome("a", MatterState.PARKED, error="HTTP 422")], now=NOW)
    assert queue.get("a").error == "HTTP 422"
    assert queue.claim(1, now=NOW + 1e9) == []
    assert queue.release_claims() == 0
    queue.release("a")
    assert queue.get("a").error == ""
    assert len(queue.claim(1, now=NOW)) == 1


def test_a_person_lets_a_waiting_matter_go_at_once(queue: AnyQueue) -> None:
    queue.put(new_matter("a"), now=NOW)
    queue.claim(1, now=NOW)
    mark_later(queue, "a", not_before=NOW + 100, error="network")
    queue.release("a")
    assert len(queue.claim(1, now=NOW)) == 1


@pytest.mark.parametrize("state", sorted(WAITING | FINAL))
def test_only_the_moves_of_the_table(queue: AnyQueue, state: MatterState) -> None:
    allowed = {
        MatterState.QUEUED: {"park", "poison", "release"},
        MatterState.IN_FLIGHT: {"filed", "refused", "retry", "poison"},
        MatterState.PARKED: {"retry", "park", "release"},
        MatterState.FILED: {"wipe"},
        MatterState.REFUSED: {"wipe"},
    }
    calls: dict[str, Callable[[str], object]] = {
        "filed": lambda name: mark_filed(queue, name, GRANTED, now=NOW),
        "refused": lambda name: mark_refused(queue, name, DENIED, now=NOW),
        "retry": lambda name: mark_later(queue, name, not_before=0, error=""),
        "poison": lambda name: queue.settle([Outcome(name, MatterState.PARKED)], now=NOW),
        "park": lambda name: queue.park(name, error="by hand"),
        "release": queue.release,
        "wipe": queue.wipe,
    }
    for call_name, call in calls.items():
        name = f"{state}-{call_name}"
        _bring_to(queue, name, state)
        if call_name in allowed[state]:
            call(name)
        else:
            with pytest.raises(IllegalMove):
                call(name)
            assert queue.get(name).state is state


def _bring_to(queue: AnyQueue, name: str, state: MatterState) -> None:
    queue.put(new_matter(name), now=NOW)
    if state is not MatterState.QUEUED:
        assert [one.envelope.id for one in queue.claim(100, now=NOW) if one.envelope.id == name]
    match state:
        case MatterState.FILED:
            mark_filed(queue, name, GRANTED, now=NOW)
        case MatterState.REFUSED:
            mark_refused(queue, name, DENIED, now=NOW)
        case MatterState.PARKED:
            queue.settle([Outcome(name, MatterState.PARKED, error="HTTP 422")], now=NOW)
        case _:
            pass


def test_wipe_forgets_the_person_and_keeps_the_line(queue: AnyQueue) -> None:
    envelope = queue.put(new_matter("a", name="证件样本"), now=NOW)
    queue.claim(1, now=NOW)
    mark_filed(queue, "a", GRANTED, now=NOW)
    queue.wipe("a")
    queue.wipe("a")
    matter = queue.get("a")
    assert (dict(matter.envelope.payload), dict(matter.answer.result)) == ({}, {})
    assert (matter.state, matter.answer.number) == (MatterState.FILED, "44-1")
    assert (matter.envelope.reference, matter.envelope.seq) == (envelope.reference, 1)
    assert queue.put(new_matter("a", name="证件样本"), now=NOW) == matter.envelope


def test_draft_is_replaced_and_dropped(queue: AnyQueue) -> None:
    assert queue.load_draft() is None
    queue.save_draft("s1", b"one", now=NOW)
    queue.save_draft("s2", b"\x00two", now=NOW + 1)
    assert queue.load_draft() == Draft("s2", b"\x00two", NOW + 1)
    assert queue.counts()[MatterState.DRAFT] == 1
    queue.drop_draft()
    queue.drop_draft()
    assert queue.load_draft() is None
    assert queue.counts()[MatterState.DRAFT] == 0


@pytest.mark.parametrize("kind", get_args(EffectKind))
def test_an_effect_begun_and_never_ended_is_unknown(queue: AnyQueue, kind: EffectKind) -> None:
    assert queue.begin_effect("p1", kind) == ""
    assert queue.begin_effect("p1", kind) == "unknown"
    queue.end_effect("p1", "done")
    assert queue.begin_effect("p1", kind) == "done"
    assert queue.begin_effect("p2", kind) == ""


def test_several_threads_agree(queue: AnyQueue) -> None:
    barrier = threading.Barrier(6, timeout=10)
    seen: list[int] = []

    def work(worker: int) -> None:
        barrier.wait()
        for number in range(10):
            queue.put(new_matter(f"{worker}-{number}"), now=NOW)
            seen.append(queue.put(new_matter("shared"), now=NOW).seq)
            queue.counts()

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [matter.envelope.seq for matter in queue.matters()] == list(range(1, 62))
    assert len(set(seen)) == 1
    assert len(seen) == 60
