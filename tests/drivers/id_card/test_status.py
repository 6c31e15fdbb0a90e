"""Every status code of the security module becomes one typed error that says who must act."""

import pytest

from drivers.errors import DriverError, ProtocolError, Refused, Who
from drivers.id_card.contract import CardRejected, CardUnreadable, SecurityModuleFault
from drivers.id_card.protocol import (
    GOOD,
    Reply,
    Status,
)

ERRORS: dict[int, tuple[type[DriverError], Who]] = {
    0x10: (ProtocolError, Who.TECHNICIAN),
    0x11: (ProtocolError, Who.TECHNICIAN),
    0x21: (Refused, Who.TECHNICIAN),
    0x23: (Refused, Who.TECHNICIAN),
    0x24: (Refused, Who.TECHNICIAN),
    0x31: (CardRejected, Who.CITIZEN),
    0x32: (CardRejected, Who.CITIZEN),
    0x33: (CardRejected, Who.CITIZEN),
    0x40: (CardRejected, Who.CITIZEN),
    0x41: (CardUnreadable, Who.CITIZEN),
    0x47: (CardUnreadable, Who.CITIZEN),
    0x60: (SecurityModuleFault, Who.TECHNICIAN),
    0x66: (SecurityModuleFault, Who.TECHNICIAN),
    0x80: (CardUnreadable, Who.CITIZEN),
    0x81: (CardUnreadable, Who.CITIZEN),
    0x55: (Refused, Who.TECHNICIAN),
}


@pytest.mark.parametrize("status", ERRORS, ids=hex)
def test_every_status_says_who_must_act(status: int) -> None:
    kind, who = ERRORS[status]
    error = Reply(status).error
    assert type(error) is kind
    assert error is not None
    assert error.who is who
    assert f"{status:02X}" in error.detail


def test_every_status_is_good_or_in_the_table() -> None:
    assert set(Status) - GOOD == set(ERRORS) - {0x55}
    assert [Reply(status).error for status in GOOD] == [None, None, None]
