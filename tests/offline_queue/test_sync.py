"""Claim, upload, acknowledge, over both queues, with a centre that speaks from a script."""

import math
from collections.abc import Sequence

import pytest

from offline_queue.contract import Answer, Matter, MatterState, Outcome, Queue
from offline_queue.envelope import Envelope
from offline_queue.memory import MemoryQueue
from offline_queue.pace import LARGEST_SIZE, Pace
from offline_queue.retry import Failure, FailureKind
from offline_queue.sync import Synchroniser, SyncReport
from offline_queue.transport import Answered, Transport, TransportFailed, Verdict
from tests.offline_queue.helpers import NOW, TERMINAL, fill, new_matter, stamp
from tests.offline_queue.scripted import ScriptedCentre, fails, filed


def synchroniser(queue: Queue, centre: Transport, batch: int = 100) -> Synchroniser:
    return Synchroniser(queue, centre, pace=Pace(batch, batch), chance=lambda: 0.5)


# --- what goes well ---------------------------------------------------------------------------------------------


def test_everything_is_filed_in_order_and_in_batches(queue: Queue) -> None:
    ids, centre = fill(queue, 7), ScriptedCentre(limit=3)
    assert synchroniser(queue, centre, batch=3).run_once(NOW) == SyncReport(filed=tuple(ids))
    assert centre.batches == [[1, 2, 3], [4, 5, 6], [7]]
    assert queue.get("m7").answer == Answer(number="44-7", result={"seq": 7})


def test_nothing_due_sends_nothing(queue: Queue) -> None:
    centre = ScriptedCentre()
    assert synchroniser(queue, centre).run_once(NOW) == SyncReport()
    assert centre.batches == []


def test_each_batch_is_acknowledged_in_one_write_before_the_next_goes() -> None:
    log: list[str] = []

    class Watched(MemoryQueue):
        def settle(self, outcomes: Sequence[Outcome], *, now: float) -> None:
            log.append(f"settle {len(outcomes)}")
            super().settle(outcomes, now=now)

    queue = Watched(TERMINAL, stamp)
    fill(queue, 5)

    def noted(envelope: Envelope) -> Verdict:
        log.append(f"send {envelope.seq}")
        return filed(envelope)

    synchroniser(queue, ScriptedCentre(noted, limit=3), batch=3).run_once(NOW)
    assert log == ["send 1", "send 2", "send 3", "settle 3", "send 4", "send 5", "settle 2"]


def test_a_refusal_keeps_rule_and_remedy(queue: Queue) -> None:
    fill(queue, 2)
    answer = Answer(rule="unknown_item", remedy={"zh-Hans": "请到窗口办理"})
    centre = ScriptedCentre(lambda one: Verdict(one.id, "refused", answer) if one.seq == 1 else filed(one))
    assert synchroniser(queue, centre).run_once(NOW) == SyncReport(filed=("m2",), refused=("m1",))
    assert queue.get("m1").answer == answer


def test_later_waits_as_long_as_the_centre_asks(queue: Queue) -> None:
    fill(queue, 1)
    centre = ScriptedCentre(lambda one: Verdict(one.id, "later", retry_after=77.0))
    assert synchroniser(queue, centre).run_once(NOW) == SyncReport(later=("m1",))
    assert queue.get("m1").not_before == NOW + 77


def test_requests_grow_while_the_centre_answers_quickly(queue: Queue) -> None:
    fill(queue, 60)
    centre = ScriptedCentre()
    Synchroniser(queue, centre, pace=Pace(4)).run_once(NOW)
    assert [len(batch) for batch in centre.batches] == [4, 8, 16, 32]


def test_a_slow_centre_gets_no_more_and_one_that_asks_for_less_gets_less(queue: Queue) -> None:
    fill(queue, 12)
    centre = ScriptedCentre(seconds=9.0)
    run = Synchroniser(queue, centre, pace=Pace(4))
    run.prompt("m1", NOW)
    centre.limit = 2
    run.run_once(NOW)
    assert [len(batch) for batch in centre.batches] == [1, 4, 2, 2, 2, 1]


def test_a_request_holds_no_more_bytes_than_the_centre_takes() -> None:
    queue, centre = MemoryQueue(TERMINAL, stamp), ScriptedCentre()
    for number in range(1, 6):
        queue.put(new_matter(f"m{number}", scan="x" * (LARGEST_SIZE // 3)), now=NOW)
    assert len(synchroniser(queue, centre).run_once(NOW).filed) == 5
    assert centre.batches == [[1, 2], [3, 4], [5]]


# --- a citizen waits --------------------------------------------------------------------------------------------


def test_what_a_citizen_waits_for_goes_first_and_alone(queue: Queue) -> None:
    fill(queue, 30)
    centre = ScriptedCentre()
    run = synchroniser(queue, centre)
    assert run.prompt("m30", NOW) == SyncReport(filed=("m30",))
    run.run_once(NOW)
    assert centre.batches == [[30], list(range(1, 30))]


def test_a_citizen_who_comes_during_the_backlog_does_not_wait_for_its_end(queue: Queue) -> None:
    fill(queue, 9)
    centre, waiting = ScriptedCentre(limit=2), iter(["", "m9"])
    synchroniser(queue, centre, batch=2).run_once(NOW, lambda: next(waiting, ""))
    assert centre.batches == [[1, 2], [9], [3, 4], [5, 6], [7, 8]]


def test_whoever_stops_it_does_not_wait_for_the_end_of_the_backlog(queue: Queue) -> None:
    fill(queue, 9)
    centre = ScriptedCentre(limit=2)
    synchroniser(queue, centre, batch=2).run_once(NOW, stop=lambda: len(centre.batches) == 2)
    assert centre.batches == [[1, 2], [3, 4]]
    assert queue.counts()[MatterState.QUEUED] == 5


# --- what fails -------------------------------------------------------------------------------------------------

LINK = [FailureKind.NETWORK, FailureKind.INSECURE, FailureKind.BUSY, FailureKind.UNAUTHORISED]


@pytest.mark.parametrize("kind", LINK)
def test_a_failing_line_stops_the_run_and_delays_nobody(queue: Queue, kind: FailureKind) -> None:
    ids, centre = fill(queue, 5), ScriptedCentre(fails(kind))
    report = synchroniser(queue, centre, batch=2).run_once(NOW)
    assert report == SyncReport(link=Failure(kind, "scripted"))
    assert centre.batches == [[1, 2]]
    assert queue.counts()[MatterState.QUEUED] == 5
    centre.rule = filed
    assert synchroniser(queue, centre).run_once(NOW).filed == tuple(ids)


@pytest.mark.parametrize("kind", [FailureKind.REJECTED, FailureKind.SERVER, FailureKind.TOO_LARGE])
@pytest.mark.parametrize("poison", [1, 37, 64])
def test_poison_is_found_by_halving_and_the_others_go_through(queue: Queue, kind: FailureKind, poison: int) -> None:
    ids, centre = fill(queue, 64), ScriptedCentre(fails(kind, poison))
    report = synchroniser(queue, centre, batch=64).run_once(NOW)
    ids.remove(f"m{poison}")
    assert sorted(report.filed) == sorted(ids)
    assert not report.link
    failed = [batch for batch in centre.batches if poison in batch]
    assert len(failed) <= 1 + 3 * math.log2(64)
    assert len(centre.batches) <= 5 * math.log2(64)
    parks = kind is not FailureKind.SERVER
    assert (report.parked, report.later)[not parks] == (f"m{poison}",)
    assert queue.get(f"m{poison}").state is (MatterState.PARKED if parks else MatterState.QUEUED)


def test_the_centre_names_the_poison_itself(queue: Queue) -> None:
    fill(queue, 3)
    centre = ScriptedCentre(
        lambda one: Verdict(one.id, "rejected", detail="no envelope") if one.seq == 2 else filed(one)
    )
    assert synchroniser(queue, centre).run_once(NOW) == SyncReport(filed=("m1", "m3"), parked=("m2",))
    assert queue.get("m2").error == "no envelope"


def test_what_makes_the_centre_fail_waits_alone_and_never_parks(queue: Queue) -> None:
    fill(queue, 3)
    centre = ScriptedCentre(fails(FailureKind.SERVER, 1))
    run = synchroniser(queue, centre)
    assert run.run_once(NOW) == SyncReport(filed=("m2", "m3"), later=("m1",))
    for attempt in range(1, 30):
        now = NOW + 1000 * attempt
        assert run.run_once(now).later == ("m1",)
        assert now < queue.get("m1").not_before <= now + 150


def test_a_centre_that_is_broken_is_left_alone_soon(queue: Queue) -> None:
    ids, centre = fill(queue, 64), ScriptedCentre(fails(FailureKind.SERVER))
    report = synchroniser(queue, centre, batch=64).run_once(NOW)
    assert report.link
    assert len(centre.batches) <= math.log2(64) + 2
    assert len(report.later) == 2
    centre.rule = filed
    assert sorted(synchroniser(queue, centre).run_once(NOW + 400).filed) == sorted(ids)


def test_what_makes_the_centre_hang_lets_the_others_pass_next_time(queue: Queue) -> None:
    fill(queue, 4)
    centre = ScriptedCentre(fails(FailureKind.UNANSWERED, 2))
    run = synchroniser(queue, centre)
    first = run.run_once(NOW)
    assert (first.filed, first.later) == (("m1",), ("m2",))
    assert first.link
    assert first.link.kind is FailureKind.UNANSWERED
    assert run.run_once(NOW) == SyncReport(filed=("m3", "m4"))


def test_a_line_too_slow_for_large_requests_gets_small_ones(queue: Queue) -> None:
    """No poison: whatever is larger than four runs into the time limit."""
    ids = fill(queue, 40)

    class Slow(ScriptedCentre):
        def submit(self, envelopes: Sequence[Envelope]) -> Answered:
            if len(envelopes) > 4:
                self.batches.append([])
                raise TransportFailed(Failure(FailureKind.UNANSWERED))
            return super().submit(envelopes)

    centre = Slow(seconds=5.0)
    assert synchroniser(queue, centre, batch=32).run_once(NOW) == SyncReport(filed=tuple(ids))
    assert centre.batches.count([]) == 3


def test_a_matter_the_answer_does_not_mention_is_kept(queue: Queue) -> None:
    fill(queue, 2)
    centre = ScriptedCentre(lambda one: filed(one) if one.seq == 2 else None)
    assert synchroniser(queue, centre).run_once(NOW) == SyncReport(filed=("m2",), later=("m1",))


def test_words_on_matters_never_sent_are_ignored(queue: Queue) -> None:
    fill(queue, 1)
    centre = ScriptedCentre(lambda _: Verdict("somebody-else", "filed", Answer(number="1")))
    assert synchroniser(queue, centre).run_once(NOW).later == ("m1",)


def test_each_matter_is_tried_once_a_run_even_when_chance_says_at_once(queue: Queue) -> None:
    fill(queue, 1)
    centre = ScriptedCentre(fails(FailureKind.SERVER))
    Synchroniser(queue, centre, chance=lambda: 0.0).run_once(NOW)
    assert centre.batches == [[1]]


def test_a_case_never_overtakes_itself(queue: Queue) -> None:
    """The first of a case is put off; its second waits, whoever else goes."""
    for number in (1, 2, 3):
        queue.put(new_matter(f"m{number}", case="case" if number < 3 else ""), now=NOW)
    centre = ScriptedCentre(lambda one: Verdict(one.id, "later", retry_after=5.0) if one.seq == 1 else filed(one))
    assert synchroniser(queue, centre).run_once(NOW) == SyncReport(filed=("m3",), later=("m1",))
    centre.rule = filed
    assert synchroniser(queue, centre).run_once(NOW + 400).filed == ("m1", "m2")
    assert [seq for batch in centre.batches for seq in batch] == [1, 3, 1, 2]


# --- what becomes of the content --------------------------------------------------------------------------------


class Care:
    def __init__(self, here: str = "") -> None:
        self.here = here

    def keep(self, matter: Matter, state: MatterState, answer: Answer) -> bytes:
        return f"{matter.envelope.id} {state} {answer.number}".encode()

    def wiped_at_once(self, ids: Sequence[str]) -> frozenset[str]:
        return frozenset(ids) - {self.here}


def test_the_sealed_copy_comes_and_the_content_goes_with_the_acknowledgement(queue: Queue) -> None:
    fill(queue, 2)
    Synchroniser(queue, ScriptedCentre(), aftercare=Care(here="m2")).run_once(NOW)
    assert queue.kept("m1") == b"m1 filed 44-1"
    assert not queue.get("m1").envelope.payload
    assert not queue.get("m1").answer.result
    assert queue.get("m2").envelope.payload
    assert queue.get("m2").answer.result
