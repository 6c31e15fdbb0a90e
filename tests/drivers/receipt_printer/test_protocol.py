import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.contract import State
from drivers.errors import ProtocolError, Who
from drivers.receipt_printer import protocol
from drivers.receipt_printer.contract import Paper
from drivers.receipt_printer.protocol import Bit, align_right, pair, width, wrap

READY = b"\x12\x12\x12\x12"
HARMLESS = {Bit.PAPER_LOW, Bit.PRESENTED, *protocol.PAUSES}


@pytest.mark.parametrize(
    ("answers", "state", "fault", "who", "paper"),
    [
        (READY, State.ONLINE, "", Who.NOBODY, Paper.OK),
        (b"\x16\x12\x12\x12", State.ONLINE, "", Who.NOBODY, Paper.OK),  # the drawer contact says nothing of paper
        (b"\x12\x12\x12\x1e", State.DEGRADED, "receipt_printer.paper_low", Who.STAFF, Paper.LOW),
        (b"\x1a\x32\x12\x7e", State.USER_ERROR, "receipt_printer.paper_out", Who.STAFF, Paper.OUT),
        (b"\x1a\x16\x12\x12", State.USER_ERROR, "receipt_printer.cover_open", Who.STAFF, Paper.OK),
        (b"\x1a\x36\x12\x7e", State.USER_ERROR, "receipt_printer.cover_open", Who.STAFF, Paper.OUT),
        (b"\x1a\x52\x1a\x12", State.USER_ERROR, "receipt_printer.jammed", Who.STAFF, Paper.JAMMED),
        (b"\x1a\x52\x12\x12", State.USER_ERROR, "receipt_printer.jammed", Who.STAFF, Paper.OK),
        (b"\x1a\x52\x32\x12", State.HARDWARE_ERROR, "receipt_printer.device_fault", Who.TECHNICIAN, Paper.OK),
        (b"\x1a\x52\x52\x12", State.BUSY, "receipt_printer.too_hot", Who.NOBODY, Paper.OK),
        (b"\x1a\x12\x12\x12", State.OFFLINE, "receipt_printer.offline", Who.STAFF, Paper.OK),
    ],
)
def test_status_bytes(answers: bytes, state: State, fault: str, who: Who, paper: Paper) -> None:
    status = protocol.status(protocol.decode(answers))
    assert (status.state, status.fault, status.who, status.paper) == (state, fault, who, paper)
    assert status.cover_open == (fault == "receipt_printer.cover_open")


@pytest.mark.parametrize("answers", [b"", READY[:3], READY + b"\x12", b"\x12\xff\x12\x12", b"\x12\x12\x12\x00"])
def test_what_is_no_status(answers: bytes) -> None:
    with pytest.raises(ProtocolError):
        protocol.decode(answers)


@settings(deadline=None)
@given(st.integers(0, 255))
def test_no_byte_is_both_status_and_report(byte: int) -> None:
    assert not (protocol.is_status(byte) and protocol.is_report(byte))


@settings(deadline=None)
@given(st.binary(max_size=6))
def test_any_bytes_decode_or_are_refused(answers: bytes) -> None:
    try:
        assert protocol.decode(answers) <= set(Bit)
    except ProtocolError:
        assert len(answers) != 4 or not all(map(protocol.is_status, answers))


ASKED = [bit for bit in Bit if bit not in (Bit.JAM, Bit.PRESENTED)]


@settings(deadline=None)
@given(st.frozensets(st.sampled_from(ASKED)))
def test_facts_survive_the_wire(bits: frozenset[Bit]) -> None:
    assert protocol.decode(protocol.encode(bits)) == bits


@pytest.mark.parametrize("bit", [bit for bit in Bit if bit not in HARMLESS])
def test_everything_but_what_is_harmless_or_passes_stops(bit: Bit) -> None:
    assert protocol.stopped(frozenset({bit}))


def test_what_does_not_stop() -> None:
    assert not protocol.stopped(frozenset({Bit.PAPER_LOW}))
    assert not protocol.stopped(frozenset({Bit.OFFLINE, Bit.ERROR, Bit.AUTO_RECOVERABLE}))
    assert not protocol.stopped(frozenset({Bit.OFFLINE, Bit.FEEDING}))


def test_a_pause_hides_no_fault() -> None:
    assert protocol.stopped(frozenset({Bit.OFFLINE, Bit.FEEDING, Bit.COVER_OPEN}))
    assert protocol.damaged(frozenset({Bit.ERROR, Bit.CUTTER_ERROR, Bit.AUTO_RECOVERABLE}))


def test_paper_that_ends_behind_a_receipt_does_not_damage_it() -> None:
    assert not protocol.damaged(frozenset({Bit.PAPER_OUT, Bit.STOPPED_FOR_PAPER, Bit.OFFLINE}))
    assert protocol.damaged(frozenset({Bit.CUTTER_ERROR}))


def test_width_counts_full_width_cells() -> None:
    assert width("A1") == 2
    assert width("受理·é") == 8


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", [""]),
        ("您的申请已受理", ["您的申请已", "受理"]),
        ("一二三四五。六", ["一二三四", "五。六"]),
        ("take your card", ["take your", "card"]),
        ("ABCDEFGHIJKLMN", ["ABCDEFGHIJ", "KLMN"]),
        ("编号AB-42请保存", ["编号AB-42", "请保存"]),
        ("a\nb", ["a", "b"]),
        ("x\x1b@\x10\x04y", ["x @  y"]),
    ],
)
def test_wrapping_at_ten_columns(text: str, lines: list[str]) -> None:
    assert wrap(text, 10) == lines


@settings(deadline=None)
@given(st.text(max_size=80), st.integers(2, 48))
def test_wrapped_lines_fit_and_lose_nothing_but_spaces(text: str, columns: int) -> None:
    lines = wrap(text, columns)
    assert all(width(line) <= columns for line in lines)
    assert all(line.isprintable() for line in lines)
    kept = "".join(character for character in text if character.isprintable() and character != " ")
    assert "".join(lines).replace(" ", "") == kept


def test_a_pair_on_one_line() -> None:
    assert pair("姓名", "***本", 20) == ["姓名           ***本"]


def test_a_pair_too_long_takes_two_lines() -> None:
    assert pair("办理事项", "社会保险参保证明打印", 20) == ["办理事项", "社会保险参保证明打印"]
    assert pair("办理事项", "参保证明打印", 18) == ["办理事项", align_right("参保证明打印", 18)]
