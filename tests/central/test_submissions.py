"""What the centre makes of a batch, on both databases."""

import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from central.numbers import is_acceptance_number
from offline_queue import batch, suites
from offline_queue import envelope as wire
from offline_queue.envelope import Attachment, Envelope
from tests.central.helpers import CANARY, CANARY_NUMBER, TERMINAL, Running, make, own_key, post, proof, rating
from tests.central.office import NOON, Office, chained, office

OTHER = "GD440200"
LANGUAGES = {"zh-Hans", "zh-Hant", "en"}
DIGEST = "ab" * 32


def outcomes(answers: list[dict[str, Any]]) -> list[str]:
    return [answer["outcome"] for answer in answers]


def test_a_proof_is_filed_with_number_and_certificate(counter: Office) -> None:
    envelope = proof(1)
    (answer,) = counter.hand_in(envelope)
    assert (answer["id"], answer["outcome"]) == (envelope.id, "filed")
    assert re.fullmatch(r"44-20260922-000001-\d", answer["number"])
    assert is_acceptance_number(answer["number"])
    certificate = answer["result"]["certificate"]
    assert re.fullmatch(r"[2-9A-Z]{4}(-[2-9A-Z]{4}){3}", certificate["verification_code"])
    assert set(certificate) == {"number", "verification_code", "issued_on", "periods", "issuer"}
    insured = {line["insurance"]["en"] for line in certificate["periods"]}
    assert insured == {"Pension", "Medical", "Unemployment", "Work injury"}


def test_numbers_of_a_day_have_no_gaps_and_a_day_ends_at_midnight_in_china(counter: Office) -> None:
    first = counter.hand_in(proof(1), make(2, item="no-such-item"), proof(3))
    again = counter.hand_in(proof(4))
    counter.now += 12 * 3600
    later = counter.hand_in(proof(5))
    numbers = [answer["number"][:18] for answer in (*first, *again, *later) if answer["outcome"] == "filed"]
    assert numbers == ["44-20260922-000001", "44-20260922-000002", "44-20260922-000003", "44-20260923-000001"]


def test_the_same_again_gets_the_same_answer_and_files_nothing(counter: Office) -> None:
    matters = [proof(1), proof(2), make(3, item="no-such-item")]
    first = counter.hand_in(*matters)
    counter.now += 86400
    assert counter.hand_in(*matters) == first
    assert counter.hand_in(*matters[::-1]) == first[::-1]
    assert counter.rows("SELECT count(*) FROM matter") == [(3,)]
    assert len({answer.get("number") for answer in first}) == 3


def test_the_same_twice_in_one_batch_is_one_matter(counter: Office) -> None:
    envelope, bad = proof(1), make(2, item="no-such-item")
    answers = counter.hand_in(envelope, bad, envelope, bad)
    assert answers[:2] == answers[2:]
    assert counter.rows("SELECT count(*) FROM matter") == [(2,)]


def test_the_same_after_a_restart_gets_the_same_answer(database_url: str) -> None:
    envelope = proof(1)
    with office(database_url) as first:
        answer = first.hand_in(envelope)
    with office(database_url) as second:
        assert second.hand_in(envelope) == answer


def test_every_answer_leaves_a_receipt_and_the_signature_proves_what_was_handed_in(counter: Office) -> None:
    key, envelope = own_key(), proof(1)
    for _ in range(2):
        counter.hand_in(envelope)
    counter.hand_in(proof(2, id=envelope.id), make(3, item="no-such-item"))
    with counter.storage.reading() as transaction:
        batches = transaction.receipts.batches(TERMINAL)
    told = [[receipt.outcome for receipt in one.receipts] for one in batches]
    assert told == [["filed"], ["filed"], ["id_reused", "unknown_item"]]
    assert {(one.key_id, one.clock_offset, one.received_at) for one in batches} == {("key", 2.5, NOON)}
    for one in batches:
        digests = tuple(receipt.digest for receipt in one.receipts)
        batch.check_signature(batch.Batch(one.suite, one.signature, digests, ()), key.public())


def test_a_batch_of_nothing_is_answered_and_noted(counter: Office) -> None:
    answers = counter.receive([])
    assert (answers.replies, answers.settled) == ((), 0)
    assert counter.rows("SELECT batches FROM terminal") == [(1,)]


def test_an_id_with_other_content_is_refused_and_overwrites_nothing(counter: Office) -> None:
    envelope, other = proof(1), proof(1, period="this_year")
    other = replace(other, id=envelope.id)
    first = counter.hand_in(envelope)
    for _ in range(2):
        (answer,) = counter.hand_in(other)
        assert (answer["outcome"], answer["rule"]) == ("refused", "id_reused")
        assert set(answer["remedy"]) == LANGUAGES
    assert counter.hand_in(envelope) == first
    (notice,) = counter.notices()
    assert (notice.kind, notice.terminal, notice.id, notice.digest) == (
        "id_reused",
        TERMINAL,
        envelope.id,
        wire.digest(other),
    )


def test_a_place_that_is_taken_is_noted_and_the_matter_filed_all_the_same(counter: Office) -> None:
    one, clone = proof(1), proof(1)
    answers = counter.hand_in(one) + counter.hand_in(clone)
    assert outcomes(answers) == ["filed", "filed"]
    assert [(one.kind, one.id) for one in counter.notices()] == [("sequence_reused", clone.id)]


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (1, 3, 0, 2)])
def test_an_unbroken_chain_is_nothing_to_note_in_whatever_order_it_comes(
    counter: Office, order: tuple[int, ...]
) -> None:
    chain = chained(proof(seq) for seq in range(1, 5))
    for at in order:
        counter.hand_in(chain[at])
    assert counter.notices() == []


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize("turned", [True, False])
def test_a_matter_that_was_put_in_later_is_noted(counter: Office, at_once: bool, turned: bool) -> None:
    first, second = chained([proof(1), proof(2)])
    forged = replace(first, payload={**first.payload, "verified_by": "nobody"})
    matters = [second, forged] if turned else [forged, second]
    for part in [matters] if at_once else [[one] for one in matters]:
        assert set(outcomes(counter.hand_in(*part))) == {"filed"}
    assert {notice.kind for notice in counter.notices()} == {"chain_broken"}


def test_the_same_id_of_another_terminal_is_another_matter(counter: Office) -> None:
    one = proof(1)
    other = replace(one, terminal=OTHER, reference=wire.reference(OTHER, 1, 1))
    (first,), (second,) = counter.hand_in(one), counter.hand_in(other, terminal=OTHER)
    assert (first["outcome"], second["outcome"]) == ("filed", "filed")
    assert first["number"] != second["number"]


def test_what_cannot_be_read_or_is_not_this_terminals_is_answered_alone(counter: Office) -> None:
    good, foreign = proof(1), make(1, terminal=OTHER)
    misnamed = replace(proof(2), reference=wire.reference(TERMINAL, 1, 3))
    lines = batch.encode([good, foreign, misnamed], own_key()) + b"{}\n"
    answers = counter.intake.receive(TERMINAL, batch.decode(lines))
    told = [reply.as_json() for reply in answers.replies]
    assert outcomes(told) == ["filed", "rejected", "rejected", "rejected"]
    assert [(one["id"], one["position"], bool(one["detail"])) for one in told[1:]] == [
        ("", 1, True),
        ("", 2, True),
        ("", 3, True),
    ]
    assert (answers.epoch, answers.settled) == (1, 1)


def test_settled_counts_are_by_epoch_and_of_everything_final(counter: Office) -> None:
    reused = proof(3)
    first = counter.receive([reused, make(2, item="no-such-item"), rating(4, wire.reference(TERMINAL, 1, 9), 5)])
    assert (first.epoch, first.settled) == (1, 2)
    second = counter.receive([proof(1, epoch=2), replace(proof(2, epoch=2), id=reused.id)])
    assert (second.epoch, second.settled) == (2, 2)
    again = counter.receive([reused])
    assert (again.epoch, again.settled) == (1, 2)


def test_what_waits_for_its_attachments_says_which_and_holds_up_its_case_alone(counter: Office) -> None:
    page = Attachment("page", DIGEST, 10, "image/png")
    matters = [proof(1, attachments=(page,), case="a"), proof(2, case="a"), proof(3, case="b")]
    counter.missing = {DIGEST}
    waiting, behind, other = counter.hand_in(*matters)
    assert (waiting["outcome"], waiting["missing"], behind["outcome"]) == ("later", (DIGEST,), "later")
    assert other["outcome"] == "filed"
    counter.missing = set()
    assert outcomes(counter.hand_in(*matters)) == ["filed"] * 3


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda: proof(1, item="no-such-item"), "unknown_item"),
        (lambda: proof(1, period="next_century"), "unknown_period"),
        (lambda: proof(1, number=""), "incomplete"),
        (lambda: make(1, payload={"person": "x"}), "incomplete"),
        (lambda: rating(1, wire.reference(TERMINAL, 1, 9), 6), "bad_rating"),
        (lambda: rating(1, wire.reference(TERMINAL, 1, 9), stars=True), "bad_rating"),
        (lambda: make(1, item="rating", payload={"stars": 5}), "bad_rating"),
        (lambda: rating(1, "GD440100-000009-?", 5), "unknown_reference"),
        (lambda: rating(1, wire.reference(OTHER, 1, 9), 5), "unknown_reference"),
        (lambda: rating(1, f"{TERMINAL}-{'9' * 5000}-A", 5), "unknown_reference"),
    ],
)
def test_what_no_rule_allows_is_refused_with_a_remedy(
    counter: Office, change: Callable[[], Envelope], rule: str
) -> None:
    (answer,) = counter.hand_in(change())
    assert (answer["outcome"], answer["rule"]) == ("refused", rule)
    assert set(answer["remedy"]) == LANGUAGES
    assert all(answer["remedy"].values())
    assert counter.rows("SELECT payload, result FROM matter") == [(None, None)]


def test_a_matter_is_rated_once(counter: Office) -> None:
    matter = proof(1)
    counter.hand_in(matter)
    first = rating(2, matter.reference, 4)
    answers = counter.hand_in(first, rating(3, matter.reference, 1), first)
    assert outcomes(answers) == ["filed", "refused", "filed"]
    assert answers[1]["rule"] == "already_rated"
    (late,) = counter.hand_in(rating(4, matter.reference, 1))
    assert late["rule"] == "already_rated"
    assert counter.rows("SELECT stars FROM matter ORDER BY seq") == [(4,), (None,), (None,), (None,)]


def test_a_rating_that_comes_before_its_matter_waits(counter: Office) -> None:
    matter = proof(1)
    early = rating(2, matter.reference, 5)
    (answer,) = counter.hand_in(early)
    assert (answer["outcome"], answer["retry_after"] > 0) == ("later", True)
    assert outcomes(counter.hand_in(matter, early)) == ["filed", "filed"]
    assert counter.rows("SELECT stars FROM matter WHERE seq = 1") == [(5,)]


def test_concurrent_batches_of_one_terminal_have_one_effect(database_url: str) -> None:
    """Each from a centre's process of its own, as it were: they share nothing but the database."""
    matters = [proof(seq) for seq in range(1, 21)]
    barrier = threading.Barrier(4, timeout=20)

    def work(_number: int) -> list[dict[str, Any]]:
        with office(database_url) as mine:
            barrier.wait()
            return mine.hand_in(*matters)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(work, range(4)))
    assert all(answer == answers[0] for answer in answers)
    with office(database_url) as counter:
        assert counter.rows("SELECT count(*), count(DISTINCT number) FROM matter") == [(20, 20)]
        with counter.storage.reading() as transaction:
            assert [len(one.receipts) for one in transaction.receipts.batches(TERMINAL)] == [20] * 4
        assert counter.rows("SELECT settled, last_seq FROM terminal_epoch") == [(20, 20)]


def test_concurrent_batches_of_many_terminals_share_the_numbers_of_the_day(counter: Office) -> None:
    names = [f"GD4401{number:02d}" for number in range(8)]

    def work(name: str) -> list[str]:
        answers = [counter.hand_in(*(proof(seq, terminal=name) for seq in part), terminal=name) for part in PARTS]
        return [one["number"] for answer in answers for one in answer]

    with ThreadPoolExecutor(8) as pool:
        numbers = [number for given in pool.map(work, names) for number in given]
    assert sorted(number[12:18] for number in numbers) == [f"{number:06d}" for number in range(1, 81)]


PARTS = ((1, 2, 3), (4,), (5, 6, 7, 8, 9, 10))


def test_what_fails_in_the_middle_leaves_nothing_behind(counter: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr("central.storage.matters.Matters.add", fail)
        with pytest.raises(RuntimeError):
            counter.hand_in(proof(1))
    (answer,) = counter.hand_in(proof(1))
    assert answer["number"][:18] == "44-20260922-000001"
    assert counter.rows("SELECT count(*) FROM batch") == [(1,)]


@pytest.mark.parametrize("suite", ["standard", "gm"])
def test_both_suites_are_filed(counter: Office, suite: Any) -> None:
    envelope = proof(1, suite=suite)
    handed_in = batch.decode(batch.encode([envelope], suites.generate(suite)))
    for _ in range(2):
        (reply,) = counter.intake.receive(TERMINAL, handed_in).replies
        assert reply.outcome == "filed"
    assert counter.rows("SELECT digest, suite FROM matter") == [(wire.digest(envelope), suite)]


def test_nothing_personal_lies_open_on_the_disk_or_in_the_log(
    centre: Running, client: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    post(client, [proof(1), proof(2, item="no-such-item")])
    _assert_absent(centre.data)
    assert CANARY not in caplog.text
    assert CANARY_NUMBER not in caplog.text


def _assert_absent(folder: Path) -> None:
    files = list(folder.glob("central.db*"))
    assert files
    for file in files:
        content = file.read_bytes()
        for word in (CANARY, CANARY_NUMBER, "示例科技"):
            assert word.encode() not in content
            assert word.encode("utf-16-le") not in content
