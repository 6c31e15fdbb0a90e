from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.id_card.specimens import SPECIMENS
from kiosk.identity.numbers import (
    birth_in,
    is_citizen_number,
    is_credit_code,
    is_foreigner_2017_number,
    is_foreigner_2023_number,
    is_permit_number,
)

CITIZEN = "11010519491231002X"
PERMIT = "810000199408230021"
FOREIGNER_2017 = "PAK310080010103"
FOREIGNER_2023 = "931586198001010028"
CREDIT = "91350100M000100Y43"
RULES: dict[str, Callable[[str], bool]] = {
    CITIZEN: is_citizen_number,
    PERMIT: is_permit_number,
    FOREIGNER_2017: is_foreigner_2017_number,
    FOREIGNER_2023: is_foreigner_2023_number,
    CREDIT: is_credit_code,
}


@pytest.mark.parametrize("number", RULES)
def test_published_specimens(number: str) -> None:
    assert RULES[number](number)


@pytest.mark.parametrize("number", ["932682198501010017", "911124198108030024"])
def test_published_numbers_of_foreigners(number: str) -> None:
    assert is_foreigner_2023_number(number)


@pytest.mark.parametrize("number", RULES)
def test_a_number_of_one_kind_is_not_of_another(number: str) -> None:
    expected = [CITIZEN, PERMIT] if number == PERMIT else [number]
    assert [name for name, rule in RULES.items() if rule(number)] == expected


@given(st.sampled_from(sorted(RULES)), st.data())
def test_every_single_wrong_digit_is_found(number: str, data: st.DataObject) -> None:
    at = data.draw(st.sampled_from([at for at, character in enumerate(number) if character.isdigit()]))
    digit = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != number[at]]))
    assert not RULES[number](number[:at] + digit + number[at + 1 :])


@given(st.integers(0, 17), st.sampled_from("0123456789ABCDEFGHJKLMNPQRTUWXY"))
def test_every_single_wrong_character_of_a_credit_code_is_found(at: int, character: str) -> None:
    assert is_credit_code(CREDIT[:at] + character + CREDIT[at + 1 :]) is (character == CREDIT[at])


@given(st.integers(0, 16))
def test_swapped_neighbours_are_found(at: int) -> None:
    swapped = CITIZEN[:at] + CITIZEN[at + 1] + CITIZEN[at] + CITIZEN[at + 2 :]
    assert is_citizen_number(swapped) is (swapped == CITIZEN)


@given(st.one_of(st.text(max_size=20), st.from_regex(r"[0-9A-ZX]{15,18}", fullmatch=True)))
def test_any_text_is_judged(text: str) -> None:
    for rule in RULES.values():
        assert rule(text) in (True, False)


@pytest.mark.parametrize(
    "number",
    ["", CITIZEN[:-1], CITIZEN + "0", CITIZEN.lower(), CITIZEN + "\n", "１" + CITIZEN[1:], "11010519490229002X"],
)
def test_no_citizen_numbers(number: str) -> None:
    assert not is_citizen_number(number)


@pytest.mark.parametrize("division", ["810000", "820000", "830000"])
def test_divisions_of_permits(division: str) -> None:
    checks = [check for check in "0123456789X" if is_permit_number(f"{division}19940823002{check}")]
    assert len(checks) == 1


def test_a_29th_of_february_needs_a_leap_year() -> None:
    for year, exists in ((2000, True), (1900, False), (2023, False), (2024, True)):
        valid = [check for check in "0123456789X" if is_citizen_number(f"110105{year}0229002{check}")]
        assert bool(valid) is exists


def test_birth_in() -> None:
    assert birth_in(CITIZEN) == date(1949, 12, 31)
    assert birth_in("110105199999990021") is None
    assert birth_in("") is None


@pytest.mark.parametrize("name", sorted(set(SPECIMENS) - {"bad_check_digit"}))
def test_the_simulated_cards_have_good_numbers(name: str) -> None:
    assert any(rule(SPECIMENS[name].fields["number"]) for rule in RULES.values())
