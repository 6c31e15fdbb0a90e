"""What a technician would try with the card reader."""

from collections.abc import Iterator

from drivers.contract import Cancel
from drivers.errors import DriverError
from drivers.selftest import Check, failed, status_only
from drivers.smart_card.device import SocialSecurityCardReader


def selftest(device: SocialSecurityCardReader, cancel: Cancel) -> Iterator[Check]:
    """With a card in the reader its chip is tried, too; nothing of a person is read."""
    yield from status_only(device, cancel)
    try:
        if not device.card_present():
            yield Check("a card is read", ok=True, evidence="not tried: no card in the reader")
            return
        device.examine(cancel)
        yield Check("a card is read", ok=True, evidence="the chip answers and holds the social security application")
    except DriverError as error:
        yield failed("a card is read", error)
