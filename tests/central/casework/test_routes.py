"""What a terminal asks about matters, over HTTP: mine, collection, withdrawal, reprint, by reference."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from central.casework.case import Move
from central.casework.service import Casework
from central.centre import Centre
from central.intake import Intake
from central.sealing import Sealer
from offline_queue.envelope import Envelope
from tests.central.casework.test_filing import LI, permit
from tests.central.helpers import CANARY, Running, is_problem, post, proof, rating, running
from tests.central.office import ITEMS

_seq = iter(range(1, 1000))


def with_permits(centre: Centre) -> Centre:
    """A centre whose catalogue has something that a department decides."""
    casework = Casework.build(
        centre.storage, centre.secrets.storage_key, lambda: ITEMS, centre.casework.opening.outgoing, centre.now
    )
    sealer = Sealer(centre.secrets.storage_key)
    intake = Intake(centre.storage, sealer, ITEMS, centre.attachments.missing, casework.opening, centre.now)
    return replace(centre, casework=casework, intake=intake)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("central"), adapt=with_permits) as made:
        yield made


@pytest.fixture
def here(office: Running) -> Iterator[httpx.Client]:
    with office.client() as client:
        yield client


@pytest.fixture
def elsewhere(office: Running) -> Iterator[httpx.Client]:
    """Another terminal."""
    with office.client(office.enrolled("GD440200")) as client:
        yield client


@pytest.fixture
def filed(here: httpx.Client) -> Envelope:
    """By somebody who has filed nothing else."""
    seq = next(_seq)
    one = permit(seq, f"110105194912{seq:05d}X")
    post(here, [one])
    return one


def card(filed: Envelope) -> dict[str, str]:
    return {"number": filed.payload["person"]["number"]}


def mine(client: httpx.Client, filed: Envelope) -> dict[str, Any]:
    answer = client.post("/v1/matters/mine", json=card(filed))
    assert answer.status_code == 200, answer.text
    (one,) = answer.json()["matters"]
    return one


def decide(office: Running, filed: Envelope, *moves: Move) -> None:
    for version, move in enumerate(moves, 1):
        office.centre.casework.bureau.move(LI, filed.reference, move, version=version)


def test_a_person_follows_a_matter_from_another_terminal_to_its_collection(
    office: Running, elsewhere: httpx.Client, filed: Envelope
) -> None:
    received = mine(elsewhere, filed)
    assert received["case"]["state"] == "received"
    assert received["case"]["promised_at"] < received["case"]["legal_at"]
    assert (received["can_withdraw"], received["can_collect"]) == (True, False)
    decide(office, filed, Move.CLAIM, Move.APPROVE, Move.MAKE_READY)
    ready = mine(elsewhere, filed)
    assert (ready["verdict"], ready["can_collect"]) == ("approved", True)
    assert ready["collection"]["hall"] == "GD440100"
    answer = elsewhere.post(f"/v1/matters/{filed.reference}/collection", json=card(filed))
    assert answer.json()["case"]["state"] == "collected"
    assert elsewhere.post(f"/v1/matters/{filed.reference}/collection", json=card(filed)).json() == answer.json()


def test_what_is_wanted_besides_is_told_with_what_to_do_in_every_language(
    office: Running, here: httpx.Client, filed: Envelope
) -> None:
    bureau = office.centre.casework.bureau
    bureau.move(LI, filed.reference, Move.CLAIM, version=1)
    bureau.move(LI, filed.reference, Move.ASK, version=2, reason="material_missing", missing=("photo",))
    told = mine(here, filed)
    assert told["case"]["promised_at"] is None
    assert told["case"]["until_at"]
    for part in (told["reason"]["rule"], told["reason"]["remedy"], *told["reason"]["missing"]):
        assert set(part) == {"zh-Hans", "zh-Hant", "en"}


def test_a_withdrawal_is_answered_alike_however_often_it_is_asked(here: httpx.Client, filed: Envelope) -> None:
    first, second = (here.post(f"/v1/matters/{filed.reference}/withdrawal", json=card(filed)) for _ in range(2))
    assert first.json()["case"]["state"] == "withdrawn"
    assert second.json() == first.json()


def test_what_cannot_be_done_now_is_a_conflict(here: httpx.Client, filed: Envelope) -> None:
    assert is_problem(here.post(f"/v1/matters/{filed.reference}/collection", json=card(filed)), 409, "not-possible")


def test_nothing_of_anybody_else_is_told(here: httpx.Client, filed: Envelope) -> None:
    other = {"number": "110105194912999999"}
    assert here.post("/v1/matters/mine", json=other).json()["matters"] == []
    for act in ("result", "collection", "withdrawal"):
        assert is_problem(here.post(f"/v1/matters/{filed.reference}/{act}", json=other), 404)
        assert is_problem(here.post("/v1/matters/GD440100-000009-X/" + act, json=card(filed)), 404)


@pytest.mark.parametrize("body", [{}, {"number": ""}, {"number": 1}, {"number": "x" * 65}, {"number": "\x00"}, []])
def test_whose_card_it_is_has_to_be_said(here: httpx.Client, body: object) -> None:
    assert is_problem(here.post("/v1/matters/mine", json=body), 422)


def test_a_certificate_is_printed_again_elsewhere(here: httpx.Client, elsewhere: httpx.Client) -> None:
    filed = proof(next(_seq))
    (answer,) = post(here, [filed])
    again = elsewhere.post(f"/v1/matters/{filed.reference}/result", json=card(filed)).json()
    assert again["result"] == answer["result"]
    assert again["matter"]["case"] is None


def test_whoever_holds_the_number_sees_the_state_and_nothing_personal(
    office: Running, here: httpx.Client, filed: Envelope
) -> None:
    decide(office, filed, Move.CLAIM)
    answer = here.get(f"/v1/matters/{filed.reference}")
    assert answer.json()["case"]["state"] == "in_review"
    assert CANARY not in answer.text
    assert "reason" not in answer.json()


def test_the_reply_to_a_poor_rating_is_read_at_the_next_visit(
    office: Running, here: httpx.Client, filed: Envelope
) -> None:
    post(here, [rating(next(_seq), filed.reference, 1)])
    assert mine(here, filed)["ticket"]["state"] == "open"
    complaints, place = office.centre.casework.complaints, (filed.terminal, filed.id)
    complaints.take(LI, place, version=1)
    complaints.answer(LI, place, version=2, done="done", reply="sorry")
    assert (mine(here, filed)["ticket"]["reply"], mine(here, filed)["rating"]) == ("sorry", 1)
