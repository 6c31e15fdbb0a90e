"""The clerk's pages as a browser without a window sees them: what each role finds, and what a form brings about."""

import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager

import httpx
import pytest

from central.casework.calendar import WorkCalendar, day_of, end_of, last_day
from central.casework.case import Alarm, Case, State
from central.casework.items import Handling
from central.centre import Centre
from central.console import matter_words
from central.console.pages.matter_figures import weeks
from central.staff.roles import Role
from offline_queue import batch
from offline_queue.envelope import Envelope
from tests.central.casework.test_filing import permit
from tests.central.casework.test_procedure import NOON, opened, under_review
from tests.central.casework.test_routes import with_permits
from tests.central.helpers import CANARY, CANARY_NUMBER, Running, own_key, rating, running
from tests.central.staff_helpers import cheap, hired, session_of
from tests.central.staff_helpers import post as send

DEPARTMENT = "某市公安局"


def staffed(centre: Centre) -> Centre:
    centre = cheap(with_permits(centre))
    hired(centre, "li", Role.CLERK, department=DEPARTMENT)
    hired(centre, "wang", Role.CLERK, department="public-security")
    hired(centre, "chen", Role.CLERK, department="social-insurance")
    hired(centre, "sun", Role.AUDITOR)
    hired(centre, "zhao", Role.AUTHORITY)
    return centre


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("central"), adapt=staffed) as made:
        yield made


@contextmanager
def signed_in(office: Running, name: str) -> Generator[httpx.Client]:
    token, _ = session_of(office.centre, name)
    with httpx.Client(base_url=office.url, cookies={"staff": token}, follow_redirects=True) as client:
        yield client


_seq = iter(range(1, 1000))


def filed(office: Running, stars: int = 0) -> Envelope:
    one = permit(next(_seq))
    more = [rating(next(_seq), one.reference, stars)] if stars else []
    office.centre.intake.receive(one.terminal, batch.decode(batch.encode([one, *more], own_key())))
    return one


def state(office: Running, one: Envelope) -> State:
    with office.centre.storage.reading() as transaction:
        case = transaction.cases.get((one.terminal, one.id))
    assert case
    return case.state


def move(client: httpx.Client, one: Envelope, what: str, version: int, **more: object) -> httpx.Response:
    here = f"/console/matters/{one.reference}"
    return send(client, here, f"{here}/moves", move=what, version=version, **more)


def test_a_clerk_finds_claims_reads_and_decides(office: Running) -> None:
    one = filed(office)
    with signed_in(office, "li") as li:
        assert one.reference in li.get("/console/matters").text
        assert CANARY not in li.get(f"/console/matters/{one.reference}").text
        move(li, one, "claim", 1)
        here = f"/console/matters/{one.reference}"
        assert CANARY in send(li, here, f"{here}/answers").text
        said = move(li, one, "refuse", 2, reason="material_missing", missing=["photo"])
        assert "近期照片" in said.text
    assert state(office, one) == State.REFUSED


def test_a_refusal_without_its_reason_is_told_and_not_done(office: Running) -> None:
    one = filed(office)
    with signed_in(office, "li") as li:
        move(li, one, "claim", 1)
        assert "请选择理由" in move(li, one, "refuse", 2, reason="material_missing").text
    assert state(office, one) == State.IN_REVIEW


def test_whoever_is_late_is_told_what_happened(office: Running) -> None:
    one = filed(office)
    with signed_in(office, "li") as li, signed_in(office, "wang") as wang:
        move(li, one, "claim", 1)
        assert "先办了" in move(wang, one, "claim", 1).text
        here = f"/console/matters/{one.reference}"
        assert "先认领" in send(wang, here, f"{here}/answers").text


def test_another_departments_matter_is_not_there(office: Running) -> None:
    one = filed(office, stars=1)
    with signed_in(office, "chen") as chen:
        assert one.reference not in chen.get("/console/matters?shelf=all").text
        for page in ("matters", "tickets"):
            assert chen.get(f"/console/{page}/{one.reference}").status_code == 404


def test_an_auditor_sees_how_it_stands_and_nothing_personal_and_changes_nothing(office: Running) -> None:
    one = filed(office, stars=1)
    with signed_in(office, "sun") as sun:
        pages = (
            "/console/matters?shelf=all", f"/console/matters/{one.reference}", "/console/matters/calendar",
            "/console/statistics", "/console/tickets", f"/console/tickets/{one.reference}",
        )  # fmt: skip
        for page in pages:
            answer = sun.get(page)
            assert answer.status_code == 200
            assert "/moves" not in answer.text
            assert CANARY not in answer.text
            assert CANARY_NUMBER not in answer.text


def test_a_ticket_is_taken_and_answered_once(office: Running) -> None:
    one = filed(office, stars=2)
    here = f"/console/tickets/{one.reference}"
    with signed_in(office, "li") as li, signed_in(office, "sun") as sun:
        send(li, here, f"{here}/take", version=1)
        assert "请填写" in send(li, here, f"{here}/answer", version=2, done="", reply="x").text
        answered = send(li, here, f"{here}/answer", version=2, done="已加窗口", reply="让您久等了")
        assert "让您久等了" in answered.text
        assert (
            "没有保存"
            in li.post(f"{here}/answer", data={"csrf": _csrf(li), "version": 2, "done": "a", "reply": "b"}).text
        )
        assert "让您久等了" not in sun.get(here).text


def test_the_authority_sees_figures(office: Running) -> None:
    filed(office)
    with signed_in(office, "zhao") as zhao:
        page = zhao.get("/console/statistics").text
        assert zhao.get("/console/matters").status_code == 403
    assert re.search(r"过去 24 小时受理</div><div class=\"amount\">[1-9]", page)


def test_a_page_the_citizen_handed_in_is_had_by_the_claimant_alone(office: Running) -> None:
    one = filed(office)
    with signed_in(office, "li") as li:
        address = f"/console/matters/{one.reference}/attachments/{'a' * 64}"
        assert li.post(address, data={"csrf": _csrf(li)}).status_code == 404


def _csrf(client: httpx.Client) -> str:
    found = re.search(r'name="csrf" value="(\w+)"', client.get("/console").text)
    assert found
    return found[1]


# --- words -----------------------------------------------------------------------------------------------------------

CALENDAR = WorkCalendar.load()
DAY = 86400.0


CASE = under_review()
EVE = end_of(CALENDAR.after(last_day(CASE.promised_at), -1))


@pytest.mark.parametrize(
    ("now", "kind", "word"),
    [
        (NOON, "good", "还剩 7 个工作日"),
        (EVE - 1, "wait", "还剩 1 个工作日"),
        (CASE.promised_at - 1, "wait", "今天到期"),
        (end_of(CALENDAR.after(last_day(CASE.promised_at), 1)) - 1, "bad", "已超期 1 个工作日"),
        (CASE.legal_at, "bad", "超过法定时限"),
    ],
)
def test_a_limit_is_said_by_colour_and_word(now: float, kind: str, word: str) -> None:
    assert matter_words.limit(CASE, CALENDAR, now)[:2] == (kind, word)


def test_every_state_and_move_has_a_word() -> None:
    assert set(matter_words.STATES) == set(State)
    assert len(set(matter_words.STATES.values())) == len(State)


def test_the_calendar_counts_each_case_on_its_day() -> None:
    cases: list[Case] = [opened(), opened(), opened(NOON + DAY)]
    told = [day for week in weeks(day_of(NOON), CALENDAR, cases) for day in week]
    assert sum(day.count for day in told) == len(cases)
    assert [day.day for day in told if day.today] == [day_of(NOON)]
    assert all(day.working == CALENDAR.is_working(day.day) for day in told)


def test_answers_are_said_as_the_form_says_them() -> None:
    labels = {"kind": {"zh-Hans": "居住方式"}, "kind.rent": {"zh-Hans": "租房"}}
    handling = Handling("permit", {}, "police", {}, by_department=True, labels=labels)
    given = {"kind": "rent", "agreed": True, "rows": [{"a": 1}, "b"]}
    assert dict(matter_words.answers(handling, given)) == {"居住方式": "租房", "agreed": "是", "rows": "a：1；b"}


def test_alarms_are_loud_in_their_order() -> None:
    assert Alarm.NONE < Alarm.SOON < Alarm.OVERDUE < Alarm.UNLAWFUL
