"""What every data-sharing platform does. For a real connector: subclass the suite and say whom it knows."""

from dataclasses import dataclass

import pytest

from central.platforms.errors import NotFound
from central.platforms.opening import Ground
from central.platforms.sharing.contract import DataSharing
from tests.central.platforms.people import NAME, NOBODY, NUMBER


@dataclass
class Known:
    sharing: DataSharing
    number: str
    stranger: str


class SharingContract:
    def test_every_item_names_its_source_in_three_languages(self, known: Known) -> None:
        items = known.sharing.items()
        assert items
        assert len({one.code for one in items}) == len(items)
        assert all(set(one.title) == set(one.source) == {"zh-Hans", "zh-Hant", "en"} for one in items)

    def test_each_item_is_answered_in_its_order(self, known: Known) -> None:
        wanted = [one.code for one in known.sharing.items()]
        shared = known.sharing.fetch(known.number, wanted)
        assert [one.item for one in shared] == wanted
        sources = {one.code: one.source for one in known.sharing.items()}
        assert all(one.source == sources[one.item] and one.as_of for one in shared)

    def test_nobody_is_not_found(self, known: Known) -> None:
        with pytest.raises(NotFound):
            known.sharing.fetch(known.stranger, [known.sharing.items()[0].code])

    def test_an_item_nobody_has_is_not_found(self, known: Known) -> None:
        with pytest.raises(NotFound):
            known.sharing.fetch(known.number, ["nonsense"])


class TestReference(SharingContract):
    @pytest.fixture
    def known(self, firm_ground: Ground) -> Known:
        return Known(firm_ground.sharing(), NUMBER, NOBODY)

    def test_the_holder_of_the_first_card_has_something_of_nearly_everything(self, firm_ground: Ground) -> None:
        sharing = firm_ground.sharing()
        shared = sharing.fetch(NUMBER, [one.code for one in sharing.items()])
        empty = {one.item for one in shared if not one.value}
        assert empty <= {"marriage"}
        (person,) = sharing.fetch(NUMBER, ["person"])
        assert person.value["name"] == NAME
