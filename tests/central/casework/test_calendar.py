"""Working days: those of the data file, and what holds of any calendar."""

from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from central.casework.calendar import WorkCalendar, day_of, end_of, last_day
from central.casework.errors import BadData

CHINA = timezone(timedelta(hours=8))
days = st.dates(date(2025, 1, 1), date(2028, 12, 31))
calendars = st.builds(WorkCalendar, st.frozensets(days, max_size=20), st.frozensets(days, max_size=20))
counts = st.integers(0, 60)


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=CHINA).timestamp()


@pytest.mark.parametrize(
    ("filed", "working_days", "last"),
    [
        ("2026-11-23 10:00", 5, date(2026, 11, 30)),  # Monday to Monday
        ("2026-11-21 23:59", 1, date(2026, 11, 23)),  # on Saturday night, in a 24-hour shop
        ("2026-09-30 09:00", 1, date(2026, 10, 8)),  # the week of the National Day between
        ("2026-10-09 09:00", 1, date(2026, 10, 10)),  # a Saturday that is worked
        ("2026-11-23 00:00", 0, date(2026, 11, 23)),
    ],
)
def test_a_period_ends_with_the_last_working_day(filed: str, working_days: int, last: date) -> None:
    assert WorkCalendar.load().deadline(at(filed), working_days) == end_of(last)


@given(calendars, days, counts)
def test_so_many_working_days_lie_between_as_were_counted(calendar: WorkCalendar, day: date, count: int) -> None:
    last = calendar.after(day, count)
    assert calendar.between(day, last) == count
    assert count == 0 or calendar.is_working(last)


@given(calendars, days, st.integers(0, 86399), st.integers(0, 60), counts)
def test_who_files_later_never_has_an_earlier_deadline(
    calendar: WorkCalendar, day: date, second: int, later: int, count: int
) -> None:
    now = end_of(day) - 86400 + second
    assert calendar.deadline(now, count) <= calendar.deadline(now + later * 86400, count)


@given(calendars, days, counts)
def test_what_is_left_gives_the_same_deadline_again(calendar: WorkCalendar, day: date, count: int) -> None:
    morning = end_of(day) - 86400
    deadline = calendar.deadline(morning, count)
    assert calendar.deadline(morning, calendar.left(deadline, morning)) == deadline
    assert calendar.left(deadline, deadline) == -1


@given(days)
def test_the_end_of_a_day_is_after_all_of_it(day: date) -> None:
    assert last_day(end_of(day)) == day
    assert day_of(end_of(day)) == day + timedelta(days=1)


@pytest.mark.parametrize(
    "text", ["[2026]\non = []", "[2026]\noff = [[1, 2]]\non = []", "a", '[2026]\noff = []\non = ["x"]']
)
def test_a_wrong_file_is_told_by_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "days.toml"
    path.write_text(text)
    with pytest.raises(BadData, match=r"days\.toml"):
        WorkCalendar.load(path)
