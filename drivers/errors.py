"""One error tree for all devices; an error's docstring is the sentence a technician reads."""

from enum import StrEnum
from typing import ClassVar


class Who(StrEnum):
    """Who must act before the device works again."""

    NOBODY = "nobody"
    CITIZEN = "citizen"
    STAFF = "staff"
    TECHNICIAN = "technician"


class DriverError(Exception):
    """The device did not do what was asked."""

    code: ClassVar[str] = "driver_error"
    who: ClassVar[Who] = Who.TECHNICIAN

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.detail = detail

    def __str__(self) -> str:
        sentence = (type(self).__doc__ or "").strip().splitlines()[0]
        return f"{sentence} ({self.detail})" if self.detail else sentence


class NotConnected(DriverError):
    """No device answers at the configured port: check cable, power and setting."""

    code = "not_connected"


class ConnectionLost(NotConnected):
    """The device went away in the middle of the operation: check the cable."""

    code = "connection_lost"


class DeadlineExceeded(DriverError):
    """The device gave no whole answer in time."""

    code = "deadline_exceeded"


class Cancelled(DriverError):
    """The operation was cancelled before it was done."""

    code = "cancelled"
    who = Who.NOBODY


class ProtocolError(DriverError):
    """The device sent bytes that make no valid reply: wrong device, wrong speed or a bad cable."""

    code = "protocol_error"


class DeviceFault(DriverError):
    """The device reports a hardware fault of its own."""

    code = "device_fault"


class DriverFailed(DriverError):
    """The driver itself failed, and not the device: see the log."""

    code = "driver_failed"


class Refused(DriverError):
    """The device understood the command and refused it."""

    code = "refused"


class NeedsCitizen(DriverError):
    """The citizen must do something first."""

    code = "needs_citizen"
    who = Who.CITIZEN


class NeedsStaff(DriverError):
    """Hall staff must do something first."""

    code = "needs_staff"
    who = Who.STAFF
