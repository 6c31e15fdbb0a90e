"""Numbers, synthetic records, sealing: without a server."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from central import insurance, numbers, rules
from central.insurance import Month
from central.sealing import BadSeal, Sealer
from offline_queue import envelope as wire

TODAY = date(2026, 11, 22)
days = st.dates(date(2020, 1, 1), date(2090, 12, 31))
persons = st.text("0123456789X", min_size=1, max_size=18)


@given(days, st.integers(1, 999_999))
def test_acceptance_numbers_show_every_single_wrong_digit(day: date, sequence: int) -> None:
    good = numbers.acceptance_number(day, sequence)
    assert numbers.is_acceptance_number(good)
    for position, old in enumerate(good):
        if old != "-":
            wrong = f"{good[:position]}{(int(old) + 1) % 10}{good[position + 1 :]}"
            assert not numbers.is_acceptance_number(wrong)


@given(st.text(max_size=30))
def test_any_text_may_be_asked_about(text: str) -> None:
    assert numbers.is_acceptance_number(text) in (True, False)


@given(days, st.integers(1, 9_999_999))
def test_an_acceptance_number_says_its_day_and_sequence(day: date, sequence: int) -> None:
    assert numbers.day_and_sequence(numbers.acceptance_number(day, sequence)) == (day, sequence)


@given(st.text(max_size=40) | st.from_regex(r"44-[0-9]{8}-[0-9]{6}-[0-9]", fullmatch=True))
def test_no_other_text_says_a_day(text: str) -> None:
    meaning = numbers.day_and_sequence(text)
    assert meaning is None or numbers.acceptance_number(*meaning) == text


names = st.from_regex(r"[A-Z0-9]{2,8}(-[0-9]{1,3})?", fullmatch=True)


@given(names, st.integers(1, 2**40), st.integers(0, 2**40))
def test_a_reference_says_its_place(terminal: str, epoch: int, seq: int) -> None:
    reference = wire.reference(terminal, epoch, seq)
    places = list(numbers.places_of(reference))
    assert (terminal, (epoch, seq)) in places
    assert all(wire.reference(name, *place) == reference for name, place in places)


@given(st.text(max_size=40))
def test_any_text_may_be_looked_for_as_a_reference(text: str) -> None:
    assert all(wire.reference(name, *place) == text for name, place in numbers.places_of(text))


def test_every_remedy_is_said_in_three_languages() -> None:
    for texts in rules.REMEDIES.values():
        assert set(texts) == {"zh-Hans", "zh-Hant", "en"}
        assert len(set(texts.values())) == 3


def test_months_are_written_as_people_do() -> None:
    assert str(Month.of(date(2026, 1, 31))) == "2026-01"
    assert str(Month.of(date(2026, 1, 31)) - 1) == "2025-12"


@given(persons, days)
def test_jobs_follow_one_another_up_to_now(person: str, today: date) -> None:
    jobs = insurance.spells(person, today)
    assert jobs == insurance.spells(person, today)
    assert jobs[-1].last == Month.of(today)
    assert all(job.first <= job.last for job in jobs)
    assert all(before.last < after.first for before, after in pairwise(jobs))


@given(persons, st.sampled_from(insurance.PERIODS), days)
def test_a_certificate_covers_the_period_asked_for(person: str, period: str, today: date) -> None:
    lines = insurance.certificate(person, period, "n", "c", today)["periods"]
    start = str(insurance.start_of(period, today))
    assert lines
    for line in lines:
        assert start <= line["from"] <= line["to"] <= f"{today:%Y-%m}"
    per_insurance = sum(line["months"] for line in lines) / len(insurance.INSURANCES)
    longest = {"last_12_months": 12, "last_3_years": 36, "this_year": today.month, "all": 10_000}[period]
    assert 1 <= per_insurance <= longest


def test_persons_differ() -> None:
    proofs = {str(insurance.certificate(str(number), "all", "n", "c", TODAY)["periods"]) for number in range(50)}
    assert len(proofs) > 45


def test_sealed_content_opens_only_in_its_place() -> None:
    sealer, content = Sealer(bytes(32)), "证件样本".encode()
    sealed = sealer.seal(content, "row 1")
    assert sealer.open(sealed, "row 1") == content
    assert sealer.seal(content, "row 1") != sealed
    damaged = sealed[:-1] + bytes([sealed[-1] ^ 1])
    for content, row, key in ((sealed, "row 2", 0), (damaged, "row 1", 0), (sealed, "row 1", 1), (b"", "row 1", 0)):
        with pytest.raises(BadSeal):
            Sealer(bytes([key]) * 32).open(content, row)


def test_verification_codes_do_not_repeat() -> None:
    assert len({numbers.verification_code() for _ in range(1000)}) == 1000


def test_the_longest_period_asked_for_ends_today() -> None:
    assert insurance.start_of("last_12_months", TODAY) == Month.of(TODAY - timedelta(days=330))
