import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.errors import ProtocolError
from drivers.id_card.contract import CardType
from drivers.id_card.protocol import (
    NEED_MORE,
    PREAMBLE,
    CardData,
    Command,
    Damaged,
    Parser,
    Reply,
    ReplyParser,
    Request,
    RequestParser,
    Status,
    decode_address,
    decode_card,
    decode_sam_id,
    encode,
    encode_card,
    encode_reply,
)
from drivers.id_card.specimens import PUBLISHED

REQUESTS = {
    Command.RESET_SAM: "0003 10FF EC",
    Command.SAM_STATUS: "0003 11FF ED",
    Command.SAM_ID: "0003 12FF EE",
    Command.FIND_CARD: "0003 2001 22",
    Command.SELECT_CARD: "0003 2002 21",
    Command.READ_CARD: "0003 3001 32",
    Command.READ_CARD_WITH_FINGERPRINT: "0003 3010 23",
    Command.READ_NEWEST_ADDRESS: "0003 3003 30",
    Command.READ_MANAGEMENT_NUMBER: "0003 3005 36",
}
REPLIES = {
    "0004 000090 94": (Status.SUCCESS, b""),
    "0004 000060 64": (Status.SELF_TEST_FAILED, b""),
    "0008 00009F 00000000 97": (Status.CARD_FOUND, bytes(4)),
    "0004 000080 84": (Status.NO_CARD, b""),
    "000C 000090 0000000000000000 9C": (Status.SUCCESS, bytes(8)),
    "0004 000081 85": (Status.SELECT_FAILED, b""),
    "0004 000041 45": (Status.READ_FAILED, b""),
    "0004 000091 95": (Status.EMPTY, b""),
    "0014 000090 05000100E5D6340187D61200B168DE3A F8": (
        Status.SUCCESS,
        bytes.fromhex("05000100E5D6340187D61200B168DE3A"),
    ),
}
MAX_FRAME = 2321
GOOD_FRAME = encode_reply(Status.CARD_FOUND, bytes(4))
NOISE = bytes.fromhex("00 FF AA AA 69 96 AA AA AA 96 55")


def frame(text: str) -> bytes:
    return PREAMBLE + bytes.fromhex(text)


def events(parser: Parser[Reply], data: bytes = b"") -> list[Reply | Damaged]:
    """All events after feeding ``data``."""
    parser.receive_data(data)
    found: list[Reply | Damaged] = []
    while (event := parser.next_event()) is not NEED_MORE:
        assert isinstance(event, Reply | Damaged)
        found.append(event)
    return found


def replies(data: bytes) -> list[Reply]:
    return [event for event in events(ReplyParser(), data) if isinstance(event, Reply)]


# --- the published vectors -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", REQUESTS, ids=lambda command: command.name)
def test_requests(command: Command) -> None:
    assert encode(command) == frame(REQUESTS[command])


def test_a_request_with_data() -> None:
    assert encode(Command.SET_MAX_RF_BYTES, b"\x50") == frame("0004 61FF 50 CA")


@pytest.mark.parametrize("text", REPLIES)
def test_replies_whole(text: str) -> None:
    assert events(ReplyParser(), frame(text)) == [Reply(*REPLIES[text])]
    assert encode_reply(*REPLIES[text]) == frame(text)


@pytest.mark.parametrize("text", REPLIES)
def test_replies_byte_by_byte(text: str) -> None:
    parser = ReplyParser()
    *most, last = frame(text)
    for byte in most:
        assert events(parser, bytes([byte])) == []
    assert events(parser, bytes([last])) == [Reply(*REPLIES[text])]


@pytest.mark.parametrize("text", REPLIES)
def test_replies_between_garbage(text: str) -> None:
    parser = ReplyParser()
    assert events(parser, NOISE + frame(text) + NOISE) == [Reply(*REPLIES[text])]
    assert events(parser, frame(text)) == [Reply(*REPLIES[text])]
    assert parser.skipped == 2 * len(NOISE)


@pytest.mark.parametrize("text", REPLIES)
def test_every_truncation_needs_more(text: str) -> None:
    for size in range(len(frame(text))):
        assert events(ReplyParser(), frame(text)[:size]) == []


@pytest.mark.parametrize("text", REPLIES)
def test_every_wrong_byte_is_noticed(text: str) -> None:
    whole = bytearray(frame(text))
    for at in range(len(whole)):
        spoilt = bytes(byte ^ (0x10 if index == at else 0) for index, byte in enumerate(whole))
        assert replies(spoilt) == []


def test_two_replies_glued_together() -> None:
    assert replies(frame("0004 000080 84") + frame("0004 000041 45")) == [Reply(0x80), Reply(0x41)]


@pytest.mark.parametrize(
    ("kind", "checksum"),
    [
        (CardType.RESIDENT, 0x78),
        (CardType.HMT_PERMIT, 0x1D),
        (CardType.FOREIGNER_2017, 0x0D),
        (CardType.FOREIGNER_2023, 0x7D),
    ],
)
def test_the_four_published_people(kind: CardType, checksum: int) -> None:
    card = PUBLISHED[kind].data()
    whole = encode_reply(Status.SUCCESS, encode_card(card))
    assert (len(whole), whole[-1]) == (1295, checksum)
    assert whole.startswith(frame("0508 000090 0100 0400"))
    (reply,) = replies(whole)
    assert decode_card(reply.data) == card


@pytest.mark.parametrize(
    ("size", "length", "head", "checksum"),
    [(0, 1297, "050A", 0x7A), (512, 1809, "070A", 0x7A), (1024, 2321, "090A", 0x72)],
)
def test_with_fingerprint(size: int, length: int, head: str, checksum: int) -> None:
    card = PUBLISHED[CardType.RESIDENT].data(fingerprint=bytes(size))
    whole = encode_reply(Status.SUCCESS, encode_card(card, fingerprint=True))
    assert (len(whole), whole[-1]) == (length, checksum)
    assert whole.startswith(frame(f"{head} 000090 0100 0400 {size:04X}"))
    (reply,) = replies(whole)
    assert decode_card(reply.data, fingerprint=True) == card


def test_newest_address() -> None:
    data = "北京市朝阳区测试路2号".ljust(35).encode("utf-16-le")
    whole = encode_reply(Status.SUCCESS, data)
    assert (len(whole), whole[-1]) == (81, 0x1A)
    assert decode_address(data) == "北京市朝阳区测试路2号"


def test_sam_id_as_printed() -> None:
    data = bytes.fromhex("05000100E5D6340187D61200B168DE3A")
    assert decode_sam_id(data) == "05.01-20240101-0001234567-0987654321"
    assert decode_sam_id(data, digits=9) == "05.01-20240101-001234567-987654321"
    assert decode_sam_id(b"\x05\x7f\x01\x7f" + data[4:]) == decode_sam_id(data)


@pytest.mark.parametrize("size", [0, 15, 17])
def test_sam_id_of_a_wrong_length(size: int) -> None:
    with pytest.raises(ProtocolError):
        decode_sam_id(bytes(size))


def test_newest_address_of_a_wrong_length() -> None:
    with pytest.raises(ProtocolError):
        decode_address(bytes(69))


# --- frames that are none --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("0003 0000", "length"),
        ("0000", "length"),
        ("FFFF", "length"),
        ("0004 000090 95", "checksum"),
        ("0004 010090 95", "status"),
    ],
)
def test_damaged_frames(text: str, reason: str) -> None:
    parser = ReplyParser()
    assert [event.reason for event in events(parser, frame(text)) if isinstance(event, Damaged)] == [reason]
    assert events(parser, GOOD_FRAME) == [Reply(Status.CARD_FOUND, bytes(4))]


def test_a_frame_that_lost_bytes_does_not_swallow_the_next() -> None:
    broken = encode_reply(Status.SUCCESS, bytes(8))[:-3]
    parser = ReplyParser()
    assert events(parser, broken + GOOD_FRAME) == [Damaged("checksum"), Reply(Status.CARD_FOUND, bytes(4))]


@pytest.mark.parametrize("cut", range(len(GOOD_FRAME)))
def test_no_good_frame_is_lost_behind_one_that_breaks_off(cut: int) -> None:
    data = GOOD_FRAME[:cut] + 3 * GOOD_FRAME + bytes(MAX_FRAME)
    assert replies(data) == 3 * [Reply(Status.CARD_FOUND, bytes(4))]


def test_endless_input_without_a_frame_is_thrown_away() -> None:
    parser = ReplyParser()
    for _ in range(100):
        events(parser, bytes(1000))
    assert parser.pending < len(PREAMBLE)
    assert parser.skipped > 99_000


pieces = st.one_of(
    st.binary(max_size=60),
    st.just(PREAMBLE),
    st.just(PREAMBLE[:3]),
    st.integers(0, 3000).map(lambda length: PREAMBLE + length.to_bytes(2, "big")),
    st.binary(max_size=40).map(lambda data: encode_reply(0x90, data)),
    st.tuples(st.binary(max_size=40), st.integers(0, 50)).map(lambda pair: encode_reply(0x90, pair[0])[: pair[1]]),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(pieces, max_size=12), st.integers(1, 200))
def test_any_input_is_survived_within_bounds_and_the_parser_finds_back(parts: list[bytes], portion: int) -> None:
    parser = ReplyParser()
    data = b"".join(parts)
    for at in range(0, len(data), portion):
        events(parser, data[at : at + portion])
        assert parser.pending < MAX_FRAME
    # a false head may claim up to one frame's length of what follows, no more
    later = [event for _ in range(MAX_FRAME // len(GOOD_FRAME) + 2) for event in events(parser, GOOD_FRAME)]
    assert later[-1] == Reply(Status.CARD_FOUND, bytes(4))


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=80))
def test_card_data_of_any_shape(data: bytes) -> None:
    for fingerprint in (False, True):
        try:
            card = decode_card(data, fingerprint=fingerprint)
        except ProtocolError:
            continue
        assert encode_card(card, fingerprint=fingerprint) == data


@given(st.binary(max_size=20), st.binary(max_size=20), st.binary(max_size=20))
def test_card_data_round_trip(text: bytes, photo: bytes, fingerprint: bytes) -> None:
    card = CardData(text, photo, fingerprint)
    assert decode_card(encode_card(card, fingerprint=True), fingerprint=True) == card


# --- the reader's side, and secrecy ----------------------------------------------------------------------------------


def test_a_reader_understands_requests() -> None:
    parser = RequestParser()
    parser.receive_data(NOISE + encode(Command.FIND_CARD) + encode(Command.SET_MAX_RF_BYTES, b"\x50"))
    assert parser.next_event() == Request(b"\x20\x01")
    assert parser.next_event() == Request(b"\x61\xff", b"\x50")
    assert parser.next_event() is NEED_MORE


def test_no_repr_shows_data() -> None:
    secret = "样本".encode("utf-16-le")
    for value in (Reply(0x90, secret), CardData(secret, secret)):
        assert repr(secret)[2:-1] not in repr(value)
