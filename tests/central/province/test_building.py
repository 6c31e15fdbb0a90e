"""The province in the database: whole or to be gone on with, sealed, found by what people have in hand."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from central.province import building
from central.province.cast import CARDS
from central.province.dossiers import dossiers
from central.province.register import Register
from central.storage.database import Storage
from tests.central.office import everything

KEY = bytes(range(32))


@pytest.fixture
def storage(database_url: str) -> Iterator[Storage]:
    made = Storage(database_url)
    yield made
    made.close()


@pytest.fixture
def register(storage: Storage) -> Register:
    made = Register(storage, KEY)
    building.begin(storage, made, "seed")
    return made


def test_a_person_is_found_by_number_and_by_bill(storage: Storage, register: Register) -> None:
    building.grow(storage, register, 400, "seed")
    people = [one for block in range(100) for one in dossiers("seed", block)]
    owing = next(one for one in people if one.bills)
    assert register.person(owing.person.number) == owing
    assert register.by_key("bill", owing.bills[0].number) == owing
    assert register.by_key("plate", owing.bills[0].number) is None
    assert register.person("449900190001010006") is None


def test_a_firm_is_found_by_code_and_by_who_acts_for_it(storage: Storage, register: Register) -> None:
    building.grow(storage, register, 40, "seed")
    (acting,) = register.firms_of(CARDS[0].number)
    assert register.firm(acting.code) == acting
    assert register.firm(CARDS[0].number) is None


def test_growing_goes_on_and_changes_nobody(storage: Storage, register: Register) -> None:
    building.grow(storage, register, 40, "seed")
    first = register.person(dossiers("seed", 3)[2].person.number)
    told: list[int] = []
    building.grow(storage, register, 4200, "seed", told.append)
    assert told == [40, 2000, 4000, 4200]
    assert register.person(dossiers("seed", 3)[2].person.number) == first
    assert register.person(dossiers("seed", 1049)[0].person.number) is not None


def test_what_was_broken_off_in_a_batch_is_made_once(
    storage: Storage, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(building, "Standing", dies)  # after the rows of the batch, before it is noted
        with pytest.raises(KeyboardInterrupt):
            building.grow(storage, register, 2100, "seed")
    assert register.person(dossiers("seed", 0)[0].person.number) is None
    building.grow(storage, register, 2100, "seed")
    assert register.person(dossiers("seed", 524)[3].person.number) is not None


def test_a_size_between_households_is_rounded_up(storage: Storage, register: Register) -> None:
    building.grow(storage, register, 41, "seed")
    with storage.reading() as transaction:
        standing = transaction.provinces.standing()
    assert standing is not None
    assert standing.persons == 44


def test_another_seed_wants_a_new_beginning(storage: Storage, register: Register) -> None:
    with pytest.raises(building.OtherSeed):
        building.grow(storage, register, 40, "other")
    building.clear(storage)
    building.begin(storage, register, "other")
    building.grow(storage, register, 40, "other")
    assert register.person(dossiers("other", 0)[0].person.number) is not None


def test_beginning_twice_is_beginning_once(storage: Storage, register: Register) -> None:
    building.begin(storage, register, "other")
    with storage.reading() as transaction:
        assert transaction.provinces.standing() is not None
    assert len(register.places()) == len({one.code for one in register.places()}) > 100


def test_nothing_of_a_person_lies_open(database_url: str, storage: Storage, register: Register) -> None:
    building.grow(storage, register, 40, "seed")
    person = dossiers("seed", 2)[1].person
    rows = repr(everything(database_url))
    for word in (person.name, person.number, person.number[6:14], person.address, CARDS[0].number):
        assert word not in rows
        assert repr(word.encode())[2:-1] not in rows


def test_another_key_finds_nobody(storage: Storage, register: Register) -> None:
    assert register.person(CARDS[0].number) is not None
    assert Register(storage, bytes(32)).person(CARDS[0].number) is None


def test_a_new_centre_has_the_cast_at_once(tmp_path: Path) -> None:
    storage = Storage(f"sqlite:///{tmp_path / 'central.db'}")
    register = Register(storage, KEY)
    building.begin(storage, register)
    building.grow_first(storage, register, 300)
    building.grow_first(storage, register, 300)
    found = [register.person(card.number) for card in CARDS]
    storage.close()
    assert [one.person.name for one in found if one] == [card.name for card in CARDS]
