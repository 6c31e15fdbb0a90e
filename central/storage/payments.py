"""Payments: the centre's ledger; and the charges of the reference platform, which knows nothing of the ledger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import BigInteger, Column, Double, Index, LargeBinary, Table, Text
from sqlalchemy.engine import Connection

from central.storage.statements import Insert, Upsert, insert
from central.storage.tables import metadata

payment: Final = Table(
    "payment",
    metadata,
    Column("terminal", Text, primary_key=True),
    Column("key", Text, primary_key=True, doc="the terminal's own, unguessable"),
    Column("state", Text, nullable=False),
    Column("item", Text, nullable=False, doc="code of the service"),
    Column("bill", Text, nullable=False, doc="keyed hash of the payment number; empty for a fee"),
    Column("amount", BigInteger, nullable=False, doc="cents"),
    Column("content", LargeBinary, nullable=False, doc="JSON, sealed: what is paid and where"),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double),
    Column("paid_at", Double),
    Column("reversed_at", Double),
    Index("payment_paid", "paid_at"),
    Index("payment_reversed", "reversed_at"),
    postgresql_partition_by="HASH (terminal)",
)

bill_claim: Final = Table(  # at most one payment of a bill at a time, in the whole province
    "bill_claim",
    metadata,
    Column("bill", Text, primary_key=True),
    Column("terminal", Text, nullable=False),
    Column("key", Text, nullable=False),
)

charge: Final = Table(  # of the reference platform
    "charge",
    metadata,
    Column("key", Text, primary_key=True, doc="the orderer's"),
    Column("token", Text, nullable=False, unique=True, doc="hash of what the payer's page is called by"),
    Column("state", Text, nullable=False),
    Column("bill", Text, nullable=False, doc="keyed hash; empty for a fee"),
    Column("amount", BigInteger, nullable=False),
    Column("content", LargeBinary, nullable=False, doc="JSON, sealed"),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    Column("paid_at", Double),
    Column("reversed_at", Double),
    Column("voucher", Text, nullable=False),
    Index("charge_bill", "bill"),
    Index("charge_paid", "paid_at"),
    Index("charge_reversed", "reversed_at"),
)


@dataclass(frozen=True, repr=False)
class PaymentRow:
    terminal: str
    key: str
    state: str
    item: str
    bill: str
    amount: int
    content: bytes
    created_at: float
    expires_at: float | None = None
    paid_at: float | None = None
    reversed_at: float | None = None


@dataclass(frozen=True, repr=False)
class ChargeRow:
    key: str
    token: str
    state: str
    bill: str
    amount: int
    content: bytes
    created_at: float
    expires_at: float
    paid_at: float | None = None
    reversed_at: float | None = None
    voucher: str = ""


def _claim(new: Insert) -> sa.Executable:
    return new.on_conflict_do_nothing(index_elements=[bill_claim.c.bill])


_CLAIM: Final = Upsert(bill_claim, _claim)


class Payments:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, terminal: str, key: str) -> PaymentRow | None:
        row = self._connection.execute(sa.select(payment).where(_is(terminal, key))).one_or_none()
        return PaymentRow(*row) if row else None

    def add(self, row: PaymentRow) -> bool:
        """Whether it is new."""
        new = insert(self._connection, payment).on_conflict_do_nothing().returning(payment.c.key)
        return self._connection.execute(new, vars(row)).first() is not None

    def move(self, terminal: str, key: str, before: Sequence[str], values: Mapping[str, Any]) -> bool:
        """Whether it was in one of the states ``before``, and so is as ``values`` say now."""
        told = sa.update(payment).where(_is(terminal, key), payment.c.state.in_(before)).values(**values)
        return self._connection.execute(told).rowcount == 1

    def claim(self, bill: str, terminal: str, key: str) -> tuple[str, str]:
        """Terminal and key of the payment that has the bill: this one, unless another was first."""
        self._connection.execute(_CLAIM.on(self._connection), {"bill": bill, "terminal": terminal, "key": key})
        claimed = sa.select(bill_claim.c.terminal, bill_claim.c.key).where(bill_claim.c.bill == bill)
        row = self._connection.execute(claimed.with_for_update()).one()
        return row.terminal, row.key

    def hand_over(self, bill: str, terminal: str, key: str) -> None:
        """To this payment, after :meth:`claim`."""
        told = sa.update(bill_claim).where(bill_claim.c.bill == bill).values(terminal=terminal, key=key)
        self._connection.execute(told)

    def between(self, first: float, end: float) -> list[PaymentRow]:
        """Paid or reversed from ``first`` to before ``end``."""
        paid = sa.and_(payment.c.paid_at >= first, payment.c.paid_at < end)
        reversed_ = sa.and_(payment.c.reversed_at >= first, payment.c.reversed_at < end)
        rows = self._connection.execute(sa.select(payment).where(sa.or_(paid, reversed_)))
        return [PaymentRow(*row) for row in rows]


class Charges:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, row: ChargeRow) -> bool:
        """Whether the key is new."""
        new = insert(self._connection, charge).on_conflict_do_nothing(index_elements=[charge.c.key])
        return self._connection.execute(new.returning(charge.c.key), vars(row)).first() is not None

    def get(self, key: str) -> ChargeRow | None:
        return self._one(charge.c.key == key)

    def by_token(self, token: str) -> ChargeRow | None:
        return self._one(charge.c.token == token)

    def paid(self, bill: str) -> ChargeRow | None:
        """That which paid the bill and was not reversed."""
        return self._one(sa.and_(charge.c.bill == bill, charge.c.state == "paid"))

    def hold(self, bill: str) -> None:
        """Whoever else decides about a charge of this bill waits until the transaction ends."""
        mine = sa.select(charge.c.key).where(charge.c.bill == bill).order_by(charge.c.key)
        self._connection.execute(mine.with_for_update()).all()

    def move(self, key: str, before: Sequence[str], values: Mapping[str, Any]) -> bool:
        """Whether it was in one of the states ``before``, and so is as ``values`` say now."""
        told = sa.update(charge).where(charge.c.key == key, charge.c.state.in_(before)).values(**values)
        return self._connection.execute(told).rowcount == 1

    def between(self, first: float, end: float) -> list[ChargeRow]:
        """Paid or reversed from ``first`` to before ``end``, by time."""
        paid = sa.and_(charge.c.paid_at >= first, charge.c.paid_at < end)
        reversed_ = sa.and_(charge.c.reversed_at >= first, charge.c.reversed_at < end)
        rows = self._connection.execute(sa.select(charge).where(sa.or_(paid, reversed_)).order_by(charge.c.key))
        return [ChargeRow(*row) for row in rows]

    def _one(self, where: sa.ColumnElement[bool]) -> ChargeRow | None:
        row = self._connection.execute(sa.select(charge).where(where)).first()
        return ChargeRow(*row) if row else None


def _is(terminal: str, key: str) -> sa.ColumnElement[bool]:
    return sa.and_(payment.c.terminal == terminal, payment.c.key == key)
