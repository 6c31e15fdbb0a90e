"""The tables of reasons and ratings, and what a catalogue's item says of its handling."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from central.casework.calendar import WorkCalendar
from central.casework.case import Alarm, Move
from central.casework.errors import BadData, NotYours, Taken, UnknownReason
from central.casework.items import LEGAL_DAYS, Services, handling
from central.casework.ratings import Desk, Ratings, Ticket, TicketState
from central.casework.reasons import Reasons

NOON = 1_790_049_600.0
REASONS = Reasons.load()
RATINGS = Ratings.load()
DESK = Desk(WorkCalendar.load(), RATINGS)
NAME = {"zh-Hans": "公安局", "zh-Hant": "公安局", "en": "Police"}
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("move", "reason", "missing"),
    [
        (Move.REFUSE, "", ()),
        (Move.REFUSE, "no_such_rule", ()),
        (Move.REFUSE, "material_missing", ()),
        (Move.REFUSE, "material_missing", ("no_such_thing",)),
        (Move.REFUSE, "not_eligible", ("photo",)),
        (Move.ASK, "not_eligible", ()),
        (Move.APPROVE, "not_eligible", ()),
        (Move.APPROVE, "", ("photo",)),
    ],
)
def test_a_verdict_against_the_citizen_needs_a_reason_that_fits(
    move: Move, reason: str, missing: tuple[str, ...]
) -> None:
    with pytest.raises(UnknownReason):
        REASONS.check(move, reason, missing, {})


def test_what_may_be_missing_is_what_the_service_asks_for() -> None:
    own = {"lease": NAME}
    REASONS.check(Move.ASK, "material_missing", ("photo",), {})
    REASONS.check(Move.ASK, "material_missing", ("lease",), own)
    with pytest.raises(UnknownReason):
        REASONS.check(Move.ASK, "material_missing", ("photo",), own)
    assert REASONS.named(("lease", "of an older catalogue"), own) == [NAME]


def test_a_text_that_lacks_a_language_is_told(tmp_path: Path) -> None:
    path = tmp_path / "reasons.toml"
    path.write_text('[reasons]\n[materials.photo]\nen = "photo"\n')
    with pytest.raises(BadData, match="photo"):
        Reasons.load(path)


def test_five_levels_count_from_nothing_to_ten() -> None:
    assert [RATINGS.scores[stars] for stars in range(1, 6)] == [0, 3, 6, 8, 10]
    assert RATINGS.score({}) is None
    assert RATINGS.score({5: 1, 1: 1}) == 5
    assert [RATINGS.is_poor(stars) for stars in range(1, 6)] == [True, True, False, False, False]


def ticket() -> Ticket:
    return DESK.open(Ticket("GD440100", "id", "r", "permit", "police", None, 1, opened_at=NOON, due_at=NOON))


def test_a_ticket_is_due_after_fifteen_working_days_calls_before_and_after_and_rests_when_answered() -> None:
    one = ticket()
    assert DESK.calendar.left(one.due_at, NOON) == 15
    (soon,) = DESK.due([one], one.next_at or 0)
    assert soon.alarm == Alarm.SOON
    assert DESK.due([soon], soon.due_at - 1) == []
    (late,) = DESK.due([soon], soon.due_at)
    assert late.alarm == Alarm.OVERDUE
    mine = DESK.take(late, "li")
    assert DESK.due([DESK.answer(mine, "li", b"done", b"reply", NOON)], NOON * 2) == []


def test_a_ticket_is_answered_by_its_owner_alone() -> None:
    with pytest.raises(NotYours):
        DESK.answer(ticket(), "li", b"", b"", NOON)
    mine = DESK.take(ticket(), "li")
    assert DESK.take(mine, "li").owner == "li"
    with pytest.raises(Taken):
        DESK.take(mine, "wang")
    with pytest.raises(NotYours):
        DESK.answer(mine, "wang", b"", b"", NOON)
    assert DESK.answer(mine, "li", b"done", b"reply", NOON).state == TicketState.ANSWERED


def test_who_decides_is_said_by_the_item_or_else_by_whether_a_rule_does() -> None:
    assert handling({"code": "anything"}).by_department
    assert not handling({"code": "social-insurance-proof"}).by_department
    assert not handling({"code": "anything", "decision": "at_once"}).by_department
    assert not handling({"code": "anything", "decision": "none"}).by_department


def test_nothing_is_promised_beyond_the_law() -> None:
    assert handling({"code": "a", "legal_limit_days": 5, "promised_days": 9}).promised_days == 5
    assert handling({"code": "a", "legal_limit_days": 0}).legal_days == LEGAL_DAYS


@given(
    st.dictionaries(
        st.sampled_from(["title", "department", "department_id", "materials", "promised_days"]), json_values
    )
)
def test_any_item_has_a_handling(item: dict[str, object]) -> None:
    found = handling({"code": "a", **item})
    assert found.department
    assert 0 < found.promised_days <= found.legal_days


def test_departments_are_found_by_id_and_by_name() -> None:
    services = Services(lambda items={"a": {"code": "a", "department": NAME, "department_id": "police"}}: items)
    assert services.department("公安局") == services.department("police") == "police"
    assert services.department("别的局") == "别的局"
    assert services.departments() == {"police": NAME}


def test_services_follow_the_catalogue() -> None:
    catalogue = {"a": {"code": "a"}}
    services = Services(lambda: catalogue)
    assert services("a")
    catalogue = {"b": {"code": "b"}}
    assert services("a") is None
    assert services("b")
