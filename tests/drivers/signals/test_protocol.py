"""Modbus answers and what contacts mean, without a board."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymodbus.pdu import ModbusPDU

from drivers.errors import DeviceFault, DriverError, ProtocolError, Refused
from drivers.signals.contract import BoardBusy, Door, IllegalAddress, Inputs, Light, WrongUnit
from drivers.signals.protocol import Framing, ModbusDialogue, read_coils, read_counter, read_inputs, span, write_coil
from drivers.signals.simulated_board import Board
from drivers.signals.wiring import Contacts, Wiring

FRAMINGS = list(Framing)


def requests() -> list[ModbusPDU]:
    return [read_coils(0, 8), read_inputs(0, 4), read_counter(0), write_coil(2, on=True)]


def answer_of(framing: Framing, request: ModbusPDU) -> tuple[ModbusDialogue, bytes]:
    dialogue = ModbusDialogue(framing, 1)
    return dialogue, Board(serial=framing is Framing.RTU).answer(dialogue.send(request))


def exception(framing: Framing, code: int) -> bytes:
    """As a board answers the first question for coils."""
    if framing is Framing.TCP:
        return bytes.fromhex("000100000003018100")[:-1] + bytes((code,))
    crc = {0x02: "C191", 0x06: "C052"}[code]
    return bytes((1, 0x81, code)) + bytes.fromhex(crc)


# --- bytes -----------------------------------------------------------------------------------------------------------


def test_the_bytes_of_the_standard_s_example() -> None:
    """Write coil 173 (number 172): "MODBUS Application Protocol", 6.5, with the header and the checksum around."""
    assert ModbusDialogue(Framing.TCP, 1).send(write_coil(172, on=True)) == bytes.fromhex(
        "0001 0000 0006 01 0500ACFF00"
    )
    assert ModbusDialogue(Framing.RTU, 1).send(write_coil(172, on=True)) == bytes.fromhex("01 0500ACFF00 4C1B")


@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize("index", range(4))
def test_an_answer_in_any_portions(framing: Framing, index: int) -> None:
    for size in (1, 2, 5, 64):
        dialogue, answer = answer_of(framing, requests()[index])
        got = [dialogue.receive_data(answer[at : at + size]) for at in range(0, len(answer), size)]
        assert [bool(each) for each in got] == [False] * (len(got) - 1) + [True]


@pytest.mark.parametrize("framing", FRAMINGS)
def test_noise_before_an_answer_never_passes_for_one(framing: Framing) -> None:
    """What it is taken for instead is an error, or nothing until the deadline."""
    for noise in (b"\0", b"\x01\x02", b"\xff" * 9, b"ERROR 400\r\n"):
        dialogue, answer = answer_of(framing, write_coil(2, on=True))
        try:
            got = dialogue.receive_data(noise + answer)
        except ProtocolError:
            continue
        assert got is None or got.address == 2


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (0x01, Refused),
        (0x02, IllegalAddress),
        (0x04, DeviceFault),
        (0x06, BoardBusy),
        (0x0B, WrongUnit),
        (0x77, Refused),
    ],
)
def test_exceptions(code: int, error: type[DriverError]) -> None:
    dialogue = ModbusDialogue(Framing.TCP, 1)
    dialogue.send(read_coils(0, 8))
    with pytest.raises(error, match=f"exception {code:02X}"):
        dialogue.receive_data(exception(Framing.TCP, code))


def test_an_exception_on_a_serial_line() -> None:
    dialogue = ModbusDialogue(Framing.RTU, 1)
    dialogue.send(read_coils(0, 8))
    with pytest.raises(IllegalAddress):
        dialogue.receive_data(exception(Framing.RTU, 0x02))


def test_a_flipped_bit_on_a_serial_line() -> None:
    dialogue, answer = answer_of(Framing.RTU, read_inputs(0, 4))
    with pytest.raises(ProtocolError, match="checksum"):
        dialogue.receive_data(answer[:3] + bytes((answer[3] ^ 1,)) + answer[4:])


def test_a_late_answer_to_an_earlier_question_is_passed_over() -> None:
    dialogue, late = answer_of(Framing.TCP, read_inputs(0, 4))
    board = Board(serial=False)
    board.close_contact("door", closed=True)
    answer = board.answer(dialogue.send(read_inputs(0, 4)))
    assert dialogue.receive_data(late) is None
    got = dialogue.receive_data(answer)
    assert got
    assert got.bits[0]


@pytest.mark.parametrize("framing", FRAMINGS)
def test_an_answer_to_another_question(framing: Framing) -> None:
    for asked, answered in ((0, 1), (1, 0), (3, 0), (2, 3)):
        dialogue = ModbusDialogue(framing, 1)
        _, answer = answer_of(framing, requests()[answered])
        dialogue.send(requests()[asked])
        with pytest.raises(ProtocolError):
            dialogue.receive_data(answer)
    dialogue = ModbusDialogue(framing, 1)
    _, answer = answer_of(framing, write_coil(2, on=True))
    dialogue.send(write_coil(3, on=True))
    with pytest.raises(ProtocolError, match="another request"):
        dialogue.receive_data(answer)


@given(st.sampled_from(FRAMINGS), st.integers(0, 3), st.lists(st.binary(max_size=60), max_size=20))
def test_whatever_comes(framing: Framing, index: int, portions: list[bytes]) -> None:
    dialogue = ModbusDialogue(framing, 1)
    dialogue.send(requests()[index])
    try:
        for portion in portions:
            dialogue.receive_data(portion)
            assert dialogue.pending <= 2 * 264
    except DriverError:
        return


@given(st.sampled_from(FRAMINGS), st.lists(st.binary(max_size=60), max_size=20))
def test_whatever_comes_to_the_simulated_board(framing: Framing, portions: list[bytes]) -> None:
    board = Board(serial=framing is Framing.RTU)
    for portion in portions:
        board.answer(portion)
    board.connected()
    dialogue = ModbusDialogue(framing, 1)
    assert dialogue.receive_data(board.answer(dialogue.send(read_coils(0, 8))))


# --- contacts --------------------------------------------------------------------------------------------------------

WIRING = Wiring(lights={"receipt": 2, "status": 6}, inputs={"door": 4, "tamper": 5, "presence": 6, "call_button": 9})
QUIET = [False] * 6


def bits(*numbers: int) -> list[bool]:
    return [number in numbers for number in range(4, 10)]


def test_a_block_holds_all_numbers() -> None:
    assert span([9, 4, 6]) == (4, 6)
    assert span([7]) == (7, 1)


@pytest.mark.parametrize(
    ("closed", "told"),
    [
        ([], Inputs(Door.CLOSED)),
        ([4], Inputs(Door.OPEN)),
        ([5], Inputs(Door.CLOSED, tamper=True)),
        ([6], Inputs(Door.CLOSED, presence=True)),
        ([9], Inputs(Door.CLOSED, call_button=True)),
    ],
)
def test_each_contact(closed: list[int], told: Inputs) -> None:
    assert Contacts(WIRING, 0).update(bits(*closed), None, 0.0) == told


def test_inverted_contacts() -> None:
    wiring = Wiring({}, WIRING.inputs, frozenset({"door", "tamper"}))
    assert Contacts(wiring, 0).update(QUIET, None, 0.0) == Inputs(Door.OPEN, tamper=True)
    assert Contacts(wiring, 0).update(bits(4, 5), None, 0.0) == Inputs(Door.CLOSED)


def test_what_is_not_fitted_says_no() -> None:
    assert Contacts(Wiring({}, {}), 0).update([], None, 0.0) == Inputs(Door.UNKNOWN)


def test_somebody_who_stands_still_stays_present() -> None:
    contacts = Contacts(WIRING, 3.0)
    seen = [contacts.update(bits(*on), None, now).presence for on, now in (([6], 0), ([], 2), ([], 3), ([], 3.1))]
    assert seen == [True, True, True, False]


def test_a_press_between_two_looks_is_told_by_the_counter() -> None:
    contacts = Contacts(WIRING, 0)
    pressed = [contacts.update(QUIET, count, 0.0).call_button for count in (7, 7, 9, 9, 0, 1)]
    assert pressed == [False, False, True, False, False, True]


def test_lights_blink_by_the_clock_and_the_lock_is_never_on() -> None:
    wiring = Wiring({"receipt": 2, "status": 6}, {}, lock=7)
    wished = {"receipt": Light.BLINK, "status": Light.ON, "not fitted": Light.ON}
    assert wiring.coils(wished, 0.1) == {2: True, 6: True, 7: False}
    assert wiring.coils(wished, 0.6) == {2: False, 6: True, 7: False}
