"""When what is due, and how well it goes: the calendar for clerks, the statistics for whoever answers for them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Final

from fastapi import Depends, Query, Request, Response

from central.casework.calendar import WorkCalendar, day_of, end_of, last_day
from central.casework.case import AT_WORK, Alarm, Case
from central.centre import Shared
from central.console import frame, matter_words
from central.console.frame import page
from central.console.pages.matters import departments, scope
from central.staff.access import Employee, Role, staff
from central.storage.casework import QueueFilter
from central.storage.casework_figures import HOUR, Decided

_DAYS: Final = 30
_WEEKS: Final = 4
_MOST: Final = 5000
"""Cases that are counted in the calendar: the most urgent."""
_GOOD: Final = 95
_POOR: Final = 80
"""Per cent in time."""
_Text = Annotated[str, Query(max_length=200)]
router = frame.pages("/console")


@dataclass(frozen=True)
class Day:
    day: date
    working: bool
    today: bool
    count: int


@router.get("/matters/calendar")
def calendar(
    request: Request, employee: Annotated[Employee, Depends(staff(Role.CLERK, Role.AUDITOR))], centre: Shared
) -> Response:
    today, days = day_of(centre.now()), centre.casework.sweeper.procedure.calendar
    until = end_of(today + timedelta(weeks=_WEEKS))
    chosen = QueueFilter(scope(centre.casework, employee), tuple(AT_WORK), promised_before=until)
    with centre.storage.reading() as transaction:
        cases = transaction.cases.queue(chosen, limit=_MOST)
    late = sum(case.promised_at <= centre.now() for case in cases)
    return page(request, "matters/calendar.html", weeks=weeks(today, days, cases), late=late)


@router.get("/statistics")
def statistics(
    request: Request,
    _employee: Annotated[Employee, Depends(staff(Role.AUTHORITY, Role.AUDITOR))],
    centre: Shared,
    department: _Text = "",
) -> Response:
    now, casework = centre.now(), centre.casework
    since = now - _DAYS * 24 * HOUR
    with centre.storage.reading() as transaction:
        by_hour = transaction.figures.filed_by_hour(now - 24 * HOUR, 24)
        decided = transaction.figures.decided(since, department)
        stars = transaction.figures.stars(since)
        states = transaction.cases.by_state(department)
        unlawful = transaction.cases.count(QueueFilter(department, tuple(AT_WORK), alarm=Alarm.UNLAWFUL))
    shares = [(casework.services.named(one.item).called, _share(one)) for one in decided]
    names = casework.ratings.names
    return page(
        request,
        "matters/statistics.html",
        told={"department": department},
        departments=departments(casework),
        filed=sum(by_hour),
        by_hour=by_hour,
        hours=[f"{24 - at} 小时前" for at in range(24)],
        decided=sum(one.in_time + one.late for one in decided),
        in_time=_share_of_all(decided),
        shares=shares,
        kinds=["good" if share >= _GOOD else "wait" if share >= _POOR else "bad" for _, share in shares],
        states=[(matter_words.STATES[state], count) for state, count in states.items()],
        stars=[(names[level]["zh-Hans"], stars.get(level, 0)) for level in sorted(names, reverse=True)],
        score=casework.ratings.score(stars),
        ratings=sum(stars.values()),
        unlawful=unlawful,
    )


def weeks(today: date, days: WorkCalendar, cases: Sequence[Case]) -> list[list[Day]]:
    """From the Monday of this week on."""
    due = Counter(last_day(case.promised_at) for case in cases)
    monday = today - timedelta(days=today.weekday())
    all_days = [monday + timedelta(days=step) for step in range(7 * _WEEKS)]
    told = [Day(day, days.is_working(day), day == today, due[day]) for day in all_days]
    return [told[start : start + 7] for start in range(0, len(told), 7)]


def _share(one: Decided) -> float:
    """Per cent, rounded down: nothing is better than it is."""
    return 100 * one.in_time // (one.in_time + one.late)


def _share_of_all(decided: Sequence[Decided]) -> float | None:
    total = sum(one.in_time + one.late for one in decided)
    return sum(one.in_time for one in decided) / total if total else None
