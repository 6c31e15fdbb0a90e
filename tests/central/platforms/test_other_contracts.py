"""What every platform for help, map and credit does. For a real connector: subclass the suite."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from central.platforms.credit.contract import Credit, CreditMark
from central.platforms.credit.rules import eligibility, grade
from central.platforms.errors import NotFound
from central.platforms.help.contract import Entry, Help
from central.platforms.help.searching import search
from central.platforms.maps.contract import Map, Site
from central.platforms.maps.nearest import Found, Heard, Point, distance, is_open, nearest
from central.platforms.opening import Ground
from tests.central.platforms.people import NOBODY, NUMBER

LANGUAGES = {"zh-Hans", "zh-Hant", "en"}


class HelpContract:
    def test_every_entry_speaks_three_languages(self, help_: Help) -> None:
        entries = help_.entries()
        assert len({one.code for one in entries}) == len(entries) > 0
        assert all(set(one.question) == set(one.answer) == LANGUAGES and one.keywords for one in entries)

    def test_a_question_is_found_by_itself_in_every_language(self, help_: Help) -> None:
        for entry in help_.entries():
            for language in LANGUAGES:
                assert entry.code in {one.code for one in help_.search(entry.question[language], 3)}, entry.code

    def test_no_more_are_given_than_asked_for(self, help_: Help) -> None:
        assert len(help_.search("的 the", 2)) <= 2

    def test_what_fits_nothing_finds_nothing(self, help_: Help) -> None:
        assert help_.search("xyzzy", 5) == ()


class TestReferenceHelp(HelpContract):
    @pytest.fixture
    def help_(self, firm_ground: Ground) -> Help:
        return firm_ground.help()

    @pytest.mark.parametrize(
        ("query", "code"),
        [
            ("gjj", "housing-fund"),
            ("ＧＪＪ", "housing-fund"),
            ("公积金 余额", "housing-fund"),
            ("身份證讀不到", "card-unreadable"),
            ("REFUND", "paid-not-printed"),
            ("sbzm 社保", "social-insurance"),
        ],
    )
    def test_it_is_found_as_people_type(self, help_: Help, query: str, code: str) -> None:
        assert help_.search(query, 1)[0].code == code


@given(st.text(max_size=300), st.integers(1, 9))
def test_whatever_is_typed_is_searched_for(query: str, limit: int) -> None:
    entry = Entry("a", {"zh-Hans": "公积金", "en": "fund"}, {"zh-Hans": "答", "en": "yes"}, ("gjj",))
    assert search([entry], query, limit) in ((), (entry,))


# --- the map ---------------------------------------------------------------------------------------------------------


class MapContract:
    def test_every_site_stands_somewhere_and_has_hours(self, map_: Map) -> None:
        sites = map_.sites()
        assert {one.kind for one in sites} == {"hall", "terminal"}
        assert len({one.code for one in sites}) == len(sites)
        for site in sites:
            assert abs(site.latitude) <= 90
            assert abs(site.longitude) <= 180
            assert len(site.hours) == 7
            assert all(0 <= first <= end <= 1440 for first, end in site.hours)
            assert set(site.title) == LANGUAGES
            assert site.devices or site.kind == "hall"


class TestReferenceMap(MapContract):
    @pytest.fixture
    def map_(self, firm_ground: Ground) -> Map:
        return firm_ground.maps()

    def test_the_terminal_of_the_default_settings_is_on_it(self, map_: Map) -> None:
        assert "GD4401001" in {one.code for one in map_.sites()}


MONDAY_NOON = datetime(2026, 11, 23, 4, tzinfo=UTC).timestamp()
HERE = Point(23.0, 113.0)
ALWAYS = ((0, 1440),) * 7
OFFICE = ((540, 1020),) * 5 + ((0, 0),) * 2
TITLE = {"zh-Hans": "", "zh-Hant": "", "en": ""}


def site(code: str, north: float, hours: tuple[tuple[int, int], ...] = ALWAYS, *devices: str) -> Site:
    return Site(code, "terminal", TITLE, "440100", "", 23.0 + north, 113.0, hours, frozenset(devices))


def found(*sites: Site, heard: dict[str, Heard] | None = None, now: float = MONDAY_NOON) -> tuple[Found, ...]:
    return nearest(sites, heard or {}, HERE, {"id_card", "receipt_printer"}, now, 10)


BOTH = ("id_card", "receipt_printer")


def test_the_nearest_that_can_comes_before_a_nearer_that_cannot() -> None:
    near, far, hall = site("near", 0.01, ALWAYS, "id_card"), site("far", 0.03, ALWAYS, *BOTH), site("hall", 0.02)
    hall = replace(hall, kind="hall")
    assert [(one.site.code, one.hindrance) for one in found(near, far, hall)] == [
        ("hall", None),
        ("far", None),
        ("near", "device"),
    ]


@pytest.mark.parametrize(
    ("heard", "hindrance"),
    [
        (Heard(serving=True, silent=False), None),
        (Heard(serving=True, silent=False, broken=frozenset({"receipt_printer"})), "device"),
        (Heard(serving=True, silent=False, broken=frozenset({"camera"})), None),
        (Heard(serving=False, silent=False), "out_of_order"),
        (Heard(serving=True, silent=True), "silent"),
    ],
)
def test_what_a_terminal_says_counts(heard: Heard, hindrance: str | None) -> None:
    (one,) = found(site("a", 0, ALWAYS, *BOTH), heard={"a": heard})
    assert (one.hindrance, one.heard) == (hindrance, True)


@pytest.mark.parametrize(
    ("hour", "day", "opened"), [(9, 23, True), (16, 23, True), (17, 23, False), (8, 23, False), (12, 22, False)]
)
def test_hours_are_those_of_china(hour: int, day: int, opened: bool) -> None:
    """22 November 2026 is a Sunday."""
    now = datetime(2026, 11, day, hour - 8, tzinfo=UTC).timestamp()
    assert is_open(site("a", 0, OFFICE), now) is opened


def test_distance_is_in_metres() -> None:
    assert distance(HERE, site("a", 1.0)) == pytest.approx(111_195, rel=0.001)
    assert distance(HERE, site("a", 0.0)) == 0


# --- credit ----------------------------------------------------------------------------------------------------------


@dataclass
class Known:
    credit: Credit
    number: str
    stranger: str


class CreditContract:
    def test_a_report_is_of_whom_it_was_asked(self, known: Known) -> None:
        report = known.credit.report(known.number)
        assert (report.number, bool(report.name), bool(report.id)) == (known.number, True, True)
        assert list(report.marks) == sorted(report.marks, key=lambda mark: mark.on, reverse=True)

    def test_each_report_has_a_name_of_its_own_that_says_nothing(self, known: Known) -> None:
        first, second = known.credit.report(known.number), known.credit.report(known.number)
        assert first.id != second.id
        assert known.number not in first.id

    def test_nobody_has_none(self, known: Known) -> None:
        with pytest.raises(NotFound):
            known.credit.report(known.stranger)


class TestReferenceCredit(CreditContract):
    @pytest.fixture
    def known(self, firm_ground: Ground) -> Known:
        return Known(firm_ground.credit(), NUMBER, NOBODY)

    def test_a_firm_has_one_too(self, firm_ground: Ground) -> None:
        (firm,) = firm_ground.register.firms_of(NUMBER)
        assert firm_ground.credit().report(firm.code).name == firm.name


def good(year: int) -> CreditMark:
    return CreditMark(True, "x", "y", date(year, 6, 1))  # noqa: FBT003


def bad(year: int) -> CreditMark:
    return replace(good(year), good=False)


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ([], "good"),
        ([good(2025)], "good"),
        ([good(2025), good(2024)], "excellent"),
        ([good(2025), bad(2025)], "ordinary"),
        ([bad(2025)], "attention"),
    ],
)
def test_grades(marks: list[CreditMark], expected: str) -> None:
    assert grade(marks) == expected


@pytest.mark.parametrize(("year", "eligible"), [(2026, False), (2024, False), (2023, True)])
def test_a_bad_entry_stands_in_the_way_for_three_years(firm_ground: Ground, year: int, eligible: bool) -> None:
    report = replace(firm_ground.credit().report(NUMBER), marks=(bad(year),))
    assert eligibility(report, date(2026, 11, 22)).eligible is eligible
