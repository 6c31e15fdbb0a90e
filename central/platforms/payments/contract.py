"""The payment platform of non-tax revenue (非税支付平台). Amounts in cents, times in seconds since 1970."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, Protocol

ChargeState = Literal["pending", "paid", "cancelled", "reversed"]


@dataclass(frozen=True, repr=False)
class Bill:
    number: str
    """Payment number: twenty digits."""
    title: str
    payee: str
    payer: str
    """Masked."""
    amount: int
    due_on: date
    paid: bool
    voucher: str
    """Of the payment; empty until then."""


@dataclass(frozen=True, repr=False)
class Order:
    """The same ``key`` is the same charge, however often it is ordered."""

    key: str
    amount: int
    title: str
    payee: str
    bill: str = ""
    """Payment number; empty for the fee of a service."""


@dataclass(frozen=True, repr=False)
class Charge:
    key: str
    amount: int
    state: ChargeState
    pay_url: str
    """For the payer's phone; a path is one of the centre's own pages."""
    expires_at: float
    """Then it is cancelled."""
    paid_at: float | None = None
    reversed_at: float | None = None
    voucher: str = ""


@dataclass(frozen=True)
class DayLine:
    """Of the day file: one payment or one reversal."""

    key: str
    kind: Literal["paid", "reversed"]
    amount: int
    at: float


class PaymentPlatform(Protocol):
    """Safe from several threads. All raise :class:`central.platforms.errors.Unavailable`."""

    def bill(self, number: str) -> Bill:
        """Raises ``NotFound``."""
        ...

    def create(self, order: Order) -> Charge:
        """Raises ``Conflict``: ``key-reused`` for another order under this key, ``already-paid`` for a paid bill."""
        ...

    def get(self, key: str) -> Charge:
        """Raises ``NotFound``."""
        ...

    def cancel(self, key: str) -> Charge:
        """As it is then: it may have been paid a moment before. Raises ``NotFound``."""
        ...

    def reverse(self, key: str, reason: str) -> Charge:
        """Pay back. Again is no error. Raises ``NotFound``, ``Conflict``: ``not-paid``."""
        ...

    def day(self, day: date) -> Sequence[DayLine]:
        """The day file: what was paid and reversed that day in China."""
        ...
