"""What every identity authority does. For a real connector: subclass the suite and say whom it knows."""

from dataclasses import dataclass

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from central.platforms.errors import Denied
from central.platforms.identity import codes
from central.platforms.identity.codes import BadCode, Code
from central.platforms.identity.contract import Claim, IdentityAuthority
from central.platforms.opening import Ground
from tests.central.platforms.people import NAME, NOBODY, NUMBER, OTHER_NAME, Clock


@dataclass
class Known:
    """A person the authority has on file, and how to make the phone's one-time code."""

    authority: IdentityAuthority
    name: str
    number: str
    stranger: str


class IdentityContract:
    def test_name_and_number_that_belong_together_match(self, known: Known) -> None:
        verdict = known.authority.verify(Claim(known.name, known.number))
        assert (verdict.outcome, verdict.number, verdict.standing) == ("match", known.number, "in_force")
        assert verdict.portrait == "not_asked"

    def test_another_name_does_not_match(self, known: Known) -> None:
        assert known.authority.verify(Claim(OTHER_NAME, known.number)).outcome == "mismatch"

    def test_a_number_nobody_has_is_unknown(self, known: Known) -> None:
        verdict = known.authority.verify(Claim(known.name, known.stranger))
        assert (verdict.outcome, verdict.standing) == ("unknown", "not_on_file")

    def test_each_answer_has_its_own_evidence_that_says_nothing(self, known: Known) -> None:
        found = {known.authority.verify(Claim(known.name, known.number)).evidence for _ in range(3)}
        assert len(found) == 3
        assert not any(known.number in one or known.name in one for one in found)

    def test_a_portrait_is_answered(self, known: Known) -> None:
        verdict = known.authority.verify(Claim(known.name, known.number, b"\xff\xd8\xff"))
        assert verdict.portrait != "not_asked"

    def test_what_is_no_code_is_denied(self, known: Known) -> None:
        with pytest.raises(Denied):
            known.authority.redeem("nonsense")

    def test_the_key_for_codes_is_a_key(self, known: Known) -> None:
        assert len(known.authority.code_key()) == 32


class TestReference(IdentityContract):
    @pytest.fixture
    def known(self, ground: Ground) -> Known:
        return Known(ground.identity(), NAME, NUMBER, NOBODY)

    def test_names_are_compared_as_people_write_them(self, ground: Ground) -> None:
        assert ground.identity().verify(Claim(" 证件 样本", NUMBER)).outcome == "match"

    def test_a_code_is_good_once(self, ground: Ground) -> None:
        authority = ground.identity()
        code = authority.issue(NUMBER)
        holder = authority.redeem(code)
        assert (holder.name, holder.number, holder.birth, holder.code) == (NAME, NUMBER, "1949-12-31", code)
        with pytest.raises(Denied, match="code-spent"):
            authority.redeem(code)

    def test_a_code_ends(self, ground: Ground, clock: Clock) -> None:
        code = ground.identity().issue(NUMBER)
        clock.now += codes.VALID_SECONDS
        with pytest.raises(Denied, match="code-expired"):
            ground.identity().redeem(code)

    def test_a_code_tells_a_terminal_no_more_than_whom_to_greet(self, ground: Ground) -> None:
        authority = ground.identity()
        text = authority.issue(NUMBER)
        code = codes.decode(text, Ed25519PublicKey.from_public_bytes(authority.code_key()))
        assert code.name == "***本"
        assert NUMBER.encode() not in code.sealed


KEY = Ed25519PrivateKey.generate()
CODE = Code("id", 12.5, "**", b"sealed")


def test_a_code_comes_back_as_it_was_written() -> None:
    assert codes.decode(codes.encode(CODE, KEY), KEY.public_key()) == CODE


@given(st.text() | st.binary().map(lambda content: f"KIC1.{content.hex()}.{content.hex()}"))
def test_whatever_somebody_shows_is_a_code_or_none(text: str) -> None:
    with pytest.raises(BadCode):
        codes.decode(text, KEY.public_key())


@given(st.integers(0, 200), st.sampled_from("ABCabc012-_."))
def test_a_code_with_another_letter_is_none(place: int, letter: str) -> None:
    text = codes.encode(CODE, KEY)
    place %= len(text) - 1  # the last letter of base64 may have bits that count for nothing
    changed = text[:place] + letter + text[place + 1 :]
    if changed != text:
        with pytest.raises(BadCode):
            codes.decode(changed, KEY.public_key())
