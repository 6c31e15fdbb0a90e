"""The smart card reader."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Final

from drivers.errors import DriverError, ProtocolError
from drivers.smart_card import protocol as social_security
from drivers.smart_card import vpcd
from drivers.smart_card.apdu import Response
from fuzz.promises import Target, expect, outcome, portions, same_in_portions

_RECORD: Final = b"\x07\x0944030000X\x90\x00"


def vpcd_frames(data: bytes) -> None:
    def frames(portions: Iterable[bytes]) -> object:
        return outcome(lambda: list(_frames(vpcd.FrameParser(), portions)), ProtocolError)

    same_in_portions(frames, data)


def _frames(parser: vpcd.FrameParser, portions: Iterable[bytes]) -> Iterable[bytes]:
    for portion in portions:
        parser.receive_data(portion)
        while (frame := parser.next_frame()) is not None:
            with suppress(ProtocolError):
                vpcd.decode_slot(frame)
            yield frame


def smart_card_dialogue(data: bytes) -> None:
    """A card that answers as it likes: one byte tells how long the answer is, the answer follows."""
    asked = social_security.read_card()
    at = 0
    try:
        next(asked)
        for _ in range(200):
            size = data[at] if at < len(data) else 2
            asked.send(Response.decode(data[at + 1 : at + 1 + size].ljust(2, b"\x90")))
            at += 1 + size
    except (StopIteration, DriverError):
        return
    expect(at < len(data), "the card is asked without end")


TARGETS: Final[Mapping[str, Target]] = {
    "smart_card frames": Target(vpcd_frames, (vpcd.frame(b"\x3b\x00") + vpcd.frame(b"\x90\x00"),)),
    "smart_card dialogue": Target(smart_card_dialogue, (portions(b"\x90\0", b"\x90\0", _RECORD),)),
}
