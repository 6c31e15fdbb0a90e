"""The identity card reader."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, Final

from drivers.errors import ProtocolError
from drivers.id_card import protocol as sam
from drivers.id_card import text_block
from drivers.id_card.specimens import SPECIMENS
from drivers.id_card.usb_framing import KINDS
from fuzz.promises import Target, expect, same_in_portions

_CARD: Final = SPECIMENS["resident"].data()


def _sam_events(parser: "sam.Parser[Any]", portions: Iterable[bytes]) -> list[object]:
    events: list[object] = []
    received = 0
    for portion in portions:
        received += len(portion)
        parser.receive_data(portion)
        while (event := parser.next_event()) is not sam.NEED_MORE:
            events.append(event)
    expect(parser.skipped + parser.pending <= received, "more bytes than came")
    return events


def sam_replies(data: bytes) -> None:
    for event in same_in_portions(lambda portions: _sam_events(sam.ReplyParser(), portions), data):
        if isinstance(event, sam.Reply):
            card_data(event.data)


def sam_requests(data: bytes) -> None:
    same_in_portions(lambda portions: _sam_events(sam.RequestParser(), portions), data)


def card_data(data: bytes) -> None:
    for fingerprint in (False, True):
        with suppress(ProtocolError):
            card = sam.decode_card(data, fingerprint=fingerprint)
            text_block.decode(card.text, card.photo, card.fingerprint)


def card_text(data: bytes) -> None:
    text_block.decode(data[: text_block.SIZE].ljust(text_block.SIZE, b"\0"))


def usb_framings(data: bytes) -> None:
    """Transfers of 64 bytes, in each of the framings."""
    for kind in KINDS.values():
        framing = kind()
        for at in range(0, len(data), 64):
            transfer = data[at : at + 64]
            expect(len(framing.received(transfer)) <= len(transfer), "more bytes than came")
            expect(0 <= framing.next_pair < framing.pairs, "a pair that is not there")


TARGETS: Final[Mapping[str, Target]] = {
    "id_card replies": Target(
        sam_replies, (sam.encode_reply(0x90, sam.encode_card(_CARD)), sam.encode_reply(0x9F, bytes(4)))
    ),
    "id_card requests": Target(sam_requests, tuple(map(sam.encode, sam.Command))),
    "id_card data": Target(card_data, (sam.encode_card(_CARD), sam.encode_card(_CARD, fingerprint=True))),
    "id_card text": Target(card_text, tuple(each.data().text for each in SPECIMENS.values())),
    "id_card usb": Target(usb_framings, (sam.encode_reply(0x90, sam.encode_card(_CARD)),)),
}
