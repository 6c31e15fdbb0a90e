"""A centre that lost what it had filed gets it back from the sealed copies, once, and the rest is told."""

from collections.abc import Mapping, Sequence
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offline_queue.contract import Answer, Matter, MatterState, Queue
from offline_queue.memory import MemoryQueue
from offline_queue.pace import LARGEST_COUNT, LARGEST_SIZE
from offline_queue.recovery import Loss, Recovery, batches
from offline_queue.retry import Failure, FailureKind
from offline_queue.sync import Synchroniser
from offline_queue.transport import Copy, TransportFailed, Verdict
from tests.offline_queue.helpers import NOW, TERMINAL, new_matter, stamp
from tests.offline_queue.scripted import ScriptedCentre

DAY = 86400.0


class Sealing:
    """The scripted centre reads the number out of what is "sealed" for it."""

    def keep(self, matter: Matter, state: MatterState, answer: Answer) -> bytes:  # noqa: ARG002
        return answer.number.encode()

    def wiped_at_once(self, ids: Sequence[str]) -> frozenset[str]:
        return frozenset(ids)


def file(queue: Queue, centre: ScriptedCentre, count: int, *, now: float = NOW) -> list[str]:
    done = sum(queue.counts().values())
    ids = [queue.put(new_matter(f"m{done + number}"), now=now).id for number in range(1, count + 1)]
    assert Synchroniser(queue, centre, aftercare=Sealing()).run_once(now).filed == tuple(ids)
    return ids


def test_nothing_lost_asks_for_nothing(queue: Queue) -> None:
    centre = ScriptedCentre()
    assert queue.epochs() == []
    file(queue, centre, 3)
    assert queue.epochs() == [1]
    assert Recovery(queue, centre).check() == Loss()
    assert centre.restored == []


def test_what_a_backup_did_not_have_comes_back_with_its_number(queue: Queue) -> None:
    centre = ScriptedCentre()
    ids = file(queue, centre, 7)
    before = dict(centre.known)
    for matter_id in ids[4:]:
        del centre.known[matter_id]
    assert Recovery(queue, centre).check() == Loss(lost=3, restored=3)
    assert {key: verdict.answer.number for key, verdict in centre.known.items()} == {
        key: verdict.answer.number for key, verdict in before.items()
    }
    assert [copy.id for copy in centre.restored] == ids[4:]
    assert [copy.digest for copy in centre.restored] == [receipt.digest for receipt in queue.receipts(1, after=4)]


def test_it_is_done_once_and_again_when_more_is_lost(queue: Queue) -> None:
    centre = ScriptedCentre()
    ids = file(queue, centre, 4)
    recovery = Recovery(queue, centre)
    del centre.known[ids[0]]
    assert recovery.check().restored == 1
    assert recovery.check() == Loss()
    del centre.known[ids[2]]
    assert recovery.check().restored == 1
    assert len(centre.restored) == 2


def test_what_is_no_longer_kept_is_told_and_not_asked_about_again(queue: Queue) -> None:
    centre = ScriptedCentre()
    file(queue, centre, 2)
    file(queue, centre, 2, now=NOW + DAY)
    assert queue.forget_kept(NOW + 1) == 2
    centre.known.clear()
    recovery = Recovery(queue, centre)
    assert recovery.check() == Loss(lost=4, restored=2, gone=2)
    assert recovery.check() == Loss()
    file(queue, centre, 1)
    assert recovery.check().gone == 2, "the numbers have moved: it is looked at anew"


def test_copies_are_read_as_they_are_sent(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    held, most = set[str](), 0

    class Counting(ScriptedCentre):
        def restore(self, copies: Sequence[Copy]) -> Mapping[str, Verdict]:
            nonlocal most
            most = max(most, len(held))
            held.difference_update(copy.id for copy in copies)
            return super().restore(copies)

    def kept(matter_id: str) -> bytes:
        held.add(matter_id)
        return real(matter_id)

    centre, real = Counting(), queue.kept
    count = 3 * LARGEST_COUNT
    file(queue, centre, count)
    centre.known.clear()
    monkeypatch.setattr(queue, "kept", kept)
    assert Recovery(queue, centre).check() == Loss(lost=count, restored=count)
    assert most <= LARGEST_COUNT + 1


def test_a_number_taken_meanwhile_is_told(queue: Queue) -> None:
    class Moved(ScriptedCentre):
        def restore(self, copies: Sequence[Copy]) -> Mapping[str, Verdict]:
            super().restore(copies)
            return {copy.id: Verdict(copy.id, "filed", Answer(number="44-999")) for copy in copies}

    centre = Moved()
    (matter_id,) = file(queue, centre, 1)
    centre.known.clear()
    assert Recovery(queue, centre).check() == Loss(lost=1, restored=1, renumbered=1)
    assert queue.get(matter_id).answer.number == "44-1"


@pytest.mark.parametrize("outcome", ["rejected", "refused"])
def test_a_copy_the_centre_will_not_have_back_is_told_once(
    queue: Queue, outcome: Literal["rejected", "refused"]
) -> None:
    class Stubborn(ScriptedCentre):
        def restore(self, copies: Sequence[Copy]) -> Mapping[str, Verdict]:
            return {copy.id: Verdict(copy.id, outcome) for copy in copies}

    centre = Stubborn()
    file(queue, centre, 1)
    centre.known.clear()
    recovery = Recovery(queue, centre)
    assert recovery.check() == Loss(lost=1, refused=1)
    assert recovery.check() == Loss()


def test_one_put_off_is_tried_at_the_next_comparison(queue: Queue) -> None:
    class Hesitant(ScriptedCentre):
        hesitates = True

        def restore(self, copies: Sequence[Copy]) -> Mapping[str, Verdict]:
            if self.hesitates:
                return {copies[0].id: Verdict(copies[0].id, "later")}
            return super().restore(copies)

    centre = Hesitant()
    file(queue, centre, 2)
    centre.known.clear()
    recovery = Recovery(queue, centre)
    assert recovery.check() == Loss(lost=2)
    centre.hesitates = False
    assert recovery.check() == Loss(lost=2, restored=2)


@given(st.integers(0, 3), st.sets(st.integers(0, 11), max_size=12))
def test_a_comparison_cut_short_at_any_step_loses_nothing(cut: int, lost: set[int]) -> None:
    class Cut(ScriptedCentre):
        left = cut

        def restore(self, copies: Sequence[Copy]) -> Mapping[str, Verdict]:
            if self.left:
                self.left -= 1
                if self.left % 2:
                    super().restore(copies)  # it arrived, and the answer did not
                raise TransportFailed(Failure(FailureKind.UNANSWERED))
            return super().restore(copies)

    queue, centre = MemoryQueue(TERMINAL, stamp), Cut()
    ids = file(queue, centre, 12)
    whole = {key: verdict.answer.number for key, verdict in centre.known.items()}
    for place in lost:
        del centre.known[ids[place]]
    recovery = Recovery(queue, centre)
    for _ in range(cut):
        try:
            recovery.check()
        except TransportFailed:
            continue
    recovery.check()
    assert {key: verdict.answer.number for key, verdict in centre.known.items()} == whole


@given(st.lists(st.integers(0, 2 * LARGEST_SIZE), max_size=30))
def test_copies_go_in_order_within_what_the_centre_takes(sizes: list[int]) -> None:
    copies = [Copy(str(number), "d", bytes(size)) for number, size in enumerate(sizes)]
    made = list(batches(copies))
    assert [copy for batch in made for copy in batch] == copies
    for batch in made:
        assert 1 <= len(batch) <= LARGEST_COUNT
        assert len(batch) == 1 or sum(len(copy.sealed) * 4 // 3 for copy in batch) <= LARGEST_SIZE
