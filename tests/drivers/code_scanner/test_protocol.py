"""Lines, and the GM65's answers between them, in any portions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.code_scanner.contract import Code, CodeUnreadable
from drivers.code_scanner.protocol import (
    GM65,
    HONEYWELL,
    LONGEST,
    NEED_MORE,
    NEWLAND,
    Answer,
    Damaged,
    Event,
    Line,
    LineParser,
    decode_text,
    encode_answer,
)

ACKNOWLEDGEMENT = bytes.fromhex("02 00 00 01 00 33 31")


def events(*portions: bytes, framed: bool = True) -> list[Event]:
    parser = LineParser(framed=framed)
    found: list[Event] = []
    for portion in portions:
        parser.receive_data(portion)
        found += list(iter(parser.next_event, NEED_MORE))
    return found


def test_commands_of_the_manuals() -> None:
    assert GM65.start == bytes.fromhex("7E 00 08 01 00 02 01 AB CD")
    assert GM65.stop == bytes.fromhex("7E 00 08 01 00 02 00 AB CD")
    assert GM65.query == bytes.fromhex("7E 00 07 01 00 02 01 AB CD")
    assert encode_answer() == ACKNOWLEDGEMENT
    assert encode_answer(0x3E) == bytes.fromhex("02 00 00 01 3E E4 AC")
    assert (HONEYWELL.start, HONEYWELL.stop) == (bytes.fromhex("16 54 0D"), bytes.fromhex("16 55 0D"))
    assert NEWLAND.start == bytes.fromhex("01 54 04")


@pytest.mark.parametrize("ending", [b"\r", b"\n", b"\r\n"])
def test_answer_then_code_whole_and_byte_by_byte(ending: bytes) -> None:
    data = ACKNOWLEDGEMENT + "粤A-1".encode() + ending
    expected = [Answer(0), Line("粤A-1".encode())]
    assert events(data) == expected
    assert events(*(bytes([byte]) for byte in data)) == expected


def test_noise_around_an_answer() -> None:
    assert events(b"\xff\x81" + ACKNOWLEDGEMENT + b"A\r") == [Answer(0), Line(b"A")]


def test_an_answer_with_a_wrong_checksum() -> None:
    assert events(ACKNOWLEDGEMENT[:-1] + b"\xff") == [Damaged("checksum of an answer")]


def test_the_value_of_an_answer_may_look_like_a_line_end() -> None:
    assert events(encode_answer(0x0D)) == [Answer(0x0D)]


def test_a_scanner_without_frames_has_none() -> None:
    assert events(ACKNOWLEDGEMENT + b"\r", framed=False) == [Line(ACKNOWLEDGEMENT)]


def test_lines_of_several_codes_without_empty_ones() -> None:
    assert events(b"\r\n\r\nA\r\nB\n\n") == [Line(b"A"), Line(b"B")]


def test_what_is_too_long_is_given_up_whole() -> None:
    assert events(b"x" * (LONGEST + 1)) == [Damaged("too long")]
    assert events(b"x" * (LONGEST + 1) + b"\rA\r") == [Damaged("too long"), Line(b"A")]
    assert events(b"x" * LONGEST + b"\r") == [Line(b"x" * LONGEST)]


@given(st.lists(st.binary(max_size=40), max_size=30))
def test_any_bytes_in_any_portions_make_events_and_no_growth(portions: list[bytes]) -> None:
    whole = events(b"".join(portions))
    assert [each for each in events(*portions) if each] == whole
    parser = LineParser(framed=True)
    for portion in portions * 50:
        parser.receive_data(portion)
        while parser.next_event() is not NEED_MORE:
            pass
        assert len(parser.pending) <= LONGEST


@given(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1), st.binary(max_size=20))
def test_a_code_is_found_behind_an_answer_whatever_came_before(text: str, noise: bytes) -> None:
    found = events(noise.replace(b"\x02", b"") + ACKNOWLEDGEMENT + text.encode() + b"\r\n")
    assert found[-2:] == [Answer(0), Line(text.encode())]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_encodings(encoding: str) -> None:
    assert decode_text("姓名：样本，\t编号\n2".encode(encoding)) == "姓名：样本，\t编号\n2"


@pytest.mark.parametrize("data", [b"", b"\xff\xff", b"A\x00B", b"\x02A", b"\xe5", b"\x7f", "\x85".encode()])
def test_what_is_no_text(data: bytes) -> None:
    with pytest.raises(CodeUnreadable):
        decode_text(data)


def test_a_gs1_code_keeps_its_separators() -> None:
    assert decode_text(b"01\x1d10") == "01\x1d10"


def test_answers_that_say_who_it_is() -> None:
    told = HONEYWELL.identity(b"Product Name: N3680\r\nSerial Number: 7\r\nREVINF\x06.")
    assert told
    assert (told.model, told.serial_number) == ("N3680", "7")
    assert HONEYWELL.identity(b"Product Name: N3680\r\n") is None
    assert HONEYWELL.identity(b"ERROR\r\n") is None
    assert NEWLAND.identity(b"\x02\x010000#QRYSYS\x15;\x03")
    assert NEWLAND.identity(b"ERROR\r\n") is None


def test_a_code_does_not_show_itself() -> None:
    assert "440" not in repr(Code("44010519491231002X", "QRCode")) + repr(Line(b"44010519491231002X"))
