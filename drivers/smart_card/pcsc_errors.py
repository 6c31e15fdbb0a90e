"""What the result codes of PC/SC mean for this terminal. Pure. Codes from ``pcsclite.h`` (PC/SC part 10)."""

from collections.abc import Mapping
from typing import Final

from drivers.errors import ConnectionLost, DeadlineExceeded, DeviceFault, DriverError, NotConnected, Refused
from drivers.smart_card.contract import CardInUse, CardMute, CardUnreadable, NotSocialSecurityCard, ServiceDown

_MEANINGS: Final[Mapping[int, type[DriverError]]] = {
    # the service
    0x8010001D: ServiceDown,  # no service
    0x8010001E: ServiceDown,  # service stopped
    0x80100013: ServiceDown,  # communication with the service broke
    0x80100003: ServiceDown,  # handle of a service that was restarted
    0x80100001: ServiceDown,  # internal error
    # the reader
    0x8010002E: NotConnected,  # no readers
    0x80100009: NotConnected,  # unknown reader
    0x80100017: ConnectionLost,  # reader unavailable
    # the card
    0x8010000C: CardUnreadable,  # no card
    0x80100069: CardUnreadable,  # card removed
    0x80100016: CardUnreadable,  # not transacted: dirty contacts, or taken out in the middle of a command
    0x8010002F: CardUnreadable,  # data lost on the way to the card
    0x80100066: CardMute,  # unresponsive
    0x80100067: CardMute,  # unpowered
    0x80100015: CardMute,  # answer to reset is none
    0x80100065: NotSocialSecurityCard,  # unsupported card
    0x8010001C: NotSocialSecurityCard,  # the same, in the service's words
    0x8010000F: NotSocialSecurityCard,  # neither T=0 nor T=1
    # others
    0x8010000B: CardInUse,  # sharing violation
    0x80100068: CardInUse,  # reset by another program
    0x8010006A: Refused,  # the system's policy (polkit) forbids this user the service
    0x80100027: Refused,  # no access
    0x8010000A: DeadlineExceeded,
}


def error_of(code: int, words: str) -> DriverError:
    """``words`` is the service's message for ``code``."""
    return _MEANINGS.get(code & 0xFFFFFFFF, DeviceFault)(f"{words.strip(' .')} ({code & 0xFFFFFFFF:08X})")
