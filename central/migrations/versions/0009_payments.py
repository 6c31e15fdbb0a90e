"""Payments, and the phones that go on with what a terminal began."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0009"
down_revision: Final = "0008"
PARTITIONS: Final = 16


def upgrade() -> None:
    _create_payments()
    _create_charges()
    _create_pairings()
    if op.get_bind().dialect.name == "postgresql":
        for part in range(PARTITIONS):
            values = f"FOR VALUES WITH (MODULUS {PARTITIONS}, REMAINDER {part})"
            op.execute(f"CREATE TABLE payment_{part:02d} PARTITION OF payment {values}")


def _create_payments() -> None:
    op.create_table(
        "payment",
        sa.Column("terminal", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("item", sa.Text, nullable=False),
        sa.Column("bill", sa.Text, nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("expires_at", sa.Double),
        sa.Column("paid_at", sa.Double),
        sa.Column("reversed_at", sa.Double),
        postgresql_partition_by="HASH (terminal)",
    )
    op.create_index("payment_paid", "payment", ["paid_at"])
    op.create_index("payment_reversed", "payment", ["reversed_at"])
    op.create_table(
        "bill_claim",
        sa.Column("bill", sa.Text, primary_key=True),
        sa.Column("terminal", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
    )


def _create_charges() -> None:
    op.create_table(
        "charge",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("token", sa.Text, nullable=False, unique=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("bill", sa.Text, nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("expires_at", sa.Double, nullable=False),
        sa.Column("paid_at", sa.Double),
        sa.Column("reversed_at", sa.Double),
        sa.Column("voucher", sa.Text, nullable=False),
    )
    for name in ("bill", "paid_at", "reversed_at"):
        op.create_index(f"charge_{name.removesuffix('_at')}", "charge", [name])


def _create_pairings() -> None:
    op.create_table(
        "pairing",
        sa.Column("terminal", sa.Text, primary_key=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("token", sa.Text, nullable=False, unique=True),
        sa.Column("phone", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("expires_at", sa.Double, nullable=False),
        sa.Column("content", sa.LargeBinary),
        sa.Column("brought", sa.LargeBinary),
    )
    op.create_index("pairing_expiry", "pairing", ["expires_at"])
