"""Cases, supplements and tickets as they follow from what is filed, on either database."""

from dataclasses import replace
from typing import Any

import pytest

from central.casework.case import Move, State
from central.casework.errors import NoSuchCase, NotPossible
from central.casework.ratings import TicketState
from central.fanout.relay import messages
from central.staff.roles import Employee, Role
from central.storage.casework import QueueFilter
from offline_queue.envelope import Attachment, Envelope
from tests.central.helpers import CANARY, CANARY_NUMBER, make, proof, rating
from tests.central.office import Office, everything, go_back
from tests.central.test_recovery import filed as filed_copies
from tests.central.test_recovery import kept, lose

LI = Employee("li", "李警官", frozenset({Role.CLERK}), "某市公安局")
OTHER = "11010519491231003X"
ELSEWHERE = "GD440200"


def permit(seq: int, number: str = CANARY_NUMBER, terminal: str = "GD440100") -> Envelope:
    person = {"card_type": "resident", "name": CANARY, "number": number}
    return make(seq, item="residence-permit", terminal=terminal, payload={"person": person, "answers": {}})


def supplement(seq: int, reference: str, number: str = CANARY_NUMBER, terminal: str = ELSEWHERE) -> Envelope:
    payload = {"reference": reference, "person": {"number": number}, "answers": {"lease": "here"}}
    return make(seq, item="supplement", terminal=terminal, payload=payload)


def queue(counter: Office) -> list[tuple[str, State]]:
    with counter.storage.reading() as transaction:
        return [(one.reference, one.state) for one in transaction.cases.queue(QueueFilter(), limit=100)]


def wanting(counter: Office, filed: Envelope) -> None:
    """Whose clerk wants a photo besides."""
    bureau = counter.casework.bureau
    bureau.move(LI, filed.reference, Move.CLAIM, version=1)
    bureau.move(LI, filed.reference, Move.ASK, version=2, reason="material_missing", missing=("photo",))


def told(counter: Office) -> list[bytes]:
    with counter.storage.reading() as transaction:
        return [one.body for one in messages(transaction.outbox.oldest(1000))]


def test_a_case_is_opened_once_for_what_a_department_decides(counter: Office) -> None:
    filed = permit(1)
    counter.hand_in(filed, proof(2), make(3, item="trial"))
    counter.hand_in(filed)
    assert queue(counter) == [(filed.reference, State.RECEIVED)]


def test_what_is_refused_opens_none(counter: Office) -> None:
    counter.hand_in(make(1, item="no-such-item"))
    assert queue(counter) == []


def test_what_fails_leaves_no_case(counter: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(type(counter.casework.opening), "follow", fail)
    with pytest.raises(OSError):  # noqa: PT011 - raised above
        counter.hand_in(permit(1))
    assert counter.rows("SELECT count(*) FROM matter") == [(0,)]


def test_a_supplement_from_another_terminal_brings_the_case_back_into_review(counter: Office) -> None:
    filed = permit(1)
    counter.hand_in(filed)
    wanting(counter, filed)
    counter.now += 3 * 86400
    answers = counter.hand_in(supplement(1, filed.reference), terminal=ELSEWHERE)
    assert [answer["outcome"] for answer in answers] == ["filed"]
    assert queue(counter) == [(filed.reference, State.IN_REVIEW)]
    first, second = counter.casework.bureau.open(LI, filed.reference)
    assert first.payload["person"]["name"] == CANARY
    assert second.payload["answers"] == {"lease": "here"}


@pytest.mark.parametrize(
    "payload", [{"person": {"number": OTHER}}, {"reference": "GD440100-000009-X"}, {}, {"person": 1}]
)
def test_a_supplement_belongs_to_a_case_of_the_same_person(counter: Office, payload: dict[str, Any]) -> None:
    filed = permit(1)
    counter.hand_in(filed)
    wanting(counter, filed)
    good = supplement(1, filed.reference).payload
    wrong = make(1, item="supplement", terminal=ELSEWHERE, payload={**good, **payload} if payload else {})
    (answer,) = counter.hand_in(wrong, terminal=ELSEWHERE)
    assert (answer["outcome"], answer["rule"]) == ("refused", "unknown_case")
    assert queue(counter) == [(filed.reference, State.SUPPLEMENT_WANTED)]


def test_a_supplement_nobody_waits_for_is_refused_and_a_repeated_one_answered_alike(counter: Office) -> None:
    filed = permit(1)
    counter.hand_in(filed)
    (early,) = counter.hand_in(supplement(1, filed.reference), terminal=ELSEWHERE)
    assert early["rule"] == "nothing_wanted"
    wanting(counter, filed)
    twice = supplement(2, filed.reference), supplement(3, filed.reference)
    first, second = counter.hand_in(*twice, terminal=ELSEWHERE)
    assert (first["outcome"], second["rule"]) == ("filed", "nothing_wanted")
    assert counter.hand_in(twice[0], terminal=ELSEWHERE) == [first]


def test_a_supplement_whose_pages_have_not_come_is_not_yet_taken(counter: Office) -> None:
    filed = permit(1)
    counter.hand_in(filed)
    wanting(counter, filed)
    page = Attachment("lease", "a" * 64, 10, "image/png")
    counter.missing.add(page.digest)
    brought = replace(supplement(1, filed.reference), attachments=(page,))
    (answer,) = counter.hand_in(brought, terminal=ELSEWHERE)
    assert (answer["outcome"], queue(counter)) == ("later", [(filed.reference, State.SUPPLEMENT_WANTED)])
    counter.missing.clear()
    counter.hand_in(brought, terminal=ELSEWHERE)
    assert queue(counter) == [(filed.reference, State.IN_REVIEW)]


def test_a_poor_rating_opens_one_ticket_and_a_good_one_none(counter: Office) -> None:
    counter.hand_in(permit(1), permit(2), rating(3, permit(1).reference, 1), rating(4, permit(2).reference, 5))
    with counter.storage.reading() as transaction:
        tickets = transaction.tickets.queue("public-security", [TicketState.OPEN], limit=10)
    assert [(one.reference, one.stars) for one in tickets] == [(permit(1).reference, 1)]
    (again,) = counter.hand_in(rating(5, permit(1).reference, 1))
    assert again["rule"] == "already_rated"


def test_departments_are_told_in_the_transaction_that_files_and_of_no_person(counter: Office) -> None:
    filed = permit(1)
    counter.hand_in(filed, proof(2), rating(3, filed.reference, 2))
    counter.hand_in(filed)
    bodies = told(counter)
    assert len(bodies) == 4  # filed twice, rated, a ticket
    assert not any(word.encode() in body for body in bodies for word in (CANARY, CANARY_NUMBER))


def test_one_row_tells_of_a_whole_batch(counter: Office) -> None:
    counter.hand_in(*(permit(seq) for seq in range(1, 50)))
    with counter.storage.reading() as transaction:
        assert transaction.outbox.depth().letters == 1


def test_a_person_sees_her_matters_of_every_terminal_and_nobody_elses(counter: Office) -> None:
    counter.hand_in(permit(1), permit(2, OTHER))
    counter.now += 60
    counter.hand_in(permit(1, terminal=ELSEWHERE), terminal=ELSEWHERE)
    mine = counter.casework.counter.mine(f" {CANARY_NUMBER.lower()} ")
    assert [one.matter.terminal for one in mine] == [ELSEWHERE, "GD440100"]


def test_ready_at_one_terminal_is_collected_at_another_once_with_the_card(counter: Office) -> None:
    filed = permit(1)
    counter.hand_in(filed)
    bureau, citizens = counter.casework.bureau, counter.casework.counter
    with pytest.raises(NotPossible):
        citizens.collect(filed.reference, CANARY_NUMBER)
    for version, move in enumerate((Move.CLAIM, Move.APPROVE), 1):
        bureau.move(LI, filed.reference, move, version=version)
    assert bureau.move(LI, filed.reference, Move.MAKE_READY, version=3).collection == "0922-001"
    with pytest.raises(NoSuchCase):
        citizens.collect(filed.reference, OTHER)
    first = citizens.collect(filed.reference, CANARY_NUMBER)
    assert first.case
    assert first.case.state == State.COLLECTED
    again = citizens.collect(filed.reference, CANARY_NUMBER)
    assert again.case == first.case


def test_collection_numbers_count_by_hall_and_day(counter: Office) -> None:
    def number(seq: int, terminal: str) -> str:
        filed = permit(seq, terminal=terminal)
        counter.hand_in(filed, terminal=terminal)
        for version, move in enumerate((Move.CLAIM, Move.APPROVE), 1):
            counter.casework.bureau.move(LI, filed.reference, move, version=version)
        return counter.casework.bureau.move(LI, filed.reference, Move.MAKE_READY, version=3).collection

    assert [number(1, "GD440100"), number(2, "GD440100"), number(1, ELSEWHERE)] == ["0922-001", "0922-002", "0922-001"]
    counter.now += 86400
    assert number(3, "GD440100") == "0923-001"


def test_a_citizen_withdraws_before_the_verdict_and_not_after(counter: Office) -> None:
    first, second = permit(1), permit(2)
    counter.hand_in(first, second)
    withdrawn = counter.casework.counter.withdraw(first.reference, CANARY_NUMBER)
    assert withdrawn.case
    assert withdrawn.case.state == State.WITHDRAWN
    assert counter.casework.counter.withdraw(first.reference, CANARY_NUMBER).case == withdrawn.case
    for version, move in enumerate((Move.CLAIM, Move.APPROVE), 1):
        counter.casework.bureau.move(LI, second.reference, move, version=version)
    with pytest.raises(NotPossible):
        counter.casework.counter.withdraw(second.reference, CANARY_NUMBER)


def test_a_result_is_reprinted_at_another_terminal_for_its_person_alone(counter: Office) -> None:
    filed = proof(1)
    (answer,) = counter.hand_in(filed)
    _, again = counter.casework.counter.result(filed.reference, CANARY_NUMBER)
    assert again == answer["result"]
    with pytest.raises(NoSuchCase):
        counter.casework.counter.result(filed.reference, OTHER)


def test_no_table_holds_a_number_or_a_name(counter: Office) -> None:
    filed = permit(1)
    counter.hand_in(filed, rating(2, filed.reference, 1))
    wanting(counter, filed)
    for table in ("matter", "department_case", "case_step", "rating_ticket", "outbox", "audit"):
        rows = str(counter.rows(f"SELECT * FROM {table}"))  # noqa: S608 - names of this list
        assert CANARY_NUMBER not in rows
        assert CANARY not in rows


def test_a_supplement_that_the_centre_lost_reaches_its_case_when_it_comes_back(counter: Office) -> None:
    filed = permit(1)
    counter.hand_in(filed)
    wanting(counter, filed)
    backup = everything(counter.url)
    brought = supplement(1, filed.reference)
    (reply,) = counter.receive([brought], ELSEWHERE).replies
    go_back(counter.url, backup)
    assert queue(counter) == [(filed.reference, State.SUPPLEMENT_WANTED)]

    for _ in range(2):
        counter.recovery.restore(ELSEWHERE, [kept(brought, reply)])
    assert queue(counter) == [(filed.reference, State.IN_REVIEW)]
    assert counter.casework.bureau.open(LI, filed.reference)[1].payload["answers"] == {"lease": "here"}


def test_a_matter_that_the_centre_lost_opens_its_case_when_it_comes_back(counter: Office) -> None:
    one = permit(1)
    copies = filed_copies(counter, one)
    lose(counter)
    assert queue(counter) == []
    for _ in range(2):
        counter.recovery.restore(one.terminal, copies)
    assert queue(counter) == [(one.reference, State.RECEIVED)]
