"""What goes wrong between the centre and a support platform. A message is a code for technicians, nothing personal."""

from typing import Final

RETRY_AFTER: Final = 10.0
"""Seconds."""


class PlatformError(Exception):
    """The platform did not do what it was asked."""


class Unavailable(PlatformError):
    """The platform does not answer now; ask again later. What was asked may or may not have been done."""

    def __init__(self, reason: str = "", retry_after: float = RETRY_AFTER) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class WrongAnswer(PlatformError):
    """The platform answered something that does not fit the question; it is not believed."""


class NotFound(PlatformError):
    """The platform knows nothing of the kind."""


class Denied(PlatformError):
    """The platform refuses to tell or to do this."""


class Conflict(PlatformError):
    """The platform cannot do this as things stand: something else has happened already."""


class BadSettings(Exception):
    """platforms.toml cannot be used."""
