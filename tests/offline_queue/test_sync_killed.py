"""A sender that is killed at every step: each matter is filed once."""

import itertools
from collections import Counter
from collections.abc import Callable
from typing import cast

from hypothesis import given
from hypothesis import strategies as st

from offline_queue.contract import Answer, AttachmentStore, MatterState, Queue
from offline_queue.envelope import Envelope
from offline_queue.memory import MemoryQueue
from offline_queue.memory_attachments import MemoryAttachments
from offline_queue.pace import Pace
from offline_queue.retry import Failure, FailureKind
from offline_queue.sync import Synchroniser
from offline_queue.transport import Transport, TransportFailed, Verdict
from tests.offline_queue.helpers import NOW, TERMINAL, fill, stamp
from tests.offline_queue.scripted import Deadly, Killed, ScriptedCentre, at, fails, filed
from tests.offline_queue.test_uploads import with_page


def until_it_lives(queue: Queue, files: AttachmentStore, centre: ScriptedCentre, dies: Callable[[], bool]) -> int:
    """Start a sender, again and again; how many died."""
    for deaths in itertools.count():
        deadly = cast(Queue, Deadly(queue, dies))
        line = cast(Transport, Deadly(centre, dies))
        try:
            run = Synchroniser(deadly, line, attachments=files, pace=Pace(2, 2), chance=lambda: 0.5)
            run.start()
            run.run_once(NOW + 1000 * deaths)
        except Killed:
            continue
        return deaths
    raise AssertionError


def all_there_once(queue: Queue, centre: ScriptedCentre, ids: list[str]) -> None:
    assert {state: count for state, count in queue.counts().items() if count} == {MatterState.FILED: len(ids)}
    assert Counter(centre.known.keys()) == Counter(ids)
    for one in queue.matters():
        assert one.answer.number == centre.known[one.envelope.id].answer.number


def test_killed_at_every_step_each_matter_is_filed_once() -> None:
    moment, died = 0, 1
    while died:
        moment += 1
        queue = MemoryQueue(TERMINAL, stamp)
        files = MemoryAttachments(queue)
        ids = fill(queue, 3)
        with_page(queue, files, 4, b"page")
        centre = ScriptedCentre(limit=2)
        died = until_it_lives(queue, files, centre, at(moment))
        all_there_once(queue, centre, [*ids, "m4"])
    assert moment > 20


outcomes = st.lists(st.sampled_from(["filed", "refused", "later", "dropped", "lost", *FailureKind]), max_size=40)


@given(st.integers(1, 6), st.integers(1, 4), outcomes, st.sets(st.integers(1, 120), max_size=6))
def test_whatever_the_centre_does_and_whenever_it_is_killed_each_matter_ends_once(
    count: int, batch: int, script: list[str], kills: set[int]
) -> None:
    """A centre that answers anything for a while and then everything: nothing is lost, the parked ones wait."""
    queue, left = MemoryQueue(TERMINAL, stamp), iter(script)
    ids = fill(queue, count)

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
            case "lost":  # filed, and the answer does not arrive
                centre.known[envelope.id] = filed(envelope)
                raise TransportFailed(Failure(FailureKind.UNANSWERED))
            case kind:
                return fails(FailureKind(kind))(envelope)

    centre, dies = ScriptedCentre(rule), at(*kills)
    for number in range(len(script) + len(kills) + 2):
        deadly = cast(Queue, Deadly(queue, dies))
        run = Synchroniser(deadly, centre, pace=Pace(batch, batch), chance=lambda: 0.9)
        try:
            run.start()
            run.run_once(NOW + 4000 * number)
        except Killed:
            continue
    final = {one.envelope.id: one for one in queue.matters(MatterState.FILED, MatterState.REFUSED)}
    parked = {one.envelope.id for one in queue.matters(MatterState.PARKED)}
    assert sorted([*final, *parked]) == sorted(ids)
    for matter_id, one in final.items():
        assert one.answer == centre.known[matter_id].answer
