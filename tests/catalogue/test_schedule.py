from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.catalogue.items import Catalogue, ServiceItem
from kiosk.catalogue.schedule import certain_time, is_open, offered
from tests.catalogue.helpers import item_fields

MADE = datetime(2026, 9, 1, tzinfo=UTC)
WALL = datetime(2026, 9, 22, 4, tzinfo=UTC)
ALWAYS = ServiceItem.model_validate(item_fields(code="always"))
CATALOGUE = Catalogue(version=1, items=(ALWAYS,), made_at=MADE)


def item(starts: datetime | None = None, ends: datetime | None = None) -> ServiceItem:
    return ServiceItem.model_validate(item_fields(starts_at=starts, ends_at=ends))


@pytest.mark.parametrize(
    ("synchronised", "skew", "expected"),
    [
        (True, None, WALL),
        (False, None, MADE),
        (True, 3600.0, WALL - timedelta(hours=1)),
        (False, -86400.0, WALL + timedelta(days=1)),
    ],
)
def test_what_time_it_certainly_is(synchronised: bool, skew: float | None, expected: datetime) -> None:
    assert certain_time(CATALOGUE, WALL.timestamp(), is_synchronised=synchronised, skew=skew) == expected


def test_without_any_clock_there_is_no_time() -> None:
    undated = Catalogue(version=1, items=())
    assert certain_time(undated, WALL.timestamp(), is_synchronised=False) is None


@settings(deadline=None)
@given(st.none() | st.integers(-50, 50), st.none() | st.integers(-50, 50), st.integers(-50, 50))
def test_an_item_is_open_from_its_beginning_to_before_its_end(starts: int | None, ends: int | None, now: int) -> None:
    def at(seconds: int | None) -> datetime | None:
        return None if seconds is None else MADE + timedelta(seconds=seconds)

    expected = (starts is None or now >= starts) and (ends is None or now < ends)
    assert is_open(item(at(starts), at(ends)), at(now)) == expected


def test_who_knows_no_time_begins_nothing_and_ends_nothing() -> None:
    assert not is_open(item(starts=MADE), None)
    assert is_open(item(ends=MADE), None)
    assert is_open(ALWAYS, None)


def test_only_what_is_open_and_can_be_performed_is_offered() -> None:
    later = item(starts=WALL)
    both = CATALOGUE.model_copy(update={"items": (ALWAYS, later)})
    assert offered(both, MADE, lambda _: True).items == (ALWAYS,)
    assert offered(both, WALL, lambda _: True) == both
    assert offered(both, WALL, lambda one: one.code != "always").items == (later,)
