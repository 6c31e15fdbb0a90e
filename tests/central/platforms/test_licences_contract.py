"""What every licence store does. For a real connector: subclass the suite and say whom it knows."""

from dataclasses import dataclass, replace
from datetime import date

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from central.platforms.errors import Denied, NotFound
from central.platforms.licences import sealing
from central.platforms.licences.contract import LicenceStore, NewLicence
from central.platforms.licences.kinds import kinds
from central.platforms.opening import Ground
from central.province.cast import CARDS, cast_firms
from tests.central.platforms.people import NAME, NOBODY, NUMBER, OTHER_NUMBER

NEW = NewLicence("matter-1", "residence_permit", NAME, NUMBER, date(2026, 1, 1), date(2040, 1, 1), {"address": "x"})


@dataclass
class Known:
    """A holder of licences, and somebody else."""

    store: LicenceStore
    number: str
    other: str
    stranger: str


class LicencesContract:
    def test_a_holder_has_licences_of_his_own(self, known: Known) -> None:
        mine = known.store.of(known.number)
        assert mine
        assert {one.holder_number for one in mine} == {known.number}
        assert len({one.id for one in mine}) == len(mine)
        assert not {one.id for one in mine} & {one.id for one in known.store.of(known.other)}

    def test_nobody_has_none(self, known: Known) -> None:
        assert known.store.of(known.stranger) == []

    def test_the_same_licence_is_shown_the_same(self, known: Known) -> None:
        licence = known.store.of(known.number)[0]
        shown = known.store.show(known.number, licence.id)
        assert shown.licence == licence
        assert known.store.show(known.number, licence.id) == shown

    def test_what_is_shown_is_genuine(self, known: Known) -> None:
        for licence in known.store.of(known.number):
            shown = known.store.show(known.number, licence.id)
            check = known.store.verify(shown.layout, shown.seal)
            assert (check.finding, check.state) == ("genuine", licence.state)
            assert check.key_id

    def test_a_letter_changed_is_found(self, known: Known) -> None:
        shown = known.store.show(known.number, known.store.of(known.number)[0].id)
        middle = len(shown.layout) // 2
        changed = shown.layout[:middle] + bytes([shown.layout[middle] ^ 1]) + shown.layout[middle + 1 :]
        assert known.store.verify(changed, shown.seal).finding == "tampered"
        assert known.store.verify(shown.layout, shown.seal[:-9]).finding == "tampered"
        assert known.store.verify(b"", b"").finding == "tampered"

    def test_the_seal_of_one_does_not_hold_for_another(self, known: Known) -> None:
        first, second = (known.store.show(known.number, one.id) for one in known.store.of(known.number)[:2])
        assert known.store.verify(first.layout, second.seal).finding == "tampered"

    def test_only_the_holder_is_shown_it(self, known: Known) -> None:
        licence = known.store.of(known.number)[0]
        with pytest.raises(NotFound):
            known.store.show(known.other, licence.id)

    def test_what_is_issued_is_there_once(self, known: Known) -> None:
        new = replace(NEW, holder_number=known.number)
        before = len(known.store.of(known.number))
        first, again = known.store.issue(new), known.store.issue(new)
        assert first == again
        assert len(known.store.of(known.number)) == before + 1
        shown = known.store.show(known.number, first.id)
        assert known.store.verify(shown.layout, shown.seal).finding == "genuine"

    def test_a_revoked_one_is_genuine_and_revoked(self, known: Known) -> None:
        licence = known.store.of(known.number)[0]
        shown = known.store.show(known.number, licence.id)
        for _ in range(2):
            known.store.revoke(known.number, licence.id, "moved")
        assert known.store.verify(shown.layout, shown.seal).state == "revoked"
        assert next(one for one in known.store.of(known.number) if one.id == licence.id).state == "revoked"

    def test_nobody_revokes_what_is_not_there(self, known: Known) -> None:
        with pytest.raises(NotFound):
            known.store.revoke(known.other, known.store.of(known.number)[0].id, "x")

    def test_an_unknown_kind_is_not_issued(self, known: Known) -> None:
        with pytest.raises(Denied):
            known.store.issue(replace(NEW, kind="nonsense"))


class TestReference(LicencesContract):
    @pytest.fixture
    def known(self, ground: Ground) -> Known:
        return Known(ground.licences(), NUMBER, OTHER_NUMBER, NOBODY)

    def test_a_licence_that_ended_says_so(self, ground: Ground) -> None:
        ended = replace(NEW, valid_until=date(2026, 1, 2))
        assert ground.licences().issue(ended).state == "expired"
        later = replace(NEW, reference="later", valid_from=date(2099, 1, 1), valid_until=None)
        assert ground.licences().issue(later).state == "not_yet"

    def test_firms_have_theirs(self, ground: Ground) -> None:
        for firm in cast_firms():
            assert {"business_licence", "food_permit"} <= {one.kind for one in ground.licences().of(firm.code)}

    def test_whatever_is_shown_says_that_it_is_a_reference(self, ground: Ground) -> None:
        for card in CARDS:
            for licence in ground.licences().of(card.number):
                layout = ground.licences().show(card.number, licence.id).layout.decode()
                assert "REFERENCE" in layout
                assert "演示" in layout
                assert set(licence.title) == set(licence.issuer) == {"zh-Hans", "zh-Hant", "en"}

    def test_the_seal_of_another_store_is_none(self, ground: Ground) -> None:
        licence = ground.licences().of(NUMBER)[0]
        forged = sealing.document(licence, Ed25519PrivateKey.generate())
        assert ground.licences().verify(forged.layout, forged.seal).finding == "tampered"


@given(st.binary(), st.binary() | st.text().map(str.encode))
def test_whatever_is_shown_as_a_seal_is_none(layout: bytes, seal: bytes) -> None:
    with pytest.raises(sealing.BadSeal):
        sealing.opened(layout, seal, Ed25519PrivateKey.generate().public_key())


@given(st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=40), st.integers(0, 39), st.integers(1, 35))
def test_the_check_character_shows_every_wrong_one(text: str, place: int, by: int) -> None:
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    place %= len(text)
    wrong = text[:place] + alphabet[(alphabet.index(text[place]) + by) % 36] + text[place + 1 :]
    assert sealing.check_character(wrong) != sealing.check_character(text)


def test_every_kind_has_a_title_and_an_issuer_in_three_languages() -> None:
    for kind in kinds().values():
        assert set(kind.title) == set(kind.issuer) == {"zh-Hans", "zh-Hant", "en"}
