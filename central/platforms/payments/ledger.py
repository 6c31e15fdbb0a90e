"""The centre's ledger of payments: written before the platform hears of one, and moved only by the platform's word.

A payment is found again by terminal and key after any crash, and asking again goes on where it stopped: the platform
knows it by the same key, so nobody pays twice. Of a bill there is one open payment in the whole province.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final, cast

from central.platforms.desk import Desk, as_problem
from central.platforms.errors import Conflict, NotFound, PlatformError, WrongAnswer
from central.platforms.payments.contract import Bill, Charge, DayLine, Order, PaymentPlatform
from central.platforms.payments.differences import Differences, compare, day_bounds, lines_of
from central.platforms.payments.states import State, before
from central.problems import Problem
from central.sealing import Blinder, Sealer
from central.storage.database import Storage, Transaction
from central.storage.payments import PaymentRow

_UNHEARD: Final = 900.0
"""Seconds a payment may be of which the platform has not heard."""


@dataclass(frozen=True, repr=False)
class Asked:
    """What a terminal wants to have paid: a bill, or the fee of a service."""

    item: str
    """Code of the service."""
    amount: int
    """Cents, as the citizen was shown."""
    bill: str = ""
    """Payment number; empty for a fee."""


@dataclass(frozen=True, repr=False)
class Wanted:
    """What it is called and who gets it."""

    title: str
    payee: str


@dataclass(frozen=True, repr=False)
class Payment:
    key: str
    state: State
    amount: int
    pay_url: str = ""
    expires_at: float | None = None
    paid_at: float | None = None
    reversed_at: float | None = None
    voucher: str = ""


@dataclass(frozen=True, repr=False)
class Ledger:
    """Raises :class:`Problem`, ``StorageUnavailable``."""

    desk: Desk[PaymentPlatform]
    storage: Storage
    sealer: Sealer
    blinder: Blinder
    now: Callable[[], float]

    def bill(self, number: str) -> Bill:
        bill = self.desk.put(lambda platform: platform.bill(number))
        if bill.number != number:
            raise as_problem(self.desk.name, WrongAnswer())
        return bill

    def create(self, terminal: str, key: str, asked: Asked, look_up: Callable[[], Wanted]) -> Payment:
        """The same again is the same payment, whatever it costs by now: ``look_up`` is for the first time.

        Raises :class:`Problem` 409: ``key-reused``, ``being-paid``, ``already-paid``, and what ``look_up`` raises.
        """
        if self._written(terminal, key) is None:
            self._write(terminal, key, asked, look_up())
        row, known = self._read(terminal, key)
        if Asked(row.item, row.amount, known["bill"]) != asked:
            raise Problem(409, "The key belongs to another payment.", "Take a new key.", kind="key-reused")
        return self._followed(row, known)

    def look(self, terminal: str, key: str) -> Payment:
        """What became of it. Raises :class:`Problem` 404."""
        return self._followed(*self._read(terminal, key))

    def cancel(self, terminal: str, key: str) -> Payment:
        """As it is then: it may have been paid a moment before."""
        row, known = self._read(terminal, key)
        if row.state == "created":  # the platform may or may not have heard of it
            self._followed(row, known)
        if row.state in ("created", "pending"):
            self._believe(row, self.desk.put(lambda platform: platform.cancel(_name(terminal, key))))
        return self._told(*self._read(terminal, key))

    def reverse(self, terminal: str, key: str, reason: str) -> Payment:
        """Pay back. Raises :class:`Problem` 409: ``not-paid``."""
        row, known = self._read(terminal, key)
        self._followed(row, known)
        self._believe(row, self.desk.put(lambda platform: platform.reverse(_name(terminal, key), reason)))
        return self._told(*self._read(terminal, key))

    def reconcile(self, day: date) -> Differences:
        """The platform's day file beside the ledger. What the ledger had not heard of yet it takes over first."""
        theirs = self.desk.put(lambda platform: platform.day(day))
        for line in compare(self._lines(day), theirs).only_theirs:
            self._catch_up(line)
        return compare(self._lines(day), theirs)

    # --- steps ---------------------------------------------------------------------------------------------------

    def _write(self, terminal: str, key: str, asked: Asked, wanted: Wanted) -> None:
        bill = self.blinder.of("bill", asked.bill) if asked.bill else ""
        content = self._sealed(terminal, key, {**asdict(wanted), "bill": asked.bill, "pay_url": "", "voucher": ""})
        row = PaymentRow(terminal, key, "created", asked.item, bill, asked.amount, content, self.now())
        with self.storage.transaction() as transaction:
            if bill:
                self._claim(transaction, bill, terminal, key)
            transaction.payments.add(row)

    def _claim(self, transaction: Transaction, bill: str, terminal: str, key: str) -> None:
        holder = transaction.payments.claim(bill, terminal, key)
        if holder == (terminal, key):
            return
        other = transaction.payments.get(*holder)
        if other and other.state in ("created", "pending") and not self._is_stale(other):
            raise Problem(409, "The bill is being paid at another place.", "Wait for its end.", kind="being-paid")
        transaction.payments.hand_over(bill, terminal, key)

    def _is_stale(self, other: PaymentRow) -> bool:
        """Whether the platform will have cancelled it: nobody has looked since."""
        return self.now() > (other.expires_at or other.created_at + _UNHEARD)

    def _followed(self, row: PaymentRow, known: dict[str, Any]) -> Payment:
        """After the platform was asked, unless it has said all it will: what is paid is known without it."""
        if row.state in ("paid", "cancelled", "reversed"):
            return self._told(row, known)
        name = _name(row.terminal, row.key)
        order = Order(name, row.amount, known["title"], known["payee"], known["bill"])
        try:
            charge = self.desk.ask(lambda p: p.create(order) if row.state == "created" else p.get(name))
        except Conflict as error:
            self._move(row, "cancelled", {})
            raise as_problem(self.desk.name, error) from None
        except PlatformError as error:
            raise as_problem(self.desk.name, error) from None
        self._believe(row, charge)
        return self._told(*self._read(row.terminal, row.key))

    def _believe(self, row: PaymentRow, charge: Charge) -> None:
        """Only what fits. Steps back are never made: an old answer may come late."""
        if (charge.key, charge.amount) != (_name(row.terminal, row.key), row.amount):
            raise as_problem(self.desk.name, WrongAnswer())
        times = {"expires_at": charge.expires_at, "paid_at": charge.paid_at, "reversed_at": charge.reversed_at}
        known = {**self._open(row), "pay_url": charge.pay_url, "voucher": charge.voucher}
        self._move(row, charge.state, {**times, "content": self._sealed(row.terminal, row.key, known)})

    def _move(self, row: PaymentRow, state: State, values: dict[str, Any]) -> None:
        with self.storage.transaction() as transaction:
            transaction.payments.move(row.terminal, row.key, before(state), {"state": state, **values})

    def _catch_up(self, line: DayLine) -> None:
        terminal, _, key = line.key.partition("/")
        with self.storage.reading() as transaction:
            row = transaction.payments.get(terminal, key)
        if row:
            try:
                self._believe(row, self.desk.put(lambda platform: platform.get(line.key)))
            except Problem:
                return  # the difference stays in the list

    def _lines(self, day: date) -> tuple[DayLine, ...]:
        first, end = day_bounds(day)
        with self.storage.reading() as transaction:
            rows = transaction.payments.between(first, end)
        return lines_of(
            [(_name(one.terminal, one.key), one.amount, one.paid_at, one.reversed_at) for one in rows], first, end
        )

    # --- rows ----------------------------------------------------------------------------------------------------

    def _written(self, terminal: str, key: str) -> PaymentRow | None:
        with self.storage.reading() as transaction:
            return transaction.payments.get(terminal, key)

    def _read(self, terminal: str, key: str) -> tuple[PaymentRow, dict[str, Any]]:
        row = self._written(terminal, key)
        if row is None:
            raise as_problem(self.desk.name, NotFound())
        return row, self._open(row)

    def _open(self, row: PaymentRow) -> dict[str, Any]:
        return json.loads(self.sealer.open(row.content, _row(row.terminal, row.key)))

    def _sealed(self, terminal: str, key: str, content: dict[str, Any]) -> bytes:
        return self.sealer.seal(json.dumps(content).encode(), _row(terminal, key))

    def _told(self, row: PaymentRow, known: dict[str, Any]) -> Payment:
        return Payment(
            row.key, cast("State", row.state), row.amount, known["pay_url"],
            row.expires_at, row.paid_at, row.reversed_at, known["voucher"],
        )  # fmt: skip


def _name(terminal: str, key: str) -> str:
    """By which the platform knows it."""
    return f"{terminal}/{key}"


def _row(terminal: str, key: str) -> str:
    return f"payment\n{terminal}\n{key}"
