"""Cases of the departments, tickets of poor ratings, and whose a matter is."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0006"
down_revision: Final = "0005"

PARTITIONS: Final = 16


def upgrade() -> None:
    op.add_column("matter", sa.Column("person", sa.Text))
    op.create_index("matter_person", "matter", ["person"])
    op.create_index("matter_received", "matter", ["received_at"], postgresql_using="brin")
    _create_cases()
    _create_tickets()
    _create_partitions("department_case", "case_step")


def _create_cases() -> None:
    op.create_table(
        "department_case",
        sa.Column("terminal", sa.Text, primary_key=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("reference", sa.Text, nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("item", sa.Text, nullable=False),
        sa.Column("department", sa.Text, nullable=False),
        sa.Column("person", sa.Text),
        sa.Column("filed_at", sa.Double, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("promised_at", sa.Double, nullable=False),
        sa.Column("legal_at", sa.Double, nullable=False),
        sa.Column("promised_left", sa.SmallInteger),
        sa.Column("legal_left", sa.SmallInteger),
        sa.Column("clerk", sa.Text),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("missing", sa.Text, nullable=False),
        sa.Column("until_at", sa.Double),
        sa.Column("hall", sa.Text, nullable=False),
        sa.Column("collection", sa.Text, nullable=False),
        sa.Column("alarm", sa.SmallInteger, nullable=False),
        sa.Column("next_at", sa.Double),
        sa.Column("moved_at", sa.Double, nullable=False),
        postgresql_partition_by="HASH (terminal)",
    )
    op.create_index("department_case_queue", "department_case", ["department", "state", "promised_at"])
    op.create_index("department_case_filed", "department_case", ["filed_at"])
    op.create_index("department_case_next", "department_case", ["next_at"])
    op.create_table(
        "case_step",
        sa.Column("terminal", sa.Text, primary_key=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("version", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("move", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("clerk", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("missing", sa.Text, nullable=False),
        sa.Column("source_terminal", sa.Text, nullable=False),
        sa.Column("source_id", sa.Text, nullable=False),
        postgresql_partition_by="HASH (terminal)",
    )
    op.create_index("case_step_at", "case_step", ["at"], postgresql_using="brin")


def _create_tickets() -> None:
    op.create_table(
        "rating_ticket",
        sa.Column("terminal", sa.Text, primary_key=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("reference", sa.Text, nullable=False),
        sa.Column("item", sa.Text, nullable=False),
        sa.Column("department", sa.Text, nullable=False),
        sa.Column("person", sa.Text),
        sa.Column("stars", sa.SmallInteger, nullable=False),
        sa.Column("opened_at", sa.Double, nullable=False),
        sa.Column("due_at", sa.Double, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("owner", sa.Text),
        sa.Column("done", sa.LargeBinary),
        sa.Column("reply", sa.LargeBinary),
        sa.Column("answered_at", sa.Double),
        sa.Column("alarm", sa.SmallInteger, nullable=False),
        sa.Column("next_at", sa.Double),
    )
    op.create_index("rating_ticket_queue", "rating_ticket", ["department", "state", "due_at"])
    op.create_index("rating_ticket_next", "rating_ticket", ["next_at"])
    op.create_table(
        "collection_day",
        sa.Column("hall", sa.Text, primary_key=True),
        sa.Column("day", sa.Text, primary_key=True),
        sa.Column("last", sa.BigInteger, nullable=False),
    )


def _create_partitions(*tables: str) -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in tables:
        for part in range(PARTITIONS):
            bounds = f"FOR VALUES WITH (MODULUS {PARTITIONS}, REMAINDER {part})"
            op.execute(f"CREATE TABLE {table}_{part:02d} PARTITION OF {table} {bounds}")
