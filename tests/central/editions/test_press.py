import json
from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError

from central.editions import archive, bundle
from central.editions.check import BadItem, check_data
from central.editions.edition import Edition, Head
from central.editions.errors import (
    BadOverride,
    NoChange,
    NothingApproved,
    NotOpen,
    Overtaken,
    OwnProposal,
    Stale,
    UnderWay,
    UnknownEdition,
    UnknownItem,
)
from central.editions.scope import Offer
from central.staff.actions import titles
from tests.central.editions.conftest import ANNA, BERTA, House
from tests.central.editions.samples import everything, item, small


def test_from_a_proposal_to_an_edition(house: House) -> None:
    number = house.press.propose(ANNA, everything(), "neu")
    assert [one.code for one in house.newest().items] == ["look"]
    house.press.review(BERTA, number, approve=True)
    assert house.press.publish(BERTA, "die erste") == 2
    newest = house.newest()
    assert newest.head == Head(2, "published", house.now, "berta", "die erste")
    assert newest.by_code["everything"] == item(everything())
    assert [one.code for one in newest.items] == ["everything", "look"]
    assert [one.code for one in house.edition(1).items] == ["look"]


def test_each_step_is_in_the_audit_under_a_name(house: House) -> None:
    house.published(everything())
    house.press.roll_back(ANNA, 1)
    house.press.withdraw(ANNA, house.press.propose_removal(ANNA, "look"))
    house.press.review(
        BERTA, house.press.propose_override(ANNA, "look", "440300", "withheld"), approve=False, remark="nein"
    )
    assert house.actions() == [
        ("", "catalogue.bundle", "edition 1"),
        ("anna", "catalogue.propose", "everything"),
        ("berta", "catalogue.approve", "everything"),
        ("berta", "catalogue.publish", "edition 2"),
        ("anna", "catalogue.roll_back", "edition 3"),
        ("anna", "catalogue.propose", "look"),
        ("anna", "catalogue.withdraw", "look"),
        ("anna", "catalogue.propose", "look"),
        ("berta", "catalogue.reject", "look"),
    ]
    assert {action for _, action, _ in house.actions()} <= titles().keys()


def test_nobody_approves_what_she_proposed(house: House) -> None:
    number = house.press.propose(ANNA, everything())
    with pytest.raises(OwnProposal):
        house.press.review(ANNA, number, approve=True)
    with pytest.raises(NothingApproved):
        house.press.publish(ANNA)
    with pytest.raises(IntegrityError), house.storage.transaction() as transaction:
        transaction.editions.settle([number], "proposed", state="approved", reviewer="anna")


def test_a_proposal_is_settled_once(house: House) -> None:
    number = house.approved(everything())
    for approve in (True, False):
        with pytest.raises(NotOpen):
            house.press.review(BERTA, number, approve=approve)
    with pytest.raises(NotOpen):
        house.press.withdraw(BERTA, number)
    house.press.withdraw(ANNA, number)
    with pytest.raises(NotOpen):
        house.press.withdraw(ANNA, number)
    with pytest.raises(NotOpen):
        house.press.review(BERTA, 999, approve=True)
    with pytest.raises(NothingApproved):
        house.press.publish(BERTA)


def test_what_is_wrong_or_nothing_new_is_not_proposed(house: House) -> None:
    with pytest.raises(BadItem, match=r"region"):
        house.press.propose(ANNA, small(region="x"))
    with pytest.raises(NoChange):
        house.press.propose(ANNA, small("look", version=9))
    with pytest.raises(UnknownItem):
        house.press.propose_removal(ANNA, "nothing")
    with pytest.raises(UnknownItem):
        house.press.propose_override(ANNA, "nothing", "440300", "withheld")
    for place in ("", "44", "gd1", "44030", "GD-1", "4403001234567890123"):
        with pytest.raises(BadOverride):
            house.press.propose_override(ANNA, "look", place, "withheld")


def test_one_proposal_at_a_time_for_an_item(house: House) -> None:
    house.press.propose(ANNA, small("look", position=1))
    with pytest.raises(UnderWay):
        house.press.propose(BERTA, small("look", position=2))
    with pytest.raises(UnderWay):
        house.press.propose_removal(BERTA, "look")
    house.press.propose_override(BERTA, "look", "440300", "withheld")
    house.press.propose(BERTA, small("other"))


def test_an_item_that_changed_since_is_not_overwritten(house: House) -> None:
    house.published(small("look", position=1))
    number = house.approved(small("look", position=2))
    house.press.roll_back(ANNA, 1)
    with pytest.raises(Stale, match=f"#{number}"):
        house.press.publish(BERTA)
    assert house.newest().by_code["look"] == item(small("look"))


def test_what_was_published_stays_readable_when_rules_are_added(house: House) -> None:
    """Here a rule of today stands for one of tomorrow."""
    before_the_rule = archive.stored(json.dumps(small("old", steps=["pay"])))
    assert check_data(before_the_rule.as_data()).flaws
    with house.storage.transaction() as transaction:
        archive.keep(transaction.editions, Head(2, "published", house.now, "anna"), [before_the_rule], ())
    assert house.newest().items == (before_the_rule,)


def test_a_removed_item_is_known_but_not_offered(house: House) -> None:
    number = house.press.propose_removal(ANNA, "look")
    house.press.review(BERTA, number, approve=True)
    house.press.publish(BERTA)
    assert house.newest().items == ()
    with house.storage.reading() as transaction:
        assert transaction.editions.codes() == {"look"}


def test_an_override_is_published_and_taken_back(house: House) -> None:
    offers: list[Offer | None] = ["withheld", "offered", None]
    for offer in offers:
        number = house.press.propose_override(ANNA, "look", "GD4401001", offer, "so")
        house.press.review(BERTA, number, approve=True)
        house.press.publish(BERTA)
        assert [one.offer for one in house.newest().overrides] == [offer] * (offer is not None)


def test_an_item_keeps_its_version_with_its_content(house: House) -> None:
    versions = [house.newest().by_code["look"].version]
    for position in (1, 2):
        house.published(small("look", position=position))
        versions.append(house.newest().by_code["look"].version)
    house.press.roll_back(ANNA, 1)
    versions.append(house.newest().by_code["look"].version)
    house.published(small("look", position=3))
    versions.append(house.newest().by_code["look"].version)
    assert versions == [1, 2, 3, 1, 4]


def test_a_roll_back_is_a_new_number_with_the_old_content(house: House) -> None:
    house.published(everything())
    assert house.press.roll_back(BERTA, 1, "zurück") == 3
    newest = house.newest()
    assert newest.items == house.edition(1).items
    assert (newest.head.kind, newest.head.source, newest.head.made_by) == ("rolled_back", 1, "berta")
    with pytest.raises(NoChange):
        house.press.roll_back(BERTA, 1)
    with pytest.raises(UnknownEdition):
        house.press.roll_back(BERTA, 99)


def test_after_a_restore_terminals_get_a_number_they_have_not_met(house: House) -> None:
    assert house.press.roll_back(ANNA, 1, above=7) == 8
    assert house.newest().items == house.edition(1).items
    with pytest.raises(NoChange):
        house.press.roll_back(ANNA, 1, above=7)
    assert house.published(small("other")) == 9


def test_what_was_set_for_places_goes_with_the_item(house: House) -> None:
    house.press.review(BERTA, house.press.propose_override(ANNA, "look", "440300", "withheld"), approve=True)
    house.press.publish(BERTA)
    house.press.review(BERTA, house.press.propose_removal(ANNA, "look"), approve=True)
    house.press.publish(BERTA)
    assert house.newest().overrides == ()


def test_of_two_who_publish_at_once_one_is_told(house: House) -> None:
    with house.storage.transaction() as transaction:
        newest = archive.newest(transaction.editions)
        taken = replace(newest.head, number=newest.number)
        with pytest.raises(Overtaken):
            archive.keep(transaction.editions, taken, newest.items, ())


def test_the_bundle_is_the_catalogue_until_somebody_publishes(house: House) -> None:
    def bundled(number: int, position: int) -> None:
        made = item(small("look", position=position))
        bundle.put_out(house.storage, Edition(Head(number, "bundled", 0.0, ""), (made,)), house.now)

    bundled(1, 5)
    assert house.newest().by_code["look"].position == 100
    bundled(4, 6)
    bundled(3, 7)
    assert (house.newest().number, house.newest().by_code["look"].position) == (4, 6)
    house.published(small("look", position=8))
    bundled(9, 9)
    assert (house.newest().number, house.newest().by_code["look"].position) == (5, 8)
