"""What a step makes of a case, and what the clock has to do with it. Pure: all is given, the time too."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from central.casework.calendar import WorkCalendar, end_of, last_day
from central.casework.case import ACTORS, AT_WORK, MOVES, WITH_CLAIM, Actor, Alarm, Case, Move, State, Step
from central.casework.errors import NotPossible, NotYours, Taken
from central.casework.items import Handling

_DAY: Final = 86400.0


@dataclass(frozen=True)
class Periods:
    """Working days where it does not say otherwise."""

    supplement: int = 15
    """For the citizen to bring what is missing."""
    collect: int = 60
    close: int = 30
    """Between the last thing that happened and the file's end: time to ask, to rate, to reprint."""
    remind: int = 1
    """Before the promised day."""


@dataclass(frozen=True, repr=False)
class Filed:
    """What a case takes over from its matter."""

    terminal: str
    id: str
    reference: str
    number: str
    person: str | None


@dataclass(frozen=True)
class Action:
    """What the clock does to a case: a louder alarm, or a move."""

    case: Case
    alarm: Alarm = Alarm.NONE
    move: Move | None = None


@dataclass(frozen=True)
class Procedure:
    calendar: WorkCalendar
    periods: Periods = Periods()

    def open(self, filed: Filed, item: Handling, now: float) -> Case:
        """Of a matter that is filed ``now``."""
        legal = self.calendar.deadline(now, item.legal_days)
        case = Case(
            **vars(filed),
            item=item.code,
            department=item.department,
            filed_at=now,
            state=State.RECEIVED,
            version=1,
            promised_at=min(legal, self.calendar.deadline(now, item.promised_days)),
            legal_at=legal,
            moved_at=now,
        )
        return self.looked(case)

    def after(self, case: Case, step: Step, now: float) -> Case:
        """Raises :class:`NotPossible`, :class:`Taken`, :class:`NotYours`."""
        state = MOVES.get((case.state, step.move))
        if state is None or step.actor not in ACTORS[step.move]:
            raise NotPossible(f"{step.move} of {case.state}")
        self._check_claim(case, step)
        moved = replace(case, state=state, version=case.version + 1, moved_at=now, **self._changes(case, step, now))
        return self.looked(moved)

    def due(self, cases: Iterable[Case], now: float) -> list[Action]:
        """What time itself brings about: each once, however often it is asked and whatever the clock does."""
        return [action for case in cases if (action := self._due(case, now))]

    def raised(self, action: Action) -> Case:
        """The case of an alarm. Nobody's move: its version stays, who is at work on it is not disturbed."""
        return self.looked(replace(action.case, alarm=action.alarm))

    def looked(self, case: Case) -> Case:
        """With the time when there is something to do with it next."""
        return replace(case, next_at=min((at for at, _ in self._ahead(case)), default=None))

    def _due(self, case: Case, now: float) -> Action | None:
        passed = [action for at, action in self._ahead(case) if at <= now]
        return passed[-1] if passed else None

    def _ahead(self, case: Case) -> Iterator[tuple[float, Action]]:
        """What time has still to bring about while nobody moves the case, and when; in the order of the times."""
        alarms = [(at, alarm) for at, alarm in self._alarms(case) if alarm > case.alarm]
        yield from ((at, Action(case, alarm=alarm)) for at, alarm in sorted(alarms))
        if case.until_at is not None:
            if (case.state, Move.EXPIRE) in MOVES:
                yield case.until_at, Action(case, move=Move.EXPIRE)
            elif (case.state, Move.CLOSE) in MOVES:
                yield case.until_at, Action(case, move=Move.CLOSE)

    def _alarms(self, case: Case) -> list[tuple[float, Alarm]]:
        if case.state in AT_WORK:
            soon = end_of(self.calendar.after(last_day(case.promised_at), -self.periods.remind))
            return [(soon, Alarm.SOON), (case.promised_at, Alarm.OVERDUE), (case.legal_at, Alarm.UNLAWFUL)]
        if case.state == State.SUPPLEMENT_WANTED and case.until_at is not None:
            return [(case.until_at, Alarm.OVERDUE)]
        return []

    @staticmethod
    def _check_claim(case: Case, step: Step) -> None:
        if step.move == Move.CLAIM and case.clerk:
            raise Taken
        if step.move in WITH_CLAIM and (not case.clerk or case.clerk != step.clerk):
            raise NotYours

    def _changes(self, case: Case, step: Step, now: float) -> dict[str, Any]:
        match step.move:
            case Move.CLAIM:
                return {"clerk": step.clerk}
            case Move.RELEASE:
                return {"clerk": None}
            case Move.ASK:
                return self._stopped(case, now) | self._until(self.periods.supplement, now) | _because(step)
            case Move.SUPPLEMENT:
                return self._resumed(case, now) | {"reason": "", "missing": ()}
            case Move.APPROVE | Move.REFUSE:
                verdict = {"verdict": "approved" if step.move == Move.APPROVE else "refused"}
                return self._until(self.periods.close, now) | _because(step) | verdict | {"alarm": Alarm.NONE}
            case Move.MAKE_READY:
                return self._until(self.periods.collect, now) | {"hall": step.hall, "collection": step.collection}
            case Move.COLLECT | Move.EXPIRE:
                return self._until(self.periods.close, now)
            case Move.CLOSE | Move.WITHDRAW:
                return {"until_at": None, "alarm": Alarm.NONE}

    def _until(self, working_days: int, now: float) -> dict[str, Any]:
        return {"until_at": self.calendar.deadline(now, working_days)}

    def _stopped(self, case: Case, now: float) -> dict[str, Any]:
        left = self.calendar.left
        return {
            "promised_left": left(case.promised_at, now),
            "legal_left": left(case.legal_at, now),
            "alarm": Alarm.NONE,
        }

    def _resumed(self, case: Case, now: float) -> dict[str, Any]:
        """What was left is left still; what had passed before has passed."""
        return {
            "promised_at": self._again(case.promised_at, case.promised_left, now),
            "legal_at": self._again(case.legal_at, case.legal_left, now),
            "promised_left": None,
            "legal_left": None,
            "until_at": None,
            "alarm": Alarm.NONE,
        }

    def _again(self, deadline: float, left: int | None, now: float) -> float:
        if left is None or left < 0:
            return deadline
        return max(deadline, self.calendar.deadline(now, left))


def _because(step: Step) -> dict[str, Any]:
    return {"reason": step.reason, "missing": step.missing}


def by_clock(move: Move) -> Step:
    return Step(move, Actor.CLOCK)
