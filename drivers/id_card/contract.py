"""The identity card reader as the terminal sees it."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Protocol

from drivers.contract import Cancel, Capabilities, DeviceStatus, Media
from drivers.errors import DeadlineExceeded, DeviceFault, NeedsCitizen, Who


class CardType(StrEnum):
    """The letter at byte 248 of the text block tells; anything else is a resident card."""

    RESIDENT = "resident"
    HMT_PERMIT = "J"
    FOREIGNER_2017 = "I"
    FOREIGNER_2023 = "Y"


class Sex(StrEnum):
    """GB/T 2261.1; a value that is none of these is read as unknown."""

    UNKNOWN = "0"
    MALE = "1"
    FEMALE = "2"
    UNSTATED = "9"


@dataclass(frozen=True, repr=False)
class IdCard:
    """What one card says, as read; nothing here is checked (see ``kiosk.identity``).

    Dates the card does not state as a calendar date are ``None``; ``long_term`` says that the card never expires.
    ``photo`` (1024 bytes, WLT) and ``fingerprint`` stay opaque.
    """

    type: CardType
    name: str
    number: str
    sex: Sex
    birth: date | None
    valid_from: date | None
    valid_until: date | None
    long_term: bool = False
    address: str = ""
    newest_address: str = ""
    """Where the holder has moved to since; empty when nobody wrote that to the card, or nobody asked."""
    issuer: str = ""
    ethnicity: str = ""
    nationality: str = ""
    latin_name: str = ""
    pass_number: str = ""
    issue_count: str = ""
    old_number: str = ""
    """Of a 2023 foreigner card: the number of the holder's 2017 card, empty when there was none."""
    photo: bytes = field(default=b"")
    fingerprint: bytes = field(default=b"")

    def __repr__(self) -> str:
        """Personal data must not reach a log through a repr."""
        return f"<IdCard {self.type.value}>"


@dataclass(frozen=True)
class IdCardReaderStatus(DeviceStatus):
    """``sam_id`` is the security module's printed number, empty when not read.

    ``card`` is known of a card that was read, and for a few seconds after a search; else it is ``UNKNOWN``.
    """

    sam_id: str = ""
    card: Media = Media.UNKNOWN


class NoCard(DeadlineExceeded):
    """No card was laid on the reader in time."""

    code = "no_card"
    who = Who.CITIZEN


class CardUnreadable(NeedsCitizen):
    """The card was found but not read: lift it and lay it flat again."""

    code = "card_unreadable"


class CardRejected(NeedsCitizen):
    """The reader does not accept this card: another card or the counter is needed."""

    code = "card_rejected"


class SecurityModuleFault(DeviceFault):
    """The reader's security module failed its self-test or is not authorised: replace the reader."""

    code = "security_module_fault"


class IdCardReader(Protocol):
    def status(self) -> IdCardReaderStatus: ...

    def capabilities(self) -> Capabilities: ...

    def read(self, *, timeout: float, cancel: Cancel) -> IdCard:
        """Wait up to ``timeout`` seconds for a card and read it whole.

        Raises :class:`NoCard` when none came, :class:`CardUnreadable` when the card was lifted too early or lies
        badly (it must be lifted before the next try), and the other ``DriverError`` kinds.
        """
        ...

    def card_present(self) -> bool:
        """Whether the card that was read last still lies there. Raises ``DriverError``."""
        ...

    def close(self) -> None: ...
