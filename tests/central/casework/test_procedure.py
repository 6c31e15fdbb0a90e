"""A case against the table of its moves, whatever people and clocks do."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from central.casework.calendar import WorkCalendar
from central.casework.case import ACTORS, LAST, MOVES, WITH_CLAIM, Actor, Alarm, Case, Move, State, Step
from central.casework.errors import CaseworkError, NotPossible, NotYours, Taken
from central.casework.items import Handling
from central.casework.procedure import Filed, Procedure, by_clock

DAY = 86400.0
NOON = 1_790_049_600.0
"""2026-09-22 12:00 in China, a Tuesday."""
PROCEDURE = Procedure(WorkCalendar.load())
ITEM = Handling("permit", {}, "police", {}, by_department=True, legal_days=15, promised_days=7)


def opened(now: float = NOON) -> Case:
    return PROCEDURE.open(Filed("GD440100", "id", "GD440100-000001-K", "44-20260922-000001-2", "hash"), ITEM, now)


def under_review(now: float = NOON) -> Case:
    return PROCEDURE.after(opened(now), Step(Move.CLAIM, Actor.CLERK, "li"), now)


def test_every_state_is_reached_and_only_the_last_ones_are_left_by_nobody() -> None:
    reached, frontier = {State.RECEIVED}, [State.RECEIVED]
    while frontier:
        here = frontier.pop()
        new = {to for (state, _), to in MOVES.items() if state == here} - reached
        reached |= new
        frontier += new
    assert reached == set(State)
    assert set(State) - {state for state, _ in MOVES} == LAST
    assert set(ACTORS) == set(Move)


class Machine(RuleBasedStateMachine):
    """Clerks, the citizen and the clock move a case at random; time goes on, stands and jumps back."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOON
        self.case = opened()

    @rule(days=st.floats(-40, 40))
    def time_passes(self, days: float) -> None:
        self.now += days * DAY

    @rule(move=st.sampled_from(Move), actor=st.sampled_from(Actor), clerk=st.sampled_from(["li", "wang"]))
    def somebody_moves(self, move: Move, actor: Actor, clerk: str) -> None:
        before, wanted = self.case, MOVES.get((self.case.state, move))
        try:
            self.case = PROCEDURE.after(before, Step(move, actor, clerk), self.now)
        except CaseworkError:
            forbidden = True
        else:
            forbidden = False
            assert (self.case.state, self.case.version) == (wanted, before.version + 1)
        assert forbidden == self._is_forbidden(before, move, actor, clerk)

    @rule()
    def the_clock_looks(self) -> None:
        for action in PROCEDURE.due([self.case], self.now):
            if action.move:
                self.case = PROCEDURE.after(self.case, by_clock(action.move), self.now)
            else:
                assert action.alarm > self.case.alarm
                self.case = PROCEDURE.raised(action)

    @precondition(lambda self: self.case.state in LAST)
    @rule()
    def the_end_is_the_end(self) -> None:
        assert self.case.next_at is None
        assert PROCEDURE.due([self.case], self.now + 4000 * DAY) == []

    @invariant()
    def the_law_allows_at_least_what_is_promised(self) -> None:
        assert opened().promised_at <= self.case.promised_at
        assert opened().legal_at <= self.case.legal_at

    @invariant()
    def the_clock_knows_when_to_look(self) -> None:
        """Exactly then there is something to do, and not a second before."""
        if self.case.next_at is not None:
            assert PROCEDURE.due([self.case], self.case.next_at)
            assert not PROCEDURE.due([self.case], self.case.next_at - 1)

    @invariant()
    def a_verdict_needs_a_clerk(self) -> None:
        assert not self.case.verdict or self.case.clerk

    @staticmethod
    def _is_forbidden(case: Case, move: Move, actor: Actor, clerk: str) -> bool:
        if (case.state, move) not in MOVES or actor not in ACTORS[move]:
            return True
        return bool(case.clerk) if move == Move.CLAIM else move in WITH_CLAIM and case.clerk != clerk


Machine.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestMachine = Machine.TestCase


@given(st.floats(0, 30), st.floats(0, 30))
def test_the_time_in_which_the_citizen_supplements_is_not_the_departments(worked: float, waited: float) -> None:
    calendar = PROCEDURE.calendar
    asked_at = NOON + worked * DAY
    brought_at = asked_at + waited * DAY
    before = under_review()
    asked = PROCEDURE.after(before, Step(Move.ASK, Actor.CLERK, "li", "material_missing"), asked_at)
    after = PROCEDURE.after(asked, Step(Move.SUPPLEMENT, Actor.CITIZEN), brought_at)
    assert PROCEDURE.due([asked], asked_at) == []
    for old, new in ((before.promised_at, after.promised_at), (before.legal_at, after.legal_at)):
        if asked_at < old:
            assert calendar.left(new, brought_at) == calendar.left(old, asked_at)
        else:
            assert new == old


def test_it_calls_louder_day_by_day_and_each_call_once() -> None:
    case, heard = under_review(), list[Alarm]()
    for hour in range(40 * 24):
        for action in PROCEDURE.due([case], NOON + hour * 3600):
            case = PROCEDURE.raised(action)
            heard.append(case.alarm)
    assert heard == [Alarm.SOON, Alarm.OVERDUE, Alarm.UNLAWFUL]


def test_after_a_long_pause_only_the_loudest_call_is_heard() -> None:
    case = under_review()
    (action,) = PROCEDURE.due([case], NOON + 400 * DAY)
    assert action.alarm == Alarm.UNLAWFUL
    assert PROCEDURE.due([PROCEDURE.raised(action)], NOON + 800 * DAY) == []


def test_what_nobody_fetches_is_uncollected_can_still_be_fetched_and_is_closed_at_last() -> None:
    ready = replace(under_review(), state=State.APPROVED, verdict="approved")
    ready = PROCEDURE.after(ready, Step(Move.MAKE_READY, Actor.CLERK, hall="H", collection="0922-001"), NOON)
    (expire,) = PROCEDURE.due([ready], ready.until_at or 0)
    assert expire.move == Move.EXPIRE
    left = PROCEDURE.after(ready, by_clock(Move.EXPIRE), NOON + 100 * DAY)
    assert PROCEDURE.after(left, Step(Move.COLLECT, Actor.CITIZEN), NOON + 101 * DAY).state == State.COLLECTED
    (close,) = PROCEDURE.due([left], left.until_at or 0)
    assert close.move == Move.CLOSE


def test_only_who_claimed_it_decides_and_nobody_takes_it_from_her() -> None:
    case = under_review()
    with pytest.raises(Taken):
        PROCEDURE.after(case, Step(Move.CLAIM, Actor.CLERK, "wang"), NOON)
    with pytest.raises(NotYours):
        PROCEDURE.after(case, Step(Move.APPROVE, Actor.CLERK, "wang"), NOON)
    with pytest.raises(NotPossible):
        PROCEDURE.after(case, Step(Move.CLOSE, Actor.CLOCK), NOON)
    free = PROCEDURE.after(case, Step(Move.RELEASE, Actor.CLERK, "li"), NOON)
    assert PROCEDURE.after(free, Step(Move.CLAIM, Actor.CLERK, "wang"), NOON).clerk == "wang"
