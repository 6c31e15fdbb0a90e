import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.receipt_printer import encoder
from drivers.receipt_printer.contract import Pair, QrCode, Rule
from drivers.receipt_printer.contract import Text as TextBlock
from drivers.receipt_printer.paper import Line, Roll, Row, text_of
from drivers.receipt_printer.protocol import CLEAR_BUFFERS
from drivers.receipt_printer.stream import (
    ClearBuffers,
    Command,
    Cut,
    Feed,
    Initialise,
    Parser,
    Qr,
    RealTimeFilter,
    Report,
    Size,
    StatusRequest,
    Text,
)

JOB = encoder.encode((TextBlock("已受理", large=True), Pair("No", "42"), Rule(), QrCode("K-42")), 48)


def parse(*portions: bytes) -> list[Command]:
    parser = Parser()
    return [command for portion in portions for command in parser.feed(portion)]


def characters(commands: list[Command]) -> str:
    return "".join(command.characters for command in commands if isinstance(command, Text))


def rows_of(job: bytes) -> tuple[Row, ...]:
    roll = Roll()
    pieces = [rows for command in parse(job) if (rows := roll.obey(command)) is not None]
    assert len(pieces) == 1
    return pieces[0]


def test_a_receipt_as_the_printer_understands_it() -> None:
    commands = parse(JOB)
    assert commands[0] == Initialise()
    assert commands[-1] == Cut()
    assert Size(2, 2) in commands
    assert Qr(b"K-42", 8, "m") in commands
    assert characters(commands) == "已受理" + "No" + " " * 44 + "42" + "-" * 48


def test_byte_by_byte_is_the_same() -> None:
    assert parse(*(bytes((byte,)) for byte in JOB)) == parse(JOB)


@settings(deadline=None)
@given(st.integers(0, len(JOB)))
def test_cut_in_two_anywhere_is_the_same(at: int) -> None:
    assert parse(JOB[:at], JOB[at:]) == parse(JOB)


@pytest.mark.parametrize("text", ["证件样本", "買買提·吐爾遜", "㐀𠮷𬱖", "A证B", "“引”…"])
def test_gb18030_of_one_two_and_four_bytes(text: str) -> None:
    assert characters(parse(encoder.encode((TextBlock(text),), 48))) == text


def test_control_characters_in_a_text_are_no_commands() -> None:
    commands = parse(encoder.encode((TextBlock("a\x1d\x56\x00\x10\x04\x01b"),), 48))
    assert commands.count(Cut()) == 1


@pytest.mark.parametrize(
    "unknown",
    [
        b"\x1b$\x20\x20",
        b"\x1d(A\x02\x00AB",
        b"\x1b*\x21\x01\x00ABC",
        b"\x1b!0",
        b"\x1ct\x10",
    ],
)
def test_unknown_commands_leave_no_trace(unknown: bytes) -> None:
    assert characters(parse(b"A" + unknown + b"B\n")) == "AB"


def test_report_and_feed() -> None:
    assert parse(b"\x1dr\x01\x1bd\x03") == [Report(1), Feed(3)]


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_garbage_neither_raises_nor_hangs(data: bytes) -> None:
    roll = Roll()
    for command in parse(data):
        roll.obey(command)


def test_real_time_commands_are_picked_out_of_the_middle() -> None:
    real_time = RealTimeFilter()
    out = [real_time.feed(byte) for byte in b"A\x10\x04\x02B\x10C" + CLEAR_BUFFERS + b"\x10\x10\x04\x04"]
    assert [item for item in out if not isinstance(item, bytes)] == [
        StatusRequest(b"\x10\x04\x02"),
        ClearBuffers(),
        StatusRequest(b"\x10\x04\x04"),
    ]
    assert b"".join(item for item in out if isinstance(item, bytes)) == b"AB\x10C\x10"


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_the_filter_loses_and_invents_nothing(data: bytes) -> None:
    real_time, passed = RealTimeFilter(), b""
    for byte in data:
        item = real_time.feed(byte)
        passed += item if isinstance(item, bytes) else b""
    assert len(passed) <= len(data)
    if b"\x10" not in data:
        assert passed == data


def test_a_line_too_long_goes_on_below() -> None:
    rows = rows_of(b"\x1b@" + b"x" * 50 + b"\n\x1dV\x00")
    assert text_of(rows) == "x" * 48 + "\nxx"
    assert all(row.columns <= 48 for row in rows if isinstance(row, Line))
