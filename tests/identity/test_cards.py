from dataclasses import replace
from datetime import date
from typing import Any, get_args

import pytest

from drivers import errors
from drivers.errors import DriverError
from drivers.id_card import contract
from drivers.id_card.contract import CardType, IdCard
from drivers.id_card.specimens import SPECIMENS
from drivers.id_card.text_block import decode
from kiosk.catalogue.items import Language
from kiosk.identity.cards import CardProblem, check, under_age
from kiosk.text.catalogue import texts

TODAY = date(2026, 11, 22)
USABLE = ["resident", "resident2", "child", "hmt", "foreigner_2017", "foreigner_2023"]


def card(specimen: str = "resident", /, **changes: Any) -> IdCard:
    data = SPECIMENS[specimen].data()
    return replace(decode(data.text, data.photo), **changes)


@pytest.mark.parametrize("name", USABLE)
def test_usable_cards(name: str) -> None:
    assert check(card(name), TODAY) == ""


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"type": "K"}, CardProblem.UNKNOWN_TYPE),
        ({"name": ""}, CardProblem.NAME_MISSING),
        ({"name": " "}, CardProblem.NAME_MISSING),
        ({"name": "样\N{REPLACEMENT CHARACTER}"}, CardProblem.NAME_MISSING),
        ({"birth": None}, CardProblem.DATES_MISSING),
        ({"valid_from": None}, CardProblem.DATES_MISSING),
        ({"valid_until": None}, CardProblem.DATES_MISSING),
        ({"number": "110105194912310021"}, CardProblem.NUMBER_WRONG),
        ({"number": ""}, CardProblem.NUMBER_WRONG),
        ({"birth": date(1949, 12, 30)}, CardProblem.NUMBER_WRONG),
        ({"valid_from": date(2026, 11, 23)}, CardProblem.NOT_YET_VALID),
        ({"valid_until": date(2026, 11, 21)}, CardProblem.EXPIRED),
    ],
)
def test_problems(changes: dict[str, Any], problem: CardProblem) -> None:
    assert check(card(**changes), TODAY) is problem


@pytest.mark.parametrize(("name", "problem"), [("expired", "expired"), ("bad_check_digit", "number_wrong")])
def test_simulated_cards_with_a_problem(name: str, problem: str) -> None:
    assert check(card(name), TODAY) == problem


def test_first_and_last_day_count() -> None:
    assert check(card(valid_from=TODAY, valid_until=TODAY), TODAY) == ""


def test_a_card_that_never_expires() -> None:
    assert check(card(valid_until=None, long_term=True), TODAY) == ""


def test_one_of_two_names_is_enough() -> None:
    assert check(card("foreigner_2023", name=""), TODAY) == ""
    assert check(card("foreigner_2023", name="", latin_name=""), TODAY) is CardProblem.NAME_MISSING


def test_a_birth_in_the_future() -> None:
    assert check(card(), date(1949, 12, 30)) is CardProblem.NUMBER_WRONG


@pytest.mark.parametrize("name", ["hmt", "foreigner_2023"])
def test_birth_and_number_must_agree(name: str) -> None:
    assert check(card(name, birth=date(1980, 1, 2)), TODAY) is CardProblem.NUMBER_WRONG


def test_the_2017_number_is_not_compared_with_the_birth_date() -> None:
    assert check(card("foreigner_2017", birth=date(1980, 1, 2)), TODAY) == ""


@pytest.mark.parametrize("other", [kind for kind in CardType if kind is not CardType.HMT_PERMIT])
def test_the_number_must_fit_the_type(other: CardType) -> None:
    expected = "" if other is CardType.RESIDENT else CardProblem.NUMBER_WRONG
    assert check(card("hmt", type=other), TODAY) == expected


def test_under_age() -> None:
    child = card("child")
    assert under_age(child, TODAY, 16)
    assert under_age(child, date(2034, 8, 14), 16)
    assert not under_age(child, date(2034, 8, 15), 16)
    assert under_age(card(birth=None), TODAY, 16)


# --- the sentences ---------------------------------------------------------------------------------------------------

READER_ERRORS = {
    kind.code
    for module in (errors, contract)
    for kind in vars(module).values()
    if isinstance(kind, type) and issubclass(kind, DriverError)
} - {"driver_error", "cancelled", "needs_citizen", "needs_staff"}
"""Less those that only stand for others, and what the citizen asked for."""


@pytest.mark.parametrize("language", get_args(Language))
def test_every_problem_has_a_sentence(language: Language) -> None:
    sentences = texts(language)
    expected = {f"cards.{key}" for key in {*CardProblem, *READER_ERRORS}}
    assert {key for key in sentences.keys() if key.startswith("cards.")} == expected  # noqa: SIM118
    assert all(sentences(key).strip()[-1] in "。." for key in expected)
