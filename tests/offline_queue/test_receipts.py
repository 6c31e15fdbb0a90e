"""What is kept of a settled matter, and the chain that all matters make."""

from itertools import pairwise

import pytest

from offline_queue import envelope as wire
from offline_queue.contract import MatterState, Outcome, Receipt, UnknownMatter
from tests.offline_queue.helpers import DENIED, GRANTED, NOW, AnyQueue, new_matter


def settled(queue: AnyQueue, *names: str, now: float = NOW, keep: bytes = b"") -> None:
    for name in names:
        queue.put(new_matter(name), now=NOW)
    queue.claim(99, now=NOW)
    queue.settle([Outcome(name, MatterState.FILED, GRANTED, keep=keep, wipe=True) for name in names], now=now)


def test_each_envelope_names_the_digest_of_the_one_before(queue: AnyQueue) -> None:
    queue.put(new_matter("a"), now=NOW)
    queue.put_all([new_matter("b"), new_matter("a"), new_matter("c", 名="样本")], now=NOW)
    queue.put(new_matter("d"), now=NOW)
    chain = [matter.envelope for matter in queue.matters()]
    assert chain[0].previous == ""
    assert [later.previous for _, later in pairwise(chain)] == [wire.digest(earlier) for earlier, _ in pairwise(chain)]


def test_every_envelope_is_one_the_centre_can_read(queue: AnyQueue) -> None:
    queue.put(new_matter(number=1.5, nothing=None, nested={"z": [1], "a": "样本"}), now=NOW)
    queue.put(new_matter(keys={2: "b", 10: "a"}), now=NOW)
    for matter in queue.claim(9, now=NOW):
        assert wire.decode(wire.encode(matter.envelope)) == matter.envelope


def test_settled_in_one_batch_with_its_content_forgotten(queue: AnyQueue) -> None:
    digests = {name: wire.digest(queue.put(new_matter(name), now=NOW)) for name in "abcd"}
    queue.claim(9, now=NOW)
    outcomes = [
        Outcome("a", MatterState.FILED, GRANTED, keep=b"\x00sealed", wipe=True),
        Outcome("b", MatterState.REFUSED, DENIED),
        Outcome("c", MatterState.QUEUED, not_before=NOW + 5, error="later"),
        Outcome("d", MatterState.PARKED, error="HTTP 422"),
    ]
    queue.settle(outcomes, now=NOW + 1)
    states = [str(matter.state) for matter in queue.matters()]
    assert states == ["filed", "refused", "queued", "parked"]
    filed = queue.get("a")
    assert (dict(filed.envelope.payload), dict(filed.answer.result), filed.answer.number) == ({}, {}, "44-1")
    assert dict(queue.get("b").envelope.payload) == {"a": 1}
    assert queue.receipts(1) == [
        Receipt("a", 1, 1, digests["a"], MatterState.FILED, NOW + 1, kept=True),
        Receipt("b", 1, 2, digests["b"], MatterState.REFUSED, NOW + 1, kept=False),
    ]
    assert queue.settled_count(1) == 2
    assert queue.settled_count(2) == 0


@pytest.mark.parametrize(
    ("bad", "error"),
    [(Outcome("none", MatterState.FILED), UnknownMatter), (Outcome("a", MatterState.FILED), ValueError)],
)
def test_all_or_none(queue: AnyQueue, bad: Outcome, error: type[Exception]) -> None:
    queue.put(new_matter("a"), now=NOW)
    queue.claim(9, now=NOW)
    with pytest.raises(error):
        queue.settle([Outcome("a", MatterState.FILED, GRANTED), bad], now=NOW)
    assert queue.get("a").state is MatterState.IN_FLIGHT
    assert (queue.settled_count(1), queue.receipts(1)) == (0, [])


def test_receipts_by_the_page(queue: AnyQueue) -> None:
    settled(queue, *"abcde")
    assert [receipt.id for receipt in queue.receipts(1, limit=2)] == ["a", "b"]
    assert [receipt.id for receipt in queue.receipts(1, after=2, limit=2)] == ["c", "d"]
    assert queue.receipts(1, after=5) == []
    assert queue.receipts(2) == []


def test_sealed_copies_are_kept_until_they_are_forgotten(queue: AnyQueue) -> None:
    settled(queue, "a", now=NOW, keep=b"one")
    settled(queue, "b", now=NOW + 10, keep=b"two")
    settled(queue, "c", now=NOW)
    assert [queue.kept(name) for name in "abc"] == [b"one", b"two", b""]
    assert queue.forget_kept(NOW + 5) == 1
    assert [queue.kept(name) for name in "abc"] == [b"", b"two", b""]
    assert [receipt.kept for receipt in queue.receipts(1)] == [False, True, False]
    assert queue.forget_kept(NOW + 5) == 0
    assert queue.settled_count(1) == 3
    with pytest.raises(UnknownMatter):
        queue.kept("none")


def test_matters_by_the_page(queue: AnyQueue) -> None:
    settled(queue, "a")
    for name in "bcd":
        queue.put(new_matter(name), now=NOW)
    first = queue.matters(limit=3)
    assert [matter.envelope.id for matter in first] == ["a", "b", "c"]
    assert [matter.envelope.id for matter in queue.matters(after=first[-1].place)] == ["d"]
    waiting = queue.matters(MatterState.QUEUED, limit=2)
    assert [matter.envelope.id for matter in waiting] == ["b", "c"]
    assert queue.matters(MatterState.QUEUED, after=waiting[-1].place)[0].envelope.id == "d"
