import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from central.editions.scope import Offer, Override, covers, offered, place_of, region_of
from tests.central.editions.samples import item, small

ITEM = item(small("aa", coverage=["440100", "440305"]))
EVERYWHERE = item(small("bb"))


@pytest.mark.parametrize(
    ("region", "other", "expected"),
    [
        ("440000", "440106", True),
        ("440100", "440106", True),
        ("440106", "440100", False),
        ("440100", "440300", False),
        ("000000", "110000", True),
        ("440106001", "440106001003", True),
        ("440106001", "440106002", False),
        ("440106000", "440106", True),
        ("440106", "440106001", True),
        ("440000", "", True),
        ("440100", "", False),
    ],
)
def test_regions_lie_in_regions(region: str, other: str, expected: bool) -> None:
    assert covers(region, other) == expected


@settings(deadline=None)
@given(st.from_regex(r"[0-9]{6}|[0-9]{9}|[0-9]{12}", fullmatch=True))
def test_a_region_covers_itself(region: str) -> None:
    assert covers(region, region)


@pytest.mark.parametrize(
    ("terminal", "region"), [("GD4401001", "440100"), ("GD440305007", "440305"), ("440100", "440100"), ("KIOSK7", "")]
)
def test_a_terminals_name_tells_where_it_is(terminal: str, region: str) -> None:
    assert region_of(terminal) == region


def codes(terminal: str, *overrides: tuple[str, str, Offer]) -> list[str]:
    return [one.code for one in offered([ITEM, EVERYWHERE], [Override(*one) for one in overrides], place_of(terminal))]


def test_an_item_is_offered_where_it_says() -> None:
    assert codes("GD4401061") == ["aa", "bb"]
    assert codes("GD4403051") == ["aa", "bb"]
    assert codes("GD4403011") == ["bb"]
    assert codes("NOWHERE") == ["bb"]


def test_the_nearest_override_counts() -> None:
    assert codes("GD4401061", ("aa", "440000", "withheld")) == ["bb"]
    assert codes("GD4401061", ("aa", "440106", "offered"), ("aa", "440000", "withheld")) == ["aa", "bb"]
    assert codes("GD4401061", ("aa", "440000", "offered"), ("aa", "440106", "withheld")) == ["bb"]
    own = ("aa", "GD4401061", "offered")
    assert codes("GD4401061", own, ("aa", "440106", "withheld"), ("aa", "440000", "withheld")) == ["aa", "bb"]
    assert codes("GD4401062", own, ("aa", "440106", "withheld")) == ["bb"]


def test_an_override_can_offer_what_is_not_for_the_region() -> None:
    assert codes("GD4403011", ("aa", "GD4403011", "offered")) == ["aa", "bb"]
