"""A centre that lost what it filed, and gets it back from the terminals: on both databases."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from central.recovery import Copy
from central.replies import Reply
from offline_queue import envelope as wire
from offline_queue.envelope import Envelope
from tests.central.helpers import TERMINAL, make, proof, rating
from tests.central.office import Office, chained, go_back

OTHER = "GD440200"


def kept(matter: Envelope, reply: Reply, position: int = 0, /, **changes: Any) -> Copy:
    """What a terminal keeps, opened."""
    content = {
        "envelope": wire.encode(matter).decode(),
        "state": reply.outcome,
        "number": reply.number,
        "result": reply.result,
        "rule": reply.rule,
        "remedy": reply.remedy,
    }
    return Copy(position, matter.id, wire.digest(matter), json.dumps(content | changes).encode())


def filed(counter: Office, *envelopes: Envelope) -> list[Copy]:
    replies = counter.receive(envelopes).replies
    return [kept(*pair, position) for position, pair in enumerate(zip(envelopes, replies, strict=True))]


def lose(counter: Office) -> None:
    """As a centre restored from a backup made before anything was filed."""
    go_back(counter.url, {})


def receipts(*copies: Copy) -> list[tuple[str, str]]:
    return [(copy.id, copy.digest) for copy in copies]


def test_what_was_lost_comes_back_as_it_was(counter: Office) -> None:
    matters = chained([proof(1), make(2, item="no-such-item"), proof(3)])
    before = counter.hand_in(*matters)
    copies = filed(counter, *matters)
    lose(counter)
    assert counter.recovery.unknown(TERMINAL, receipts(*copies)) == [one.id for one in matters]
    answers = counter.recovery.restore(TERMINAL, copies)
    assert [reply.as_json() for reply in answers.replies] == before
    assert (answers.epoch, answers.settled) == (1, 3)
    assert counter.recovery.unknown(TERMINAL, receipts(*copies)) == []
    assert counter.hand_in(*matters) == before
    assert counter.recovery.restore(TERMINAL, copies).settled == 3
    assert counter.notices() == []


def test_what_is_new_gets_no_number_that_came_back(counter: Office) -> None:
    copies = filed(counter, *(proof(seq) for seq in range(1, 6)))
    lose(counter)
    counter.recovery.restore(TERMINAL, copies[2:4])
    (answer,) = counter.hand_in(proof(6))
    assert answer["number"][:18] == "44-20260922-000005"
    assert [reply.number[12:18] for reply in counter.recovery.restore(TERMINAL, copies[:2]).replies] == [
        "000001",
        "000002",
    ]
    (last,) = counter.recovery.restore(TERMINAL, copies[4:]).replies
    assert last.number[12:18] == "000006"
    assert counter.rows("SELECT count(*), count(DISTINCT number) FROM matter") == [(6, 6)]


def test_a_number_that_was_given_away_meanwhile_is_replaced_and_noted(counter: Office) -> None:
    first, second = chained([proof(1), proof(2)])
    (copy,) = filed(counter, first)
    held = json.loads(copy.content)["number"]
    lose(counter)
    (other,) = counter.hand_in(second)
    assert other["number"] == held
    replies = [counter.recovery.restore(TERMINAL, [copy]).replies[0] for _ in range(2)]
    assert {reply.number[12:18] for reply in replies} == {"000002"}
    (notice,) = counter.notices()
    assert (notice.kind, notice.id, notice.detail) == ("renumbered", copy.id, f"{held} -> {replies[0].number}")


def test_a_number_comes_back_to_its_own_day(counter: Office) -> None:
    copies = filed(counter, proof(1), proof(2))
    lose(counter)
    counter.now += 86400
    numbers = [reply.number[:18] for reply in counter.recovery.restore(TERMINAL, copies).replies]
    (new,) = counter.hand_in(proof(3))
    assert [*numbers, new["number"][:18]] == ["44-20260922-000001", "44-20260922-000002", "44-20260923-000001"]


@pytest.mark.parametrize(
    "number", ["", "none", "44-20260923-000001-3", "44-20260922-000001-0", "44-20260922-99999999-9", "\x00", "9" * 999]
)
def test_a_number_the_centre_cannot_have_given_is_replaced(counter: Office, number: str) -> None:
    (reply,) = counter.recovery.restore(TERMINAL, [kept(proof(1), Reply("filed", number=number))]).replies
    assert (reply.outcome, reply.number[:18]) == ("filed", "44-20260922-000001")
    assert [notice.kind for notice in counter.notices()] == ["renumbered"]


def test_two_that_claim_one_number_do_not_both_get_it(counter: Office) -> None:
    one, other = proof(1), proof(2)
    number = json.loads(filed(counter, proof(9))[0].content)["number"]
    lose(counter)
    copies = [kept(envelope, Reply("filed", number=number)) for envelope in (one, other)]
    assert len({reply.number for reply in counter.recovery.restore(TERMINAL, copies).replies}) == 2


def test_a_rating_comes_back_with_its_stars(counter: Office) -> None:
    matter = proof(1)
    copies = filed(counter, matter, rating(2, matter.reference, 4))
    lose(counter)
    assert [one.outcome for one in counter.recovery.restore(TERMINAL, copies).replies] == ["filed", "filed"]
    assert counter.rows("SELECT stars FROM matter WHERE seq = 1") == [(4,)]


def test_a_reused_id_comes_back_beside_its_owner(counter: Office) -> None:
    owner = proof(1)
    twin = replace(proof(2), id=owner.id)
    copies = [*filed(counter, owner), *filed(counter, twin)]
    assert counter.recovery.unknown(TERMINAL, receipts(*copies)) == []
    lose(counter)
    settled = [counter.recovery.restore(TERMINAL, [copy]).settled for copy in reversed(copies)]
    assert settled == [1, 2]
    assert counter.recovery.unknown(TERMINAL, receipts(*copies)) == []
    assert counter.rows("SELECT seq, state FROM matter") == [(1, "filed")]


def test_receipts_of_another_terminal_are_unknown(counter: Office) -> None:
    (copy,) = filed(counter, proof(1))
    assert counter.recovery.unknown(OTHER, receipts(copy)) == [copy.id]
    assert counter.recovery.unknown(TERMINAL, [(copy.id, "ab" * 32)]) == [copy.id]
    assert counter.recovery.unknown(TERMINAL, []) == []


def bad_copies() -> list[Copy]:
    envelope, reply = proof(1), Reply("filed")
    good = kept(envelope, reply)
    foreign = make(1, terminal=OTHER)
    return [
        Copy(0, envelope.id, good.digest, reason="does not open"),
        replace(good, content=b""),
        replace(good, content=b"{}"),
        replace(good, id="other"),
        replace(good, digest="ab" * 32),
        kept(envelope, reply, envelope="{}"),
        kept(envelope, reply, state="queued"),
        kept(envelope, reply, rule="Not A Rule"),
        kept(envelope, reply, remedy={"en": 1}),
        kept(foreign, reply),
    ]


@pytest.mark.parametrize("at", range(len(bad_copies())))
def test_a_copy_that_is_none_is_answered_alone(counter: Office, at: int) -> None:
    good = kept(proof(2), Reply("filed"), 1)
    bad, other = counter.recovery.restore(TERMINAL, [bad_copies()[at], good]).replies
    assert (bad.outcome, bad.id, bad.position, bool(bad.detail)) == ("rejected", "", 0, True)
    assert other.outcome == "filed"


texts = st.text(max_size=8) | st.sampled_from(["\x00", "\ud800", "id_reused", "44-20260922-000001-3"])
anything: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
fields = st.sampled_from(["envelope", "state", "number", "result", "rule", "remedy", "extra"])
usual = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@usual
@given(st.binary(max_size=50) | anything.map(lambda value: json.dumps(value).encode()))
def test_whatever_is_sealed_is_answered(counter: Office, content: bytes) -> None:
    (reply,) = counter.recovery.restore(TERMINAL, [Copy(0, "id", "ab" * 32, content)]).replies
    assert reply.outcome == "rejected"


@usual
@given(st.dictionaries(fields, anything, max_size=3))
def test_whatever_is_in_a_copy_is_answered_and_then_answered_the_same(counter: Office, changes: Any) -> None:
    copy = kept(proof(1), Reply("filed"), **changes)
    first, again = (counter.recovery.restore(TERMINAL, [copy]).replies[0].as_json() for _ in range(2))
    assert first == again
