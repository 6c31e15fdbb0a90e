"""Claim, upload, acknowledge, over both queues, with a centre that speaks from a script."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offline_queue.contract import Answer, MatterState, Queue
from offline_queue.envelope import Envelope
from offline_queue.memory import MemoryQueue
from offline_queue.retry import Failure, FailureKind
from offline_queue.sync import Synchroniser, SyncReport, Verdict
from tests.offline_queue.helpers import NOW, TERMINAL, ScriptedCentre, fails, filed, new_matter, stamp


def fill(queue: Queue, count: int) -> list[str]:
    return [queue.put(new_matter(f"m{number}"), now=NOW).id for number in range(1, count + 1)]


def synchroniser(queue: Queue, centre: ScriptedCentre, batch: int = 100) -> Synchroniser:
    return Synchroniser(queue, centre, batch=batch, chance=lambda: 0.5)


def test_everything_is_filed_in_order_and_in_batches(queue: Queue) -> None:
    ids, centre = fill(queue, 7), ScriptedCentre()
    assert synchroniser(queue, centre, batch=3).run_once(NOW) == SyncReport(filed=tuple(ids))
    assert centre.batches == [[1, 2, 3], [4, 5, 6], [7]]
    assert queue.get("m7").answer == Answer(number="44-7", result={"seq": 7})


def test_nothing_due_sends_nothing(queue: Queue) -> None:
    centre = ScriptedCentre()
    assert synchroniser(queue, centre).run_once(NOW) == SyncReport()
    assert centre.batches == []


def test_a_refusal_keeps_rule_and_remedy(queue: Queue) -> None:
    fill(queue, 2)
    answer = Answer(rule="unknown_item", remedy="请到窗口办理")
    centre = ScriptedCentre(lambda one: Verdict(one.id, "refused", answer) if one.seq == 1 else filed(one))
    assert synchroniser(queue, centre).run_once(NOW) == SyncReport(filed=("m2",), refused=("m1",))
    assert queue.get("m1").answer == answer


def test_later_waits_as_long_as_the_centre_asks(queue: Queue) -> None:
    fill(queue, 1)
    centre = ScriptedCentre(lambda one: Verdict(one.id, "later", retry_after=77.0))
    assert synchroniser(queue, centre).run_once(NOW) == SyncReport(later=("m1",))
    assert queue.get("m1").not_before == NOW + 77


@pytest.mark.parametrize("kind", [FailureKind.NETWORK, FailureKind.BUSY, FailureKind.UNAUTHORISED])
def test_a_failing_line_stops_the_run_and_delays_nobody(queue: Queue, kind: FailureKind) -> None:
    ids, centre = fill(queue, 5), ScriptedCentre(fails(kind))
    report = synchroniser(queue, centre, batch=2).run_once(NOW)
    assert report == SyncReport(link=Failure(kind, "scripted"))
    assert centre.batches == [[1, 2]]
    assert queue.counts()[MatterState.QUEUED] == 5
    centre.rule = filed
    assert synchroniser(queue, centre).run_once(NOW).filed == tuple(ids)


def test_poison_parks_itself_and_never_the_rest(queue: Queue) -> None:
    fill(queue, 5)
    centre = ScriptedCentre(fails(FailureKind.REJECTED, 2))
    report = synchroniser(queue, centre).run_once(NOW)
    assert report == SyncReport(filed=("m1", "m3", "m4", "m5"), parked=("m2",))
    assert queue.get("m2").state is MatterState.PARKED


def test_what_makes_the_centre_fail_waits_alone_and_never_parks(queue: Queue) -> None:
    fill(queue, 3)
    centre = ScriptedCentre(fails(FailureKind.SERVER, 1))
    run = synchroniser(queue, centre)
    assert run.run_once(NOW) == SyncReport(filed=("m2", "m3"), later=("m1",))
    for attempt in range(1, 30):
        now = NOW + 1000 * attempt
        assert run.run_once(now).later == ("m1",)
        assert now < queue.get("m1").not_before <= now + 150


def test_what_makes_the_centre_hang_lets_the_others_pass_next_time(queue: Queue) -> None:
    fill(queue, 4)
    centre = ScriptedCentre(fails(FailureKind.UNANSWERED, 2))
    run = synchroniser(queue, centre)
    first = run.run_once(NOW)
    assert (first.filed, first.later) == (("m1",), ("m2",))
    assert first.link
    assert first.link.kind is FailureKind.UNANSWERED
    assert run.run_once(NOW) == SyncReport(filed=("m3", "m4"))


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


def test_killed_between_upload_and_acknowledge_sends_the_same_again(queue: Queue) -> None:
    fill(queue, 2)
    seen: list[Envelope] = []

    def killed(envelope: Envelope) -> Verdict:
        seen.append(envelope)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        synchroniser(queue, ScriptedCentre(killed)).run_once(NOW)
    assert queue.counts()[MatterState.IN_FLIGHT] == 2
    successor = synchroniser(queue, ScriptedCentre(lambda one: seen.append(one) or filed(one)))
    assert successor.start() == 2
    assert successor.run_once(NOW).filed == ("m1", "m2")
    assert seen[0] == seen[1]


outcomes = st.lists(st.sampled_from(["filed", "refused", "later", "dropped", *FailureKind]), max_size=40)


@given(st.integers(1, 6), st.integers(1, 4), outcomes)
def test_whatever_the_centre_does_each_matter_ends_once(count: int, batch: int, script: list[str]) -> None:
    """A centre that answers anything for a while and then everything: nothing is lost, the parked ones wait."""
    queue = MemoryQueue(TERMINAL, stamp)
    ids = fill(queue, count)
    left = iter(script)

    def rule(envelope: Envelope) -> Verdict | None:
        match next(left, "filed"):
            case "filed":
                return filed(envelope)
            case "refused":
                return Verdict(envelope.id, "refused", Answer(rule="r"))
            case "later":
                return Verdict(envelope.id, "later", retry_after=5.0)
            case "dropped":
                return None
            case kind:
                return fails(FailureKind(kind))(envelope)

    run = Synchroniser(queue, ScriptedCentre(rule), batch=batch, chance=lambda: 0.9)
    settled: list[str] = []
    for number in range(len(script) + 2):
        report = run.run_once(NOW + 4000 * number)
        settled += [*report.filed, *report.refused, *report.parked]
    assert sorted(settled) == ids
    counts = queue.counts()
    assert counts[MatterState.QUEUED] + counts[MatterState.IN_FLIGHT] == 0
