"""A scanner that types."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.code_scanner.keyboard import EVENT, KEY, SYN, WedgeParser, encode_keys
from drivers.code_scanner.protocol import LONGEST, NEED_MORE, Damaged, Event, Line
from drivers.code_scanner.redaction import KeyRedactor, LineRedactor

LETTERS = string.ascii_letters + string.digits + string.punctuation + " \t"


def events(*portions: bytes) -> list[Event]:
    parser = WedgeParser()
    found: list[Event] = []
    for portion in portions:
        parser.receive_data(portion)
        found += list(iter(parser.next_event, NEED_MORE))
    return found


def test_every_letter_of_the_layout() -> None:
    data = encode_keys(LETTERS + "\n")
    assert events(data) == [Line(LETTERS.encode())]
    assert events(*(bytes([byte]) for byte in data)) == [Line(LETTERS.encode())]


def test_known_key_numbers() -> None:
    """KEY_A is 30, left shift 42 (linux/input-event-codes.h)."""
    keys = [EVENT.unpack(encode_keys("A")[at : at + 24]) for at in range(0, len(encode_keys("A")), 24)]
    assert [(code, value) for *_, kind, code, value in keys if kind == KEY] == [(42, 1), (30, 1), (30, 0), (42, 0)]


def test_keypad_held_keys_and_keys_without_a_letter() -> None:
    def press(code: int, value: int = 1) -> bytes:
        return EVENT.pack(0, 0, KEY, code, value)

    assert events(press(79) + press(79, 2) + press(125) + press(28) + press(28)) == [Line(b"1")]


def test_dropped_keys_spoil_the_code() -> None:
    dropped = EVENT.pack(0, 0, SYN, 3, 0)
    assert events(encode_keys("44") + dropped + encode_keys("01\n")) == [
        Damaged("the system dropped keys"),
        Line(b"01"),
    ]


def test_too_long() -> None:
    assert events(encode_keys("1" * (LONGEST + 1)))[0] == Damaged("too long")


def test_other_alphabets_cannot_be_typed() -> None:
    with pytest.raises(ValueError, match="ASCII"):
        encode_keys("粤")


@given(st.lists(st.binary(max_size=100), max_size=20))
def test_any_bytes_in_any_portions(portions: list[bytes]) -> None:
    assert events(*portions) == events(b"".join(portions))


# --- what a trace keeps -----------------------------------------------------------------------------------------------


@given(st.text(st.sampled_from(LETTERS), min_size=1), st.integers(1, 200))
def test_a_trace_of_keys_tells_the_length_of_a_code_and_nothing_else(text: str, cut: int) -> None:
    data = encode_keys(text + "\n")
    kept = b"".join(KeyRedactor().received(data[at : at + 24 * cut]) for at in range(0, len(data), 24 * cut))
    assert len(kept) == len(data)
    assert [len(line.data) for line in events(kept) if isinstance(line, Line)] == [len(text)]
    assert {letter for line in events(kept) if isinstance(line, Line) for letter in line.data.decode()} <= {"x", "X"}


@given(st.integers(1, 60))
def test_a_trace_of_a_line_keeps_the_answers_and_hides_the_code(cut: int) -> None:
    answer = bytes.fromhex("02 00 00 01 00 33 31")
    data = answer + "粤A12345 https://example.org\r\n".encode() + answer
    redactor = LineRedactor()
    kept = b"".join(redactor.received(data[at : at + cut]) for at in range(0, len(data), cut))
    hidden = len(data) - 2 * len(answer) - 2
    assert kept == answer + b"x" * hidden + b"\r\n" + answer


@given(st.binary(max_size=80))
def test_a_portion_of_keys_that_is_no_event_is_blank(data: bytes) -> None:
    kept = KeyRedactor().received(data)
    assert len(kept) == len(data)
    if len(data) % 24:
        assert not any(kept)
