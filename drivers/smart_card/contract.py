"""The reader for social security cards as the terminal sees it."""

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from drivers.contract import Cancel, Capabilities, DeviceStatus, Media
from drivers.errors import DeadlineExceeded, NeedsCitizen, NotConnected, Refused, Who


@dataclass(frozen=True, repr=False)
class SmartCard:
    """What one social security card says, as read; nothing here is checked.

    A date that the card does not state as a calendar date is ``None``; what a card need not hold is empty.
    Sex, ethnicity, birthplace and date of birth are left on the card: no service needs them from here.
    """

    card_number: str
    social_security_number: str
    """A resident's citizen number; other people's begin with letters."""
    name: str
    card_id: str = ""
    """Sixteen bytes as hexadecimal digits."""
    issuer: str = ""
    standard: str = ""
    """Version of the card specification, such as 2.00 or 3.00."""
    issued: date | None = None
    valid_until: date | None = None

    @property
    def region_code(self) -> str:
        """Six digits, the division that issued the card: the card id begins with it."""
        return self.card_id[:6]

    def __repr__(self) -> str:
        """Personal data must not reach a log through a repr."""
        return f"<SmartCard {self.region_code}>"


@dataclass(frozen=True)
class SmartCardReaderStatus(DeviceStatus):
    """``LEFT``: the card was not taken long after it was read, or was put in and never read."""

    card: Media = Media.UNKNOWN


class NoCard(DeadlineExceeded):
    """No card was put into the reader in time."""

    code = "no_card"
    who = Who.CITIZEN


class CardUnreadable(NeedsCitizen):
    """The card was taken out too early, its contacts are dirty or what it holds is damaged: put it in again."""

    code = "card_unreadable"


class CardMute(NeedsCitizen):
    """Something is in the reader whose chip does not answer: the card lies the wrong way round."""

    code = "card_mute"


class NotSocialSecurityCard(NeedsCitizen):
    """The chip answers, but this is no social security card."""

    code = "not_social_security_card"


class PinRequired(NeedsCitizen):
    """The card of this region tells nothing without its PIN, which is never asked for or tried here."""

    code = "pin_required"


class CardInUse(Refused):
    """Another program holds the card or the reader."""

    code = "card_in_use"
    who = Who.STAFF


class ServiceDown(NotConnected):
    """The smart card service (pcscd) of this machine does not run or does not answer."""

    code = "service_down"


class SmartCardReader(Protocol):
    def status(self) -> SmartCardReaderStatus: ...

    def capabilities(self) -> Capabilities: ...

    def read(self, *, timeout: float, cancel: Cancel) -> SmartCard:
        """Wait up to ``timeout`` seconds for a card and read it whole.

        Raises :class:`NoCard` when none came; :class:`CardUnreadable`, :class:`CardMute`,
        :class:`NotSocialSecurityCard` and :class:`PinRequired` once for each card, which must be taken out before
        another try; and the other ``DriverError`` kinds.
        """
        ...

    def card_present(self) -> bool:
        """Whether a card is in the reader, of whatever kind. Raises ``DriverError``."""
        ...

    def close(self) -> None: ...
