"""What is on file fits together, and depends on seed and index alone."""

from itertools import chain

import pytest
from pydantic import TypeAdapter

from central.province.cast import CARDS, cast, cast_firms
from central.province.dossiers import dossiers
from central.province.firms import PERSONS, firm
from central.province.households import AS_OF, SIZE
from central.province.records import Dossier
from drivers.id_card.specimens import SPECIMENS
from kiosk.identity import numbers as terminals

DOSSIER = TypeAdapter(Dossier)


@pytest.fixture(scope="module")
def people() -> list[Dossier]:
    return list(chain.from_iterable(dossiers("seed", block) for block in range(150)))


def test_the_same_seed_makes_the_same_people(people: list[Dossier]) -> None:
    assert list(dossiers("seed", 40)) == people[160:164]
    assert list(dossiers("other", 40)) != people[160:164]


def test_a_dossier_comes_back_from_json(people: list[Dossier]) -> None:
    assert all(DOSSIER.validate_json(DOSSIER.dump_json(one)) == one for one in people[:40])


def test_families_say_the_same_of_each_other(people: list[Dossier]) -> None:
    by_number = {one.person.number: one for one in people}
    mirrored = {"spouse": {"spouse"}, "child": {"parent"}, "parent": {"child"}, "sibling": {"sibling"}}
    mirrored |= {"grandparent": {"grandchild"}, "grandchild": {"grandparent"}, "self": {"self"}}
    for one in people:
        assert len(one.household.members) == SIZE
        for member in one.household.members:
            other = by_number[member.number]
            assert other.person.name == member.name
            back = next(its for its in other.household.members if its.number == one.person.number)
            assert back.relation in mirrored[member.relation]


def test_the_married_name_each_other(people: list[Dossier]) -> None:
    by_number = {one.person.number: one for one in people}
    married = [one for one in people if one.marriage]
    assert married
    for one in married:
        assert one.marriage is not None
        other = by_number[one.marriage.spouse_number].marriage
        assert other is not None
        assert (other.spouse_number, other.registered_on) == (one.person.number, one.marriage.registered_on)


def test_bills_plates_and_exams_belong_to_one_person_each(people: list[Dossier]) -> None:
    keys = [key for one in people for key in one.keys]
    assert len(keys) == len(set(keys)) > 0


def test_fines_name_a_vehicle_and_a_bill_of_the_same_person(people: list[Dossier]) -> None:
    fined = [one for one in people if one.fines]
    assert fined
    for one in fined:
        assert {fine.plate for fine in one.fines} <= {car.plate for car in one.vehicles}
        assert {fine.payment_number for fine in one.fines} <= {bill.number for bill in one.bills}


def test_jobs_follow_one_another(people: list[Dossier]) -> None:
    for one in people:
        for before, after in zip(one.spells, one.spells[1:], strict=False):
            assert before.first <= before.last < after.first
        assert not one.spells or one.spells[-1].last == ""


def test_nobody_is_born_tomorrow_or_drives_as_a_child(people: list[Dossier]) -> None:
    for one in people:
        assert one.person.birth <= AS_OF
        assert terminals.is_citizen_number(one.person.number)
        assert one.driver is None or one.driver.first_issued_on.year - one.person.birth.year >= 18


def test_employers_exist_wherever_the_person_does(people: list[Dossier]) -> None:
    firms = {made.code: made.name for made in (firm("seed", index) for index in range(len(people) // PERSONS))}
    for one in people:
        for spell in one.spells:
            assert firms[spell.credit_code] == spell.employer


def test_a_firm_is_represented_by_somebody_of_the_province(people: list[Dossier]) -> None:
    names = {one.person.number: one.person.name for one in people}
    for index in range(len(people) // PERSONS):
        made = firm("seed", index)
        assert names[made.representative_number] == made.representative
        assert terminals.is_credit_code(made.code)


# --- the holders of the simulated cards ------------------------------------------------------------------------------


def test_every_simulated_card_with_a_right_number_has_a_holder_on_file() -> None:
    numbers = {card.number for card in CARDS}
    assert {one.fields["number"] for name, one in SPECIMENS.items() if name != "bad_check_digit"} == numbers


def test_the_first_card_can_try_every_service() -> None:
    (holder,) = (one for one in cast() if one.person.number == CARDS[0].number)
    for name in (
        "spells",
        "pension",
        "fund",
        "medical",
        "permit",
        "properties",
        "vehicles",
        "fines",
        "driver",
        "exams",
        "disability",
    ):
        assert getattr(holder, name), name
    assert holder.degree
    assert holder.bills
    assert any(made.representative_number == holder.person.number for made in cast_firms())


def test_the_cast_shares_no_key_with_itself_or_the_province(people: list[Dossier]) -> None:
    keys = [key for one in cast() for key in (*one.keys, one.person.number)]
    assert len(keys) == len(set(keys))
    assert not set(keys) & {key for one in people for key in (*one.keys, one.person.number)}
