from hypothesis import given
from hypothesis import strategies as st

from drivers.framing import ReceiveBuffer, xor_of

MARKER = b"\xaa\xaa\x96"


def test_xor_of() -> None:
    assert xor_of(b"") == 0
    assert xor_of(bytes.fromhex("0003 20 01")) == 0x22


@given(st.binary(max_size=40), st.integers(0, 255))
def test_a_single_changed_byte_changes_the_xor(data: bytes, change: int) -> None:
    changed = bytes([*data, change ^ 1])
    assert xor_of(changed) != xor_of(data + bytes([change]))


def test_the_oldest_bytes_are_pushed_out() -> None:
    buffer = ReceiveBuffer(4)
    buffer.append(b"abcdef")
    assert buffer.take(len(buffer)) == b"cdef"
    assert buffer.skipped == 2


def test_skip_until_keeps_what_may_become_the_marker() -> None:
    buffer = ReceiveBuffer(100)
    buffer.append(b"noise\xaa\xaa")
    assert not buffer.skip_until(MARKER)
    assert buffer.skipped == len(b"noise")
    buffer.append(b"\x96rest")
    assert buffer.skip_until(MARKER)
    assert buffer.take(7) == MARKER + b"rest"


def test_a_marker_behind_its_own_beginning_is_found() -> None:
    buffer = ReceiveBuffer(100)
    buffer.append(b"\xaa" + MARKER)
    assert buffer.skip_until(MARKER)
    assert buffer.skipped == 1


def test_peek_gives_all_or_nothing() -> None:
    buffer = ReceiveBuffer(100)
    buffer.append(b"abc")
    assert buffer.peek(1, 3) == b"bc"
    assert buffer.peek(1, 4) is None


@given(st.lists(st.binary(max_size=20)), st.integers(1, 30))
def test_it_never_keeps_more_than_its_limit(portions: list[bytes], limit: int) -> None:
    buffer = ReceiveBuffer(limit)
    for portion in portions:
        buffer.append(portion)
        assert len(buffer) <= limit
    assert len(buffer) + buffer.skipped == sum(map(len, portions))
