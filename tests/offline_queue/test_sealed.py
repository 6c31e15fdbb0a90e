import pytest
from hypothesis import given
from hypothesis import strategies as st

from offline_queue import sealed, suites
from offline_queue.crypto_errors import BadKey, BadSeal
from offline_queue.hashing import SUITES, Suite
from offline_queue.sealed import Opener, Sealer

TERMINAL = "GD440100"
PAIRS = {suite: sealed.generate(suite) for suite in SUITES}
OPENERS = {suite: Opener(PAIRS[suite][0], suite) for suite in SUITES}
SEALERS = {suite: Sealer(PAIRS[suite][1], TERMINAL, suite) for suite in SUITES}
each_suite = pytest.mark.parametrize("suite", SUITES)
any_suite = st.sampled_from(SUITES)
LOW_ORDER = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VuAyEA" + "A" * 43 + "=\n-----END PUBLIC KEY-----\n"


@given(any_suite, st.text(min_size=1), st.binary())
def test_only_the_centre_opens_it_for_its_matter(suite: Suite, matter: str, content: bytes) -> None:
    copy = SEALERS[suite].seal(matter, content)
    assert OPENERS[suite].open(TERMINAL, matter, copy) == content
    for terminal, other in ((TERMINAL, matter + "2"), (TERMINAL + "2", matter), (TERMINAL + matter, "")):
        with pytest.raises(BadSeal):
            OPENERS[suite].open(terminal, other, copy)


@each_suite
def test_another_centre_does_not_open_it(suite: Suite) -> None:
    with pytest.raises(BadSeal):
        Opener(sealed.generate(suite)[0], suite).open(TERMINAL, "id", SEALERS[suite].seal("id", b"content"))


def test_a_centre_of_the_other_suite_does_not_open_it() -> None:
    with pytest.raises(BadSeal):
        OPENERS["gm"].open(TERMINAL, "id", SEALERS["standard"].seal("id", b"content"))


@given(any_suite, st.binary(max_size=200))
def test_garbage_does_not_open(suite: Suite, data: bytes) -> None:
    for start in (b"", SEALERS[suite].seal("id", b"")[:3]):
        with pytest.raises(BadSeal):
            OPENERS[suite].open(TERMINAL, "id", start + data)


@given(any_suite, st.data())
def test_no_byte_can_change_or_go(suite: Suite, data: st.DataObject) -> None:
    copy = SEALERS[suite].seal("id", b"content")
    position = data.draw(st.integers(0, len(copy) - 1))
    changed = bytearray(copy)
    changed[position] ^= data.draw(st.integers(1, 255))
    for damaged in (bytes(changed), copy[:position]):
        with pytest.raises(BadSeal):
            OPENERS[suite].open(TERMINAL, "id", damaged)


@each_suite
def test_two_runs_share_no_key(suite: Suite) -> None:
    """Whoever learns the key of one run (from memory) opens nothing of another."""
    again = Sealer(PAIRS[suite][1], TERMINAL, suite)
    assert again.seal("id", b"")[:35] != SEALERS[suite].seal("id", b"")[:35]


@each_suite
@pytest.mark.parametrize("pem", ["", "nothing", LOW_ORDER, suites.generate().public().pem()])
def test_what_is_no_sealing_key_is_refused(suite: Suite, pem: str) -> None:
    with pytest.raises(BadKey):
        Sealer(pem, TERMINAL, suite)
    with pytest.raises(BadKey):
        Opener(pem, suite)


def test_an_ephemeral_key_of_low_order_does_not_open() -> None:
    copy = SEALERS["standard"].seal("id", b"content")
    with pytest.raises(BadSeal):
        OPENERS["standard"].open(TERMINAL, "id", copy[:3] + bytes(32) + copy[35:])
