"""Which matter goes to the centre when: cases in order, independent of each other, the citizen who waits first."""

from offline_queue.contract import MatterState, Outcome
from offline_queue.retry import LONGEST_RETRY_AFTER
from tests.offline_queue.helpers import GRANTED, NOW, AnyQueue, mark_filed, mark_later, mark_refused, new_matter


def put(queue: AnyQueue, *names: str) -> None:
    """``"x1"`` is a matter of case ``x``."""
    for name in names:
        queue.put(new_matter(name, case=name[0]), now=NOW)


def claim(queue: AnyQueue, limit: int = 9, *, now: float = NOW, first: str = "") -> list[str]:
    return [matter.envelope.id for matter in queue.claim(limit, now=now, first=first)]


def test_a_matter_waits_for_the_earlier_one_of_its_case(queue: AnyQueue) -> None:
    put(queue, "a1", "a2", "b1", "a3")
    assert claim(queue) == ["a1", "b1"]
    assert claim(queue) == []
    mark_filed(queue, "a1", GRANTED, now=NOW)
    assert claim(queue) == ["a2"]
    mark_refused(queue, "a2", GRANTED, now=NOW)
    assert claim(queue) == ["a3"]


def test_one_that_waits_for_its_time_holds_its_case_alone(queue: AnyQueue) -> None:
    put(queue, "a1", "a2", "b1")
    claim(queue, 1)
    mark_later(queue, "a1", not_before=NOW + 60, error="later")
    assert claim(queue) == ["b1"]
    assert claim(queue, now=NOW + 60) == ["a1"]


def test_poison_parks_itself_and_holds_its_case_alone(queue: AnyQueue) -> None:
    put(queue, "a1", "a2", "b1", "b2")
    claim(queue, 1)
    queue.settle([Outcome("a1", MatterState.PARKED, error="HTTP 422")], now=NOW)
    put(queue, "a3")
    assert claim(queue) == ["b1"]
    mark_filed(queue, "b1", GRANTED, now=NOW)
    assert claim(queue) == ["b2"]
    queue.release("a1")
    assert claim(queue) == ["a1"]
    mark_filed(queue, "a1", GRANTED, now=NOW)
    assert claim(queue) == ["a2"]


def test_a_matter_put_when_its_case_is_settled_waits_for_nothing(queue: AnyQueue) -> None:
    put(queue, "a1")
    claim(queue)
    mark_filed(queue, "a1", GRANTED, now=NOW)
    put(queue, "a2")
    assert claim(queue) == ["a2"]


def test_matters_of_no_case_are_cases_of_their_own(queue: AnyQueue) -> None:
    queue.put(new_matter("a"), now=NOW)
    queue.put(new_matter("b"), now=NOW)
    queue.put(new_matter("c", case="a"), now=NOW)
    assert claim(queue) == ["a", "b"]
    mark_filed(queue, "a", GRANTED, now=NOW)
    assert claim(queue) == ["c"]


def test_parked_by_hand_holds_its_case(queue: AnyQueue) -> None:
    put(queue, "a1", "a2")
    queue.park("a2", error="asked by phone")
    put(queue, "a3")
    claim(queue)
    mark_filed(queue, "a1", GRANTED, now=NOW)
    assert claim(queue) == []
    queue.release("a2")
    assert claim(queue) == ["a2"]


def test_one_batch_settles_a_case_and_lets_the_next_go(queue: AnyQueue) -> None:
    put(queue, "a1", "b1", "a2", "b2")
    claim(queue)
    queue.settle([Outcome(name, MatterState.FILED) for name in ("a1", "b1")], now=NOW)
    assert claim(queue) == ["a2", "b2"]


def test_the_one_a_citizen_waits_for_goes_first(queue: AnyQueue) -> None:
    put(queue, "a1", "b1", "c1", "d1")
    assert claim(queue, 2, first="c1") == ["c1", "a1"]
    assert claim(queue, 1, first="d1") == ["d1"]
    assert claim(queue, 9, first="d1") == ["b1"]


def test_first_does_not_overtake_its_own_case_nor_its_time(queue: AnyQueue) -> None:
    put(queue, "a1", "a2", "b1")
    assert claim(queue, 1, first="a2") == ["a1"]
    mark_later(queue, "a1", not_before=NOW + 60, error="later")
    assert claim(queue, 9, first="a1") == ["b1"]
    assert claim(queue, 0, first="a1", now=NOW + 60) == []
    assert claim(queue, 9, first="unknown", now=NOW + 60) == ["a1"]


def test_what_was_due_long_ago_does_not_lose_its_place(queue: AnyQueue) -> None:
    put(queue, "a1", "b1", "c1")
    claim(queue, 2)
    mark_later(queue, "b1", not_before=NOW + 1, error="later")
    mark_later(queue, "a1", not_before=NOW + 2, error="later")
    assert claim(queue, now=NOW + 2) == ["a1", "b1", "c1"]


def test_a_clock_set_back_lets_nothing_wait_longer_than_it_may(queue: AnyQueue) -> None:
    put(queue, "a1", "b1")
    claim(queue)
    mark_later(queue, "a1", not_before=NOW + LONGEST_RETRY_AFTER, error="later")
    mark_later(queue, "b1", not_before=NOW + LONGEST_RETRY_AFTER + 1, error="later")
    assert claim(queue, now=NOW) == ["b1"]
    assert claim(queue, now=NOW + LONGEST_RETRY_AFTER) == ["a1"]
