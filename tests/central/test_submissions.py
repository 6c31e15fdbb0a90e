import re
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from central.numbers import is_acceptance_number
from offline_queue import envelope as wire
from tests.central.helpers import CANARY, CANARY_NUMBER, Running, make, post, proof, rating, running


def rows(centre: Running, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(centre.data / "central.db")) as connection:
        return connection.execute(statement).fetchall()


def test_a_proof_is_filed_with_number_and_certificate(client: httpx.Client) -> None:
    envelope = proof(1)
    (answer,) = post(client, [envelope])
    assert (answer["id"], answer["outcome"]) == (envelope.id, "filed")
    assert re.fullmatch(r"44-\d{8}-000001-\d", answer["number"])
    assert is_acceptance_number(answer["number"])
    certificate = answer["result"]["certificate"]
    assert re.fullmatch(r"[2-9A-Z]{4}(-[2-9A-Z]{4}){3}", certificate["verification_code"])
    assert set(certificate) == {"number", "verification_code", "issued_on", "periods", "issuer"}
    assert {line["insurance"]["en"] for line in certificate["periods"]} == {
        "Pension",
        "Medical",
        "Unemployment",
        "Work injury",
    }


def test_the_same_again_gets_the_same_answer_and_files_nothing(centre: Running, client: httpx.Client) -> None:
    batch = [proof(1), proof(2), make(3, item="no-such-item")]
    first = post(client, batch)
    assert post(client, batch) == first
    assert post(client, batch[::-1]) == first[::-1]
    assert rows(centre, "SELECT count(*) FROM matter") == [(3,)]
    assert len({answer.get("number") for answer in first}) == 3


def test_the_same_after_a_restart_gets_the_same_answer(tmp_path: Path) -> None:
    with running(tmp_path) as centre, centre.client() as client:
        first = post(client, [proof_one := proof(1)])
    with running(tmp_path) as centre, centre.client() as client:
        assert post(client, [proof_one]) == first


def test_every_answer_leaves_a_receipt(centre: Running, client: httpx.Client) -> None:
    envelope = proof(1)
    for _ in range(3):
        post(client, [envelope])
    post(client, [proof(2, id=envelope.id)])
    assert rows(centre, "SELECT id, outcome FROM receipt ORDER BY n") == [(envelope.id, "filed")] * 3 + [
        (envelope.id, "id_reused")
    ]


def test_an_id_with_other_content_is_refused_and_overwrites_nothing(client: httpx.Client) -> None:
    envelope = proof(1)
    first = post(client, [envelope])
    (other,) = post(client, [proof(1, id=envelope.id, period="this_year")])
    assert (other["outcome"], other["rule"]) == ("refused", "id_reused")
    assert other["remedy"]
    assert post(client, [envelope]) == first


def test_the_same_id_of_another_terminal_is_another_matter(client: httpx.Client) -> None:
    one = proof(1)
    other = proof(1, id=one.id, terminal="GD440200", reference=wire.reference("GD440200", 1))
    first, second = post(client, [one, other])
    assert (first["outcome"], second["outcome"]) == ("filed", "filed")
    assert first["number"] != second["number"]


def test_concurrent_posts_of_one_batch_have_one_effect(centre: Running) -> None:
    batch = [proof(seq) for seq in range(1, 21)]
    barrier = threading.Barrier(6, timeout=10)
    answers: list[object] = []

    def work() -> None:
        with centre.client() as client:
            barrier.wait()
            answers.append(post(client, batch))

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(answers) == 6
    assert all(answer == answers[0] for answer in answers)
    assert rows(centre, "SELECT count(*), count(DISTINCT number) FROM matter") == [(20, 20)]
    assert rows(centre, "SELECT count(*) FROM receipt") == [(120,)]


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda: proof(1, item="no-such-item"), "unknown_item"),
        (lambda: proof(1, period="next_century"), "unknown_period"),
        (lambda: proof(1, number=""), "incomplete"),
        (lambda: make(1, payload={"person": "x"}), "incomplete"),
        (lambda: rating(1, wire.reference("GD440100", 9), 6), "bad_rating"),
        (lambda: rating(1, wire.reference("GD440100", 9), stars=True), "bad_rating"),
        (lambda: rating(1, "GD440100-000009-?", 5), "unknown_reference"),
    ],
)
def test_what_no_rule_allows_is_refused_with_a_remedy(
    centre: Running, client: httpx.Client, change: Callable[[], wire.Envelope], rule: str
) -> None:
    (answer,) = post(client, [change()])
    assert (answer["outcome"], answer["rule"]) == ("refused", rule)
    assert answer["remedy"]
    assert rows(centre, "SELECT payload, result FROM matter") == [(None, None)]


def test_a_refused_one_does_not_hold_up_the_others(client: httpx.Client) -> None:
    answers = post(client, [proof(1), make(2, item="no-such-item"), proof(3)])
    assert [answer["outcome"] for answer in answers] == ["filed", "refused", "filed"]


def test_a_matter_is_rated_once(client: httpx.Client) -> None:
    matter = proof(1)
    post(client, [matter])
    first = rating(2, matter.reference, 4)
    answers = post(client, [first, rating(3, matter.reference, 1), first])
    assert [answer["outcome"] for answer in answers] == ["filed", "refused", "filed"]
    assert answers[1]["rule"] == "already_rated"
    assert client.get(f"/v1/matters/{matter.reference}").json()["rating"] == 4


def test_a_rating_that_comes_before_its_matter_waits(client: httpx.Client) -> None:
    matter = proof(1)
    early = rating(2, matter.reference, 5)
    (answer,) = post(client, [early])
    assert (answer["outcome"], answer["retry_after"] > 0) == ("later", True)
    assert [one["outcome"] for one in post(client, [matter, early])] == ["filed", "filed"]
    assert client.get(f"/v1/matters/{matter.reference}").json()["rating"] == 5


def test_nothing_personal_lies_open_on_the_disk_or_in_the_log(
    centre: Running, client: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    post(client, [proof(1), proof(2, item="no-such-item")])
    for file in centre.data.glob("central.db*"):
        content = file.read_bytes()
        for word in (CANARY, CANARY_NUMBER, "示例科技"):
            assert word.encode() not in content
            assert word.encode("utf-16-le") not in content
    assert CANARY not in caplog.text
    assert CANARY_NUMBER not in caplog.text
