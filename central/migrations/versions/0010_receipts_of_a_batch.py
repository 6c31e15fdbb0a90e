"""What was answered to a batch stands in its row: a row for each answer was a fifth of what filing cost.

Batches grow with matters, so they are partitioned now as matters are.
"""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0010"
down_revision: Final = "0009"

PARTITIONS: Final = 16
_COLUMNS: Final = "terminal, batch, received_at, suite, key_id, signature, clock_offset"
_RECEIPTS: Final = {
    "sqlite": "json_group_array(json_array(id, digest, outcome))",
    "postgresql": "json_agg(json_build_array(id, digest, outcome) ORDER BY position)::text",
}
_TAKE_OVER: Final = """
    INSERT INTO batch ({columns}, receipts)
    SELECT {columns}, coalesce(
        (SELECT {receipts} FROM (SELECT * FROM receipt WHERE receipt.terminal = old_batch.terminal
                                 AND receipt.batch = old_batch.batch ORDER BY position) AS mine),
        '[]'
    )
    FROM old_batch
"""


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    op.rename_table("batch", "old_batch")
    _create()
    if dialect == "postgresql":
        _create_partitions()
    op.execute(_TAKE_OVER.format(columns=_COLUMNS, receipts=_RECEIPTS[dialect]))
    op.drop_table("old_batch")
    op.drop_table("receipt")


def _create() -> None:
    op.create_table(
        "batch",
        sa.Column("terminal", sa.Text, nullable=False),
        sa.Column("batch", sa.BigInteger, nullable=False),
        sa.Column("received_at", sa.Double, nullable=False),
        sa.Column("suite", sa.Text, nullable=False),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("signature", sa.LargeBinary, nullable=False),
        sa.Column("clock_offset", sa.Double),
        sa.Column("receipts", sa.Text, nullable=False),
        # named, for the old table still has the name that it would get by itself
        sa.PrimaryKeyConstraint("terminal", "batch", name="batch_of_terminal"),
        postgresql_partition_by="HASH (terminal)",
    )


def _create_partitions() -> None:
    for part in range(PARTITIONS):
        bounds = f"FOR VALUES WITH (MODULUS {PARTITIONS}, REMAINDER {part})"
        op.execute(f"CREATE TABLE batch_{part:02d} PARTITION OF batch {bounds}")
