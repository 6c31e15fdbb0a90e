"""The tables of the queue and sync: matters, numbers, answers, terminals and their keys.

A ``central.db`` of the first schema is taken over: its matters, its numbers and what it answered.
"""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0001"
down_revision: Final = None

PARTITIONS: Final = 16
"""At 260 million matters a year each grows by some 40 GB a year: small enough to vacuum and to move."""


def upgrade() -> None:
    old = sa.inspect(op.get_bind()).has_table("day_sequence")
    if old:
        _set_aside()
    _create_terminals()
    _create_matters()
    _create_answers()
    _create_partitions("matter", "receipt")
    if old:
        _take_over()


def _create_terminals() -> None:
    op.create_table(
        "terminal",
        sa.Column("terminal", sa.Text, primary_key=True),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("batches", sa.BigInteger, nullable=False),
        sa.Column("last_seen", sa.Double),
        sa.Column("clock_offset", sa.Double),
    )
    op.create_table(
        "terminal_epoch",
        sa.Column("terminal", sa.Text, primary_key=True),
        sa.Column("epoch", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("settled", sa.BigInteger, nullable=False),
        sa.Column("last_seq", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "terminal_key",
        sa.Column("key_id", sa.Text, primary_key=True),
        sa.Column("terminal", sa.Text, nullable=False, index=True),
        sa.Column("suite", sa.Text, nullable=False),
        sa.Column("public_key", sa.Text, nullable=False),
        sa.Column("certificate", sa.Text, nullable=False),
        sa.Column("not_after", sa.Double, nullable=False),
        sa.Column("enrolled_at", sa.Double, nullable=False),
        sa.Column("revoked_at", sa.Double),
    )
    op.create_table(
        "enrolment_code",
        sa.Column("code_hash", sa.Text, primary_key=True),
        sa.Column("terminal", sa.Text, nullable=False),
        sa.Column("expires_at", sa.Double, nullable=False),
        sa.Column("wrong", sa.Integer, nullable=False),
        sa.Column("used_by", sa.Text),
        sa.Column("used_at", sa.Double),
        sa.Column("epoch", sa.BigInteger),
    )


def _create_matters() -> None:
    op.create_table(
        "matter",
        sa.Column("terminal", sa.Text, primary_key=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("previous", sa.Text, nullable=False),
        sa.Column("suite", sa.Text, nullable=False),
        sa.Column("case_key", sa.Text, nullable=False),
        sa.Column("item", sa.Text, nullable=False),
        sa.Column("item_version", sa.BigInteger, nullable=False),
        sa.Column("created_wall", sa.Double, nullable=False),
        sa.Column("created_monotonic", sa.Double, nullable=False),
        sa.Column("boot_id", sa.Text, nullable=False),
        sa.Column("clock_trusted", sa.Boolean, nullable=False),
        sa.Column("received_at", sa.Double, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("number", sa.Text),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("remedy", sa.Text, nullable=False),
        sa.Column("payload", sa.LargeBinary),
        sa.Column("result", sa.LargeBinary),
        sa.Column("stars", sa.SmallInteger),
        sa.CheckConstraint("state IN ('filed', 'refused')", name="matter_state"),
        sa.CheckConstraint("stars BETWEEN 1 AND 5", name="matter_stars"),
        postgresql_partition_by="HASH (terminal)",
    )
    op.create_index("matter_place", "matter", ["terminal", "epoch", "seq"])
    op.create_table(
        "acceptance",
        sa.Column("number", sa.Text, primary_key=True),
        sa.Column("terminal", sa.Text, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
    )
    op.create_table(
        "day_sequence",
        sa.Column("day", sa.Text, primary_key=True),
        sa.Column("last", sa.BigInteger, nullable=False),
    )


def _create_answers() -> None:
    op.create_table(
        "batch",
        sa.Column("terminal", sa.Text, primary_key=True),
        sa.Column("batch", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("received_at", sa.Double, nullable=False),
        sa.Column("suite", sa.Text, nullable=False),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("signature", sa.LargeBinary, nullable=False),
        sa.Column("clock_offset", sa.Double),
    )
    op.create_table(
        "receipt",
        sa.Column("terminal", sa.Text, primary_key=True),
        sa.Column("batch", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        postgresql_partition_by="HASH (terminal)",
    )
    op.create_table(
        "notice",
        sa.Column("terminal", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("noticed_at", sa.Double, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
    )


def _create_partitions(*tables: str) -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in tables:
        for part in range(PARTITIONS):
            bounds = f"FOR VALUES WITH (MODULUS {PARTITIONS}, REMAINDER {part})"
            op.execute(f"CREATE TABLE {table}_{part:02d} PARTITION OF {table} {bounds}")


# --- a database of the first schema (SQLite only) ------------------------------------------------------------------

_OLD: Final = ("matter", "receipt", "day_sequence")


def _set_aside() -> None:
    for table in _OLD:
        op.rename_table(table, f"old_{table}")


_TAKE_OVER: Final = (
    # there were no epochs, cases and chains, and a remedy was a text in one language
    """
    INSERT INTO matter (terminal, id, epoch, seq, digest, previous, suite, case_key, item, item_version, created_wall,
                        created_monotonic, boot_id, clock_trusted, received_at, state, number, rule, remedy, payload,
                        result, stars)
    SELECT terminal, id, 1, seq, digest, '', 'standard', id, item, item_version, created_wall, created_monotonic,
           boot_id, clock_trusted, received_at, state, number, rule,
           CASE remedy WHEN '' THEN '{}' ELSE json_object('zh-Hans', remedy, 'zh-Hant', remedy, 'en', remedy) END,
           payload, result, stars
    FROM old_matter
    """,
    "INSERT INTO acceptance (number, terminal, id) SELECT number, terminal, id FROM matter WHERE number IS NOT NULL",
    "INSERT INTO day_sequence (day, last) SELECT day, last FROM old_day_sequence",
    """
    INSERT INTO terminal_epoch (terminal, epoch, settled, last_seq)
    SELECT terminal, 1, count(*), max(seq) FROM matter GROUP BY terminal
    """,
    # what was answered then counts as one batch, unsigned
    """
    INSERT INTO terminal (terminal, epoch, batches, last_seen)
    SELECT terminal, 1, 1, max(at) FROM old_receipt GROUP BY terminal
    """,
    """
    INSERT INTO batch (terminal, batch, received_at, suite, key_id, signature)
    SELECT terminal, 1, last_seen, 'standard', '', x'' FROM terminal
    """,
    """
    INSERT INTO receipt (terminal, batch, position, id, digest, outcome)
    SELECT terminal, 1, row_number() OVER (PARTITION BY terminal ORDER BY n) - 1, id,
           coalesce((SELECT digest FROM matter WHERE matter.terminal = r.terminal AND matter.id = r.id), ''), outcome
    FROM old_receipt AS r
    """,
)


def _take_over() -> None:
    for statement in _TAKE_OVER:
        op.execute(statement)
    for table in _OLD:
        op.drop_table(f"old_{table}")
