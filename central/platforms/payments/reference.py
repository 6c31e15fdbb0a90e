"""The payment platform of the synthetic province: bills on file, charges, and a page where somebody plays the payer."""

import hashlib
import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, cast

from central.platforms.errors import Conflict, NotFound
from central.platforms.faults import Line
from central.platforms.payments.contract import Bill, Charge, ChargeState, DayLine, Order
from central.platforms.payments.differences import day_bounds, lines_of
from central.platforms.payments.states import Deed, State, moved
from central.province.register import Register
from central.sealing import Blinder, Sealer
from central.storage.database import Storage, Transaction
from central.storage.payments import ChargeRow

EXPIRY: Final = 900.0
"""Seconds a payer has."""
_PAGE: Final = "/pay/"


@dataclass(frozen=True, repr=False)
class Office:
    """What the platform works with."""

    register: Register
    storage: Storage
    sealer: Sealer
    blinder: Blinder
    now: Callable[[], float]


@dataclass(frozen=True, repr=False)
class Slip:
    """What the payer's page shows."""

    title: str
    payee: str
    amount: int
    state: ChargeState
    expires_at: float
    voucher: str


class ReferencePayments:
    def __init__(self, line: Line, office: Office) -> None:
        self._line = line
        self._office = office

    def bill(self, number: str) -> Bill:
        return self._line.ask(lambda: self._bill(number), lambda bill: replace(bill, number=""))

    def create(self, order: Order) -> Charge:
        return self._line.ask(lambda: self._create(order), _one_more)

    def get(self, key: str) -> Charge:
        return self._line.ask(lambda: self._charge(key), _one_more)

    def cancel(self, key: str) -> Charge:
        def cancel() -> Charge:
            self._do(key, "cancel")
            return self._charge(key)

        return self._line.ask(cancel, _one_more)

    def reverse(self, key: str, reason: str) -> Charge:
        del reason  # a real platform keeps it

        def reverse() -> Charge:
            if self._do(key, "reverse") != "reversed":
                raise Conflict("not-paid")
            return self._charge(key)

        return self._line.ask(reverse, _one_more)

    def day(self, day: date) -> Sequence[DayLine]:
        first, end = day_bounds(day)
        return self._line.ask(lambda: self._lines(first, end), lambda lines: lines[1:])

    # --- the payer ---------------------------------------------------------------------------------------------------

    def slip(self, token: str) -> Slip:
        """Raises ``NotFound``."""
        charge = self._charge(self._by_token(token).key)
        told = self._told(self._by_token(token))
        return Slip(told["title"], told["payee"], charge.amount, charge.state, charge.expires_at, charge.voucher)

    def decide(self, token: str, *, pay: bool) -> None:
        """Too late is no error: the page says what became of it. Raises ``NotFound``."""
        self._do(self._by_token(token).key, "pay" if pay else "cancel")

    # --- behind the line -----------------------------------------------------------------------------------------

    def _bill(self, number: str) -> Bill:
        found = self._office.register.by_key("bill", number)
        bill = found and next((one for one in found.bills if one.number == number), None)
        if not found or not bill:
            raise NotFound
        with self._office.storage.reading() as transaction:
            paid = transaction.charges.paid(self._blind(number))
        payer = found.person.name[0] + "*" * (len(found.person.name) - 1)
        voucher = paid.voucher if paid else ""
        return Bill(number, bill.title, bill.payee, payer, bill.amount, bill.due_on, bool(paid), voucher)

    def _create(self, order: Order) -> Charge:
        token, now = secrets.token_urlsafe(24), self._office.now()
        told = {"title": order.title, "payee": order.payee, "bill": order.bill, "token": token}
        content = self._office.sealer.seal(json.dumps(told).encode(), _row(order.key))
        row = ChargeRow(
            order.key, _hashed(token), "pending", self._blind(order.bill), order.amount, content, now, now + EXPIRY
        )
        with self._office.storage.transaction() as transaction:
            self._refuse_paid(transaction, row)
            new = transaction.charges.add(row)
        charge = self._charge(order.key)
        if not new and not self._is_same(order):
            raise Conflict("key-reused")
        return charge

    def _refuse_paid(self, transaction: Transaction, row: ChargeRow) -> None:
        known = transaction.charges.get(row.key)
        if row.bill and not known and transaction.charges.paid(row.bill):
            raise Conflict("already-paid")

    def _is_same(self, order: Order) -> bool:
        with self._office.storage.reading() as transaction:
            row = transaction.charges.get(order.key)
        told = self._told(row) if row else {}
        known = (row and row.amount, told.get("title"), told.get("payee"), told.get("bill"))
        return known == (order.amount, order.title, order.payee, order.bill)

    def _charge(self, key: str) -> Charge:
        with self._office.storage.reading() as transaction:
            row = transaction.charges.get(key)
        if row is None:
            raise NotFound
        if row.state == "pending" and row.expires_at <= self._office.now():
            self._do(key, "cancel")
            return self._charge(key)
        url = _PAGE + self._told(row)["token"]
        state = cast("ChargeState", row.state)
        return Charge(key, row.amount, state, url, row.expires_at, row.paid_at, row.reversed_at, row.voucher)

    def _do(self, key: str, deed: Deed) -> str:
        """The state after it. Of two at once, one is first and the other comes too late."""
        office, now = self._office, self._office.now()
        with office.storage.transaction() as transaction:
            if (row := transaction.charges.get(key)) and row.bill:
                transaction.charges.hold(row.bill)
                row = transaction.charges.get(key)
            if row is None:
                raise NotFound
            late = deed == "pay" and row.expires_at <= now
            after = moved(cast("State", row.state), "cancel" if late else deed)
            if after and after != row.state and not self._paid_otherwise(transaction, row, after):
                transaction.charges.move(key, [row.state], {"state": after, **_stamps(after, now)})
            now_row = transaction.charges.get(key)
        return now_row.state if now_row else ""

    def _paid_otherwise(self, transaction: Transaction, row: ChargeRow, after: State) -> bool:
        return after == "paid" and bool(row.bill) and transaction.charges.paid(row.bill) is not None

    def _lines(self, first: float, end: float) -> Sequence[DayLine]:
        with self._office.storage.reading() as transaction:
            rows = transaction.charges.between(first, end)
        return lines_of([(row.key, row.amount, row.paid_at, row.reversed_at) for row in rows], first, end)

    def _by_token(self, token: str) -> ChargeRow:
        with self._office.storage.reading() as transaction:
            row = transaction.charges.by_token(_hashed(token))
        if row is None:
            raise NotFound
        return row

    def _told(self, row: ChargeRow) -> dict[str, str]:
        return json.loads(self._office.sealer.open(row.content, _row(row.key)))

    def _blind(self, number: str) -> str:
        return self._office.blinder.of("bill", number) if number else ""


def _stamps(state: State, now: float) -> dict[str, float | str]:
    if state == "paid":
        return {"paid_at": now, "voucher": f"REF-{secrets.token_hex(6).upper()}"}
    return {"reversed_at": now} if state == "reversed" else {}


def _row(key: str) -> str:
    return f"charge\n{key}"


def _hashed(token: str) -> str:
    return hashlib.sha256(f"kiosk-pay-1\n{token}".encode()).hexdigest()


def _one_more(charge: Charge) -> Charge:
    """A wrong answer that would cost somebody a cent."""
    return replace(charge, amount=charge.amount + 1)
