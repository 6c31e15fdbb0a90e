"""Clerks at work, two at once, and the clock, on either database."""

import threading
from collections.abc import Callable

import pytest

from central.casework.case import Alarm, Move, State
from central.casework.errors import CaseworkError, ChangedMeanwhile, NoSuchCase, NotPossible, NotYours, UnknownReason
from central.casework.ratings import TicketState
from central.staff.roles import Employee, Role
from central.storage.casework import QueueFilter
from tests.central.casework.test_filing import LI, permit
from tests.central.helpers import CANARY_NUMBER, rating
from tests.central.office import Office, office

DAY = 86400.0
WANG = Employee("wang", "王警官", frozenset({Role.CLERK}), "public-security")
STRANGER = Employee("chen", "陈", frozenset({Role.CLERK}), "social-insurance")


def together(*acts: Callable[[], object]) -> list[object]:
    """What each returned or raised, all begun at once."""
    ends: list[object] = [None] * len(acts)
    barrier = threading.Barrier(len(acts))

    def run(position: int, act: Callable[[], object]) -> None:
        barrier.wait()
        try:
            ends[position] = act()
        except CaseworkError as error:
            ends[position] = error

    threads = [threading.Thread(target=run, args=one) for one in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ends


def test_of_two_clerks_at_once_one_claims_and_the_other_is_told(counter: Office) -> None:
    filed = permit(1)
    counter.hand_in(filed)
    with office(counter.url) as other:

        def claim(at: Office, who: Employee) -> Callable[[], object]:
            return lambda: at.casework.bureau.move(who, filed.reference, Move.CLAIM, version=1)

        ends = together(claim(counter, LI), claim(other, WANG))
    assert sorted(type(one).__name__ for one in ends) == ["Case", "ChangedMeanwhile"]


def test_nothing_is_decided_twice(counter: Office) -> None:
    filed = permit(1)
    counter.hand_in(filed)
    counter.casework.bureau.move(LI, filed.reference, Move.CLAIM, version=1)
    with office(counter.url) as other:
        ends = together(
            lambda: counter.casework.bureau.move(LI, filed.reference, Move.APPROVE, version=2),
            lambda: other.casework.bureau.move(LI, filed.reference, Move.REFUSE, version=2, reason="not_eligible"),
        )
    assert sorted(type(one).__name__ for one in ends) == ["Case", "ChangedMeanwhile"]
    assert counter.rows("SELECT count(*) FROM case_step WHERE move IN ('approve', 'refuse')") == [(1,)]


def test_a_clerk_works_her_departments_matters_alone(counter: Office) -> None:
    filed = permit(1)
    counter.hand_in(filed)
    with pytest.raises(NoSuchCase):
        counter.casework.bureau.move(STRANGER, filed.reference, Move.CLAIM, version=1)
    counter.casework.bureau.move(LI, filed.reference, Move.CLAIM, version=1)
    with pytest.raises(NotYours):
        counter.casework.bureau.open(WANG, filed.reference)
    with pytest.raises(NoSuchCase):
        counter.casework.bureau.open(STRANGER, filed.reference)


def test_what_a_clerk_does_is_audited_and_what_fails_is_not(counter: Office) -> None:
    filed = permit(1)
    counter.hand_in(filed)
    bureau = counter.casework.bureau
    bureau.move(LI, filed.reference, Move.CLAIM, version=1)
    bureau.open(LI, filed.reference)
    with pytest.raises(UnknownReason):
        bureau.move(LI, filed.reference, Move.REFUSE, version=2)
    with pytest.raises(ChangedMeanwhile):
        bureau.move(LI, filed.reference, Move.APPROVE, version=1)
    with pytest.raises(NotPossible):
        bureau.move(LI, filed.reference, Move.WITHDRAW, version=2)
    rows = counter.rows("SELECT employee, action, subject FROM audit ORDER BY seq")
    assert rows == [("li", "matter.claim", filed.reference), ("li", "matter.read", filed.reference)]


def test_a_refusal_tells_rule_what_is_missing_and_remedy_in_every_language(counter: Office) -> None:
    filed = permit(1)
    counter.hand_in(filed)
    bureau = counter.casework.bureau
    bureau.move(LI, filed.reference, Move.CLAIM, version=1)
    bureau.move(LI, filed.reference, Move.REFUSE, version=2, reason="material_missing", missing=("photo",))
    (mine,) = counter.casework.counter.mine(CANARY_NUMBER)
    assert mine.case
    reasons = counter.casework.reasons
    assert set(reasons.by_id[mine.case.reason].remedy) == {"zh-Hans", "zh-Hant", "en"}
    assert [one["en"] for one in reasons.named(mine.case.missing, {})] == ["recent photograph"]


def test_two_sweepers_call_each_case_once(counter: Office) -> None:
    counter.hand_in(*(permit(seq) for seq in range(1, 40)))
    with office(counter.url) as other:
        counter.now = other.now = counter.now + 60 * DAY
        together(counter.casework.sweeper.sweep, other.casework.sweeper.sweep)
    alarms = counter.rows("SELECT count(*) FROM department_case WHERE alarm = 3")
    assert alarms == [(39,)]
    assert counter.casework.sweeper.sweep() == 0


def test_a_clock_that_jumps_there_and_back_calls_nothing_twice_and_loses_nothing(counter: Office) -> None:
    filed = permit(1)
    counter.hand_in(filed)
    start = counter.now
    for days in (400, -400, 0, 8, 400):
        counter.now = start + days * DAY
        counter.casework.sweeper.sweep()
    with counter.storage.reading() as transaction:
        (case,) = transaction.cases.queue(QueueFilter(), limit=10)
    assert (case.state, case.alarm) == (State.RECEIVED, Alarm.UNLAWFUL)
    counter.now = start
    assert counter.casework.bureau.move(LI, filed.reference, Move.CLAIM, version=1).state == State.IN_REVIEW


def test_a_case_that_moved_on_is_left_alone_and_one_of_an_older_calendar_looked_at_anew(counter: Office) -> None:
    filed = permit(1)
    counter.hand_in(filed)
    _execute(counter, "UPDATE department_case SET next_at = 0")
    assert counter.casework.sweeper.sweep() == 1
    with counter.storage.reading() as transaction:
        (case,) = transaction.cases.queue(QueueFilter(), limit=10)
    assert case.alarm == Alarm.NONE
    assert case.next_at == counter.casework.sweeper.procedure.looked(case).next_at


def test_the_clock_closes_what_is_done(counter: Office) -> None:
    filed = permit(1)
    counter.hand_in(filed)
    for version, move in enumerate((Move.CLAIM, Move.APPROVE, Move.MAKE_READY), 1):
        counter.casework.bureau.move(LI, filed.reference, move, version=version)
    for _ in range(2):
        counter.now += 150 * DAY
        counter.casework.sweeper.sweep()
    assert counter.rows("SELECT state FROM department_case") == [("closed",)]
    steps = counter.rows("SELECT move FROM case_step ORDER BY version")
    assert [move for (move,) in steps] == ["claim", "approve", "make_ready", "expire", "close"]


def test_a_ticket_is_taken_put_right_and_read_by_the_citizen(counter: Office) -> None:
    filed = permit(1)
    counter.hand_in(filed, rating(2, filed.reference, 1))
    complaints, place = counter.casework.complaints, (filed.terminal, filed.id)
    with pytest.raises(NoSuchCase):
        complaints.take(STRANGER, place, version=1)
    complaints.take(LI, place, version=1)
    with pytest.raises(ChangedMeanwhile):
        complaints.take(WANG, place, version=1)
    with pytest.raises(NotYours):
        complaints.answer(WANG, place, version=2, done="x", reply="y")
    complaints.answer(LI, place, version=2, done="已加开窗口", reply="让您久等了，对不起。")
    (mine,) = counter.casework.counter.mine(CANARY_NUMBER)
    assert mine.ticket
    assert (mine.ticket.state, mine.done, mine.reply) == (TicketState.ANSWERED, "已加开窗口", "让您久等了，对不起。")
    assert "让您久等" not in str(counter.rows("SELECT done, reply FROM rating_ticket"))


def test_an_unanswered_ticket_calls_before_its_day_and_after(counter: Office) -> None:
    filed = permit(1)
    counter.hand_in(filed, rating(2, filed.reference, 2))
    heard = list[int]()
    for _ in range(40):
        counter.now += DAY
        counter.casework.sweeper.sweep()
        heard += [alarm for (alarm,) in counter.rows("SELECT alarm FROM rating_ticket")]
    assert sorted(set(heard)) == [Alarm.NONE, Alarm.SOON, Alarm.OVERDUE]
    assert heard == sorted(heard)


def _execute(counter: Office, statement: str) -> None:
    """Past the storage."""
    from sqlalchemy import NullPool, create_engine, text

    engine = create_engine(counter.url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def test_two_matters_of_a_cloned_disk_under_one_reference_are_both_decided(counter: Office) -> None:
    first, second = permit(1), permit(1)
    numbers = [answer["number"] for one in (first, second) for answer in counter.hand_in(one)]
    assert first.reference == second.reference
    for number in numbers:
        assert counter.casework.bureau.move(LI, number, Move.CLAIM, version=1).number == number
    assert counter.rows("SELECT count(*) FROM department_case WHERE state = 'in_review'") == [(2,)]
