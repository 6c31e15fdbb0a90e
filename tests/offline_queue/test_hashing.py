import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offline_queue import hashing
from offline_queue.hashing import SUITES, Suite


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
        (b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
    ],
)
def test_sm3_of_the_standard(data: bytes, expected: str) -> None:
    """GM/T 0004-2012, annex A."""
    assert hashing.digest(data, "gm") == expected


def test_the_standard_suite_has_sha_256() -> None:
    assert hashing.digest(b"abc") == hashlib.sha256(b"abc").hexdigest()


@pytest.mark.parametrize("suite", SUITES)
def test_piece_by_piece_it_is_the_same(suite: Suite) -> None:
    hasher = hashing.hasher(suite)
    for piece in (b"a", b"", b"bc"):
        hasher.update(piece)
    assert hasher.finalize().hex() == hashing.digest(b"abc", suite)


@given(st.binary(), st.sampled_from(SUITES))
def test_a_digest_is_one(data: bytes, suite: Suite) -> None:
    assert hashing.is_digest(hashing.digest(data, suite))


@pytest.mark.parametrize("text", ["", "0" * 63, "0" * 65, "g" * 64, "A" * 64, "0" * 64 + "\n", "０" * 64, None, 5])
def test_what_is_none(text: object) -> None:
    assert not hashing.is_digest(text)
