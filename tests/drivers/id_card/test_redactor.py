"""No card leaves a trace, and the trace can still be replayed."""

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.id_card.contract import CardType
from drivers.id_card.protocol import (
    Command,
    Damaged,
    NeedMore,
    Reply,
    ReplyParser,
    Status,
    decode_address,
    decode_card,
    encode,
    encode_card,
    encode_reply,
)
from drivers.id_card.redactor import SamRedactor
from drivers.id_card.specimens import PUBLISHED, Specimen
from drivers.id_card.text_block import decode

PHOTO, FINGERPRINT = (random.Random(seed).randbytes(1024) for seed in (7, 8))
ADDRESS = "广州市天河区示例路88号"
HOLDER = Specimen(
    CardType.RESIDENT,
    {
        "name": "示例丁",
        "sex": "1",
        "ethnicity": "08",
        "birth": "19870704",
        "address": "广东省茂名市示例街道12号",
        "number": "440902198707040019",
        "issuer": "茂名市公安局示例分局",
        "valid_from": "20210502",
        "valid_until": "20410502",
    },
)
SECRETS = [
    *(value.encode("utf-16-le") for value in [*HOLDER.fields.values(), ADDRESS] if len(value) > 2),
    *(block[at : at + 6] for block in (PHOTO, FINGERPRINT) for at in range(len(block) - 6)),
    bytes.fromhex("1122334455667788"),
]
SAM_ID = bytes.fromhex("05000100E5D6340187D61200B168DE3A")


def card(*, fingerprint: bool = False) -> bytes:
    data = HOLDER.data(FINGERPRINT)
    return encode_card(type(data)(data.text, PHOTO, FINGERPRINT), fingerprint=fingerprint)


EXCHANGES: dict[Command, bytes] = {
    Command.SAM_STATUS: encode_reply(Status.SUCCESS),
    Command.SAM_ID: encode_reply(Status.SUCCESS, SAM_ID),
    Command.FIND_CARD: encode_reply(Status.CARD_FOUND, b"\x11\x22\x33\x44"),
    Command.SELECT_CARD: encode_reply(Status.SUCCESS, bytes.fromhex("1122334455667788")),
    Command.READ_CARD: encode_reply(Status.SUCCESS, card()),
    Command.READ_CARD_WITH_FINGERPRINT: encode_reply(Status.SUCCESS, card(fingerprint=True)),
    Command.READ_NEWEST_ADDRESS: encode_reply(Status.SUCCESS, ADDRESS.ljust(35).encode("utf-16-le")),
    Command.READ_MANAGEMENT_NUMBER: encode_reply(Status.SUCCESS, bytes.fromhex("1122334455667788") * 2),
}


def redacted(redactor: SamRedactor, data: bytes, cuts: list[int]) -> bytes:
    borders = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    portions = [redactor.received(data[start:end]) for start, end in pairwise(borders)]
    assert [len(portion) for portion in portions] == [end - start for start, end in pairwise(borders)]
    return b"".join(portions)


def events(data: bytes) -> list[Reply | Damaged]:
    parser = ReplyParser()
    parser.receive_data(data)
    return list(iter(lambda: _or_none(parser), None))


def statuses(events: list[Reply | Damaged]) -> list[int]:
    return [event.status for event in events if isinstance(event, Reply)]


def _or_none(parser: ReplyParser) -> Reply | Damaged | None:
    event = parser.next_event()
    return None if isinstance(event, NeedMore) else event


def leaks(data: bytes) -> list[bytes]:
    return [secret for secret in SECRETS if secret in data]


Spoil = tuple[str, int, int] | None

CUTS = st.lists(st.integers(0, 3000), max_size=12)
COMMANDS = st.sampled_from(list(EXCHANGES))
SPOILS = st.one_of(
    st.none(),
    st.tuples(st.just("flip"), st.integers(0, 2400), st.integers(1, 255)),
    st.tuples(st.just("lose"), st.integers(0, 2400), st.integers(1, 60)),
    st.tuples(st.just("begin"), st.integers(0, 2400), st.just(0)),
)
"""A byte damaged, some lost, or the whole beginning missing."""


def spoilt(reply: bytes, how: Spoil) -> bytes:
    match how:
        case ("flip", at, bits):
            at %= len(reply)
            return reply[:at] + bytes([reply[at] ^ bits]) + reply[at + 1 :]
        case ("lose", at, count):
            return reply[:at] + reply[at + count :]
        case ("begin", at, _):
            return reply[at:]
        case _:
            return reply


@given(st.lists(st.tuples(COMMANDS, SPOILS, CUTS), min_size=1, max_size=6), st.binary(max_size=40))
def test_nothing_of_a_person_is_left(
    dialogue: list[tuple[Command, tuple[str, int, int] | None, list[int]]], noise: bytes
) -> None:
    redactor = SamRedactor()
    shown = b""
    for command, how, cuts in dialogue:
        assert redactor.sent(encode(command)) == encode(command)
        shown += redacted(redactor, noise + spoilt(EXCHANGES[command], how), cuts)
    assert leaks(shown) == []


@given(st.permutations([Command.FIND_CARD, Command.SELECT_CARD, Command.READ_CARD]), CUTS)
def test_a_late_reply_is_hidden_behind_any_question(order: list[Command], cuts: list[int]) -> None:
    """A card may be answered to a question that asked for none."""
    redactor = SamRedactor()
    late = b"".join(EXCHANGES[command] for command in order)
    assert redactor.sent(encode(Command.SAM_STATUS))
    assert leaks(redacted(redactor, late, cuts)) == []


@given(COMMANDS, st.integers(0, 2400), st.integers(0, 255), CUTS)
def test_good_frames_stay_good_and_damaged_ones_damaged(command: Command, at: int, bits: int, cuts: list[int]) -> None:
    reply = spoilt(EXCHANGES[command], ("flip", at, bits))
    redactor = SamRedactor()
    redactor.sent(encode(command))
    shown = redacted(redactor, reply, cuts)
    before, after = events(reply), events(shown)
    assert [type(event) for event in before] == [type(event) for event in after]
    if not bits:
        assert [getattr(event, "status", None) for event in before] == [
            getattr(event, "status", None) for event in after
        ]


@pytest.mark.parametrize("fingerprint", [False, True])
def test_a_redacted_read_gives_the_published_specimen(fingerprint: bool) -> None:
    command = Command.READ_CARD_WITH_FINGERPRINT if fingerprint else Command.READ_CARD
    redactor = SamRedactor()
    redactor.sent(encode(command))
    (event,) = events(redactor.received(EXCHANGES[command]))
    assert isinstance(event, Reply)
    data = decode_card(event.data, fingerprint=fingerprint)
    assert decode(data.text).number == PUBLISHED[CardType.RESIDENT].fields["number"]
    assert set(data.photo) | set(data.fingerprint) == {0}


def test_a_redacted_address_is_the_specimen_s() -> None:
    redactor = SamRedactor()
    redactor.sent(encode(Command.READ_NEWEST_ADDRESS))
    (event,) = events(redactor.received(EXCHANGES[Command.READ_NEWEST_ADDRESS]))
    assert isinstance(event, Reply)
    assert decode_address(event.data) == PUBLISHED[CardType.RESIDENT].fields["address"]


@given(st.lists(st.sampled_from([Command.SAM_STATUS, Command.SAM_ID]), max_size=5), CUTS)
def test_what_the_module_says_of_itself_stays(commands: list[Command], cuts: list[int]) -> None:
    redactor = SamRedactor()
    for command in commands:
        redactor.sent(encode(command))
        assert redacted(redactor, EXCHANGES[command], cuts) == EXCHANGES[command]


@pytest.mark.parametrize("status", list(Status))
def test_statuses_stay(status: Status) -> None:
    redactor = SamRedactor()
    redactor.sent(encode(Command.READ_CARD))
    assert redactor.received(encode_reply(status)) == encode_reply(status)


def test_noise_is_evidence_until_a_card_was_asked_for() -> None:
    redactor = SamRedactor()
    redactor.sent(encode(Command.SAM_STATUS))
    assert redactor.received(b"\x02\x00\x00\x01\x00\x33\x31") == b"\x02\x00\x00\x01\x00\x33\x31"
    redactor.sent(encode(Command.FIND_CARD))
    assert redactor.received(b"\x02\x00\x00\x01\x00\x33\x31") == bytes(7)


def test_after_a_reply_that_broke_off_the_next_one_is_whole() -> None:
    redactor = SamRedactor()
    redactor.sent(encode(Command.READ_CARD))
    redactor.received(EXCHANGES[Command.READ_CARD][:600])
    redactor.sent(encode(Command.SAM_STATUS))
    assert redactor.received(EXCHANGES[Command.SAM_STATUS]) == EXCHANGES[Command.SAM_STATUS]
