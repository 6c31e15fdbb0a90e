"""The seam below the card dialogue: a slot that may hold a card, whatever leads to it."""

from dataclasses import dataclass
from typing import Final, Protocol

from drivers.contract import Cancel

_CONVENTIONS: Final = frozenset({0x3B, 0x3F})
_ATR_SIZES: Final = range(2, 34)


def is_answer_to_reset(data: bytes) -> bool:
    """Whether it begins with one of the two conventions of ISO 7816-3 and is no longer than it allows."""
    return len(data) in _ATR_SIZES and data[0] in _CONVENTIONS


@dataclass(frozen=True)
class Slot:
    """What is in the reader. ``atr`` is the card's answer to reset, as far as anybody knows it."""

    atr: bytes = b""
    mute: bool = False
    """Something is in, and its chip does not answer."""
    in_use: bool = False
    """Another program holds it."""
    moves: int = 0
    """Counts what was put in and taken out, where the reader tells: a quick exchange between two looks shows in it."""

    @property
    def present(self) -> bool:
        return bool(self.atr or self.mute or self.in_use)


class CardTransport(Protocol):
    """All but ``close`` raise ``NotConnected`` when there is no reader, ``DeadlineExceeded`` after ``timeout`` seconds
    of silence, ``Cancelled``, and ``ProtocolError``; the next call connects again by itself."""

    name: str

    def slot(self, timeout: float, cancel: Cancel) -> Slot:
        """Look, and leave the card alone."""
        ...

    def connect(self, timeout: float, cancel: Cancel) -> bytes:
        """Power the card up and return its answer to reset. Raises ``CardUnreadable`` when there is none any more,
        ``CardMute``, ``CardInUse``, ``NotSocialSecurityCard`` when it speaks no protocol of ISO 7816."""
        ...

    def transmit(self, apdu: bytes, timeout: float, cancel: Cancel) -> bytes:
        """Raises ``CardUnreadable`` when the card was taken out meanwhile."""
        ...

    def disconnect(self) -> None:
        """Take the power from the card. Idempotent, never raises."""
        ...

    def close(self) -> None:
        """Idempotent, never raises."""
        ...
