"""Numbers of the synthetic province are well formed, impossible for anybody real, and each given out once."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from central.province import numbers
from kiosk.identity import numbers as terminals

INDICES = st.integers(0, numbers.NUMBERS - 1)
DAYS = st.dates(date(1925, 1, 1), date(2025, 12, 31))


@given(INDICES, DAYS, st.sampled_from((1, 2)))
def test_an_identity_number_holds_what_terminals_check(index: int, about: date, sex: int) -> None:
    birth = numbers.birthday(index, about)
    number = numbers.citizen_number(index, birth, sex)
    assert terminals.is_citizen_number(number)
    assert terminals.birth_in(number) == birth
    assert int(number[16]) % 2 == sex % 2
    assert 0 <= (birth - about).days < numbers.STEP


@given(INDICES, DAYS, st.sampled_from((1, 2)))
def test_no_division_has_the_code_of_an_identity_number(index: int, about: date, sex: int) -> None:
    number = numbers.citizen_number(index, numbers.birthday(index, about), sex)
    third_and_fourth = int(number[2:4])
    assert not 1 <= third_and_fourth <= 70
    assert third_and_fourth != 90
    assert numbers.is_synthetic(number)


@given(st.sets(INDICES, min_size=2, max_size=50), DAYS)
def test_no_two_persons_share_a_number(indices: set[int], about: date) -> None:
    given_out = {numbers.citizen_number(one, numbers.birthday(one, about), one % 2 + 1) for one in indices}
    assert len(given_out) == len(indices)


@pytest.mark.parametrize("gap", [50_000, 100_000, 9_950_000])
def test_those_who_share_digits_have_other_birthdays(gap: int) -> None:
    """The narrowest case: the same place in another block."""
    for about in (date(1949, 10, 1), date(2000, 2, 29)):
        assert numbers.birthday(7, about) != numbers.birthday(7 + gap, about)


@given(st.integers(0, 99_999_999))
def test_a_credit_code_holds_what_terminals_check(index: int) -> None:
    code = numbers.credit_code(index)
    assert terminals.is_credit_code(code)
    assert numbers.is_synthetic(code)


def test_the_organisation_part_of_a_credit_code_checks_itself() -> None:
    """GB 11714, by the weights of the standard."""
    for index in range(0, 1_000_000, 37_037):
        part = numbers.credit_code(index)[8:17]
        total = sum(int(digit) * weight for digit, weight in zip(part, (3, 7, 9, 10, 5, 8, 4, 2), strict=False))
        check = 10 if part[-1] == "X" else int(part[-1])
        assert (total + check) % 11 == 0


@given(st.integers(0, 99_999_999_999), st.integers(0, 99), st.integers(0, 19), st.integers(1, 9))
def test_a_payment_number_shows_every_wrong_digit(index: int, which: int, place: int, by: int) -> None:
    number = numbers.payment_number(index, which)
    assert numbers.is_payment_number(number)
    wrong = number[:place] + str((int(number[place]) + by) % 10) + number[place + 1 :]
    assert not numbers.is_payment_number(wrong)


@given(st.text(max_size=30))
def test_what_is_no_payment_number_is_none(text: str) -> None:
    assert numbers.is_payment_number(text) in (False, True)
    if len(text) != 20:
        assert not numbers.is_payment_number(text)


def test_plates_cards_and_telephones_are_nobodys() -> None:
    plates = {numbers.plate(index, which) for index in range(0, 40_000, 7) for which in (0, 1)}
    assert len(plates) == 2 * len(range(0, 40_000, 7))
    assert all(one[:2] == "粤I" and not set(one[2:]) & set("IO") for one in plates)
    assert all(numbers.phone(index).startswith("12") and len(numbers.phone(index)) == 11 for index in (0, 9_999_999))


def test_a_bank_card_has_the_check_digit_of_luhn() -> None:
    for index in range(0, 100_000, 9_973):
        digits = [int(one) for one in reversed(numbers.bank_card(index))]
        total = sum(one if at % 2 == 0 else sum(divmod(one * 2, 10)) for at, one in enumerate(digits))
        assert total % 10 == 0
