"""The dialogue with a card, without a reader."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import DriverError, ProtocolError
from drivers.smart_card.apdu import Command, Response
from drivers.smart_card.contract import CardUnreadable, NotSocialSecurityCard, PinRequired
from drivers.smart_card.protocol import APPLICATION, EF05, EF06, ReadStyle, read_card
from drivers.smart_card.simulated_chip import SimulatedChip
from drivers.smart_card.specimens import SPECIMENS, Specimen
from drivers.smart_card.vpcd import FrameParser, decode_slot, encode_slot, frame
from tests.drivers.smart_card.helpers import dialogue_with, drive

PERSON = SPECIMENS["person"]
VERIFY = 0x20


def without(specimen: Specimen, *keys: tuple[bytes, int]) -> Specimen:
    return replace(specimen, records={key: value for key, value in specimen.records.items() if key not in keys})


# --- whole cards -----------------------------------------------------------------------------------------------------


def test_every_field_of_a_card() -> None:
    card = dialogue_with(PERSON)
    assert (card.name, card.social_security_number) == ("证件样本", "11010519491231002X")
    assert (card.card_number, card.region_code, card.standard) == ("A00000017", "440100", "2.00")
    assert (card.issued, card.valid_until) == (date(2020, 1, 1), date(2040, 1, 1))
    assert card.issuer == "915600000244010044010000"


@pytest.mark.parametrize("style", [ReadStyle.TAG, ReadStyle.RECORD])
@pytest.mark.parametrize("fetches", [True, False])
@pytest.mark.parametrize("p1", [0x00, 0x02])
def test_every_kind_of_card_is_read_without_a_setting(style: ReadStyle, fetches: bool, p1: int) -> None:
    card = dialogue_with(replace(PERSON, style=style, fetches=fetches, select_p1=p1))
    assert (card.name, card.card_number) == ("证件样本", "A00000017")


@pytest.mark.parametrize("style", [ReadStyle.TAG, ReadStyle.RECORD])
def test_a_style_that_is_set_is_the_only_one_tried(style: ReadStyle) -> None:
    assert dialogue_with(replace(PERSON, style=style), style).name == "证件样本"
    other = ReadStyle.RECORD if style is ReadStyle.TAG else ReadStyle.TAG
    with pytest.raises(CardUnreadable):
        dialogue_with(replace(PERSON, style=other), style)


def test_what_a_card_need_not_hold_is_empty() -> None:
    card = dialogue_with(without(PERSON, (EF05, 0x01), (EF05, 0x04), (EF05, 0x06)))
    assert (card.region_code, card.issuer, card.valid_until) == ("", "", None)


@pytest.mark.parametrize("key", [(EF05, 0x07), (EF06, 0x08), (EF06, 0x09)])
def test_what_a_card_must_hold(key: tuple[bytes, int]) -> None:
    with pytest.raises(CardUnreadable):
        dialogue_with(without(PERSON, key))


@pytest.mark.parametrize("value", [b"\0" * 30, b"\xff" * 30, b"    ", b""])
def test_an_empty_name_is_no_name(value: bytes) -> None:
    with pytest.raises(CardUnreadable):
        dialogue_with(replace(PERSON, records={**PERSON.records, (EF06, 0x09): value}))


def test_a_name_that_is_no_text() -> None:
    with pytest.raises(CardUnreadable, match="name"):
        dialogue_with(replace(PERSON, records={**PERSON.records, (EF06, 0x09): b"\x81\x20\xff\xfe\x01"}))


def test_a_date_that_is_none() -> None:
    card = dialogue_with(replace(PERSON, records={**PERSON.records, (EF05, 0x06): b"\xff\xff\xff\xff"}))
    assert card.valid_until is None


@pytest.mark.parametrize(
    ("name", "error"), [("pin", PinRequired), ("bank", NotSocialSecurityCard), ("broken", CardUnreadable)]
)
def test_cards_that_cannot_be_read(name: str, error: type[DriverError]) -> None:
    with pytest.raises(error):
        dialogue_with(SPECIMENS[name])


def test_no_pin_is_ever_sent() -> None:
    sent: list[int] = []

    class Listening(SimulatedChip):
        def respond(self, apdu: bytes) -> bytes:
            sent.append(apdu[1])
            return super().respond(apdu)

    with pytest.raises(PinRequired):
        drive(read_card(), Listening(SPECIMENS["pin"]))
    assert VERIFY not in sent
    assert 0xB2 in sent


def test_nothing_of_a_person_in_a_repr() -> None:
    card = dialogue_with(PERSON)
    assert repr(card) == "<SmartCard 440100>"


# --- bytes -----------------------------------------------------------------------------------------------------------


def test_the_published_bytes_of_the_selection() -> None:
    command = next(read_card())
    assert command.encode() == bytes.fromhex("00A404000F7378312E73682EC9E7BBE1B1A3D5CF")
    assert len(APPLICATION) == 15


def test_the_bytes_of_a_command() -> None:
    assert Command(0xB2, 0x08, 0x00, le=20).encode() == bytes.fromhex("00B2080014")
    assert Command(0xC0, 0, 0, le=256).encode() == bytes.fromhex("00C0000000")


@pytest.mark.parametrize("data", [b"", b"\x90", bytes(259)])
def test_what_is_no_response(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        Response.decode(data)


def test_a_card_that_never_stops_answering() -> None:
    class Talking(SimulatedChip):
        def respond(self, apdu: bytes) -> bytes:
            return super().respond(apdu) and b"x" * 16 + b"\x61\x10"

    with pytest.raises(ProtocolError, match="never stops"):
        drive(read_card(), Talking(PERSON))


@given(st.lists(st.builds(Response, st.binary(max_size=40), st.integers(0, 0xFFFF)), max_size=80))
def test_whatever_a_card_answers(answers: list[Response]) -> None:
    dialogue = read_card()
    next(dialogue)
    try:
        for answer in answers:
            assert len(dialogue.send(answer).encode()) <= 261
    except (StopIteration, DriverError):
        return


@given(st.binary(max_size=40))
def test_whatever_stands_in_a_record(value: bytes) -> None:
    """A card of the right form with any name: it is read, or told to be unreadable."""
    try:
        card = dialogue_with(replace(PERSON, records={**PERSON.records, (EF06, 0x09): value}))
    except CardUnreadable:
        return
    assert card.name == card.name.strip() != ""


# --- frames ----------------------------------------------------------------------------------------------------------


@given(st.lists(st.binary(max_size=258), max_size=6), st.integers(1, 7))
def test_frames_in_any_portions(payloads: list[bytes], size: int) -> None:
    wire = b"".join(map(frame, payloads))
    parser, seen = FrameParser(), list[bytes]()
    for at in range(0, len(wire), size):
        parser.receive_data(wire[at : at + size])
        while (payload := parser.next_frame()) is not None:
            seen.append(payload)
    assert seen == payloads
    assert parser.pending == 0


@given(st.lists(st.binary(max_size=64)))
def test_noise_ends_in_an_error_or_waits_for_more(portions: list[bytes]) -> None:
    parser = FrameParser()
    try:
        for portion in portions:
            parser.receive_data(portion)
            while parser.next_frame() is not None:
                pass
            assert parser.pending <= 2 + 261
    except ProtocolError:
        return


@pytest.mark.parametrize("answer", [b"", b"\xe0", b"\xe1", bytes.fromhex("3B00"), b"\x3f" * 33])
def test_the_state_of_a_slot(answer: bytes) -> None:
    assert encode_slot(decode_slot(answer)) == answer


@pytest.mark.parametrize("answer", [b"\x00", b"ok", b"\x3b" * 34, b"\x90\x00"])
def test_what_is_no_state_of_a_slot(answer: bytes) -> None:
    with pytest.raises(ProtocolError):
        decode_slot(answer)
