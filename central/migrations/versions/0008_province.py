"""The synthetic province behind the reference platforms."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0008"
down_revision: Final = "0007"
PARTITIONS: Final = 16


def upgrade() -> None:
    op.create_table(
        "province",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("seed", sa.Text, nullable=False),
        sa.Column("persons", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "province_dossier",
        sa.Column("subject", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "province_finding",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("subject", sa.Text, primary_key=True),
    )
    op.create_table(
        "province_place",
        sa.Column("code", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("region", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
    )
    op.create_index("province_place_region", "province_place", ["region"])
    _create_identity()
    _create_licences()
    if op.get_bind().dialect.name == "postgresql":
        for table in ("identity_check", "sharing_access"):
            for part in range(PARTITIONS):
                values = f"FOR VALUES WITH (MODULUS {PARTITIONS}, REMAINDER {part})"
                op.execute(f"CREATE TABLE {table}_{part:02d} PARTITION OF {table} {values}")


def _create_identity() -> None:
    op.create_table(
        "identity_check",
        sa.Column("terminal", sa.Text, primary_key=True),
        sa.Column("evidence", sa.Text, primary_key=True),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        postgresql_partition_by="HASH (terminal)",
    )
    op.create_index("identity_check_subject", "identity_check", ["subject", "at"])
    op.create_table(
        "used_code",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("until", sa.Double, nullable=False),
    )
    op.create_table(
        "sharing_access",
        sa.Column("terminal", sa.Text, primary_key=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("item", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("service", sa.Text, nullable=False),
        sa.Column("consent", sa.Text, nullable=False),
        sa.Column("evidence", sa.Text, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        postgresql_partition_by="HASH (terminal)",
    )
    op.create_index("sharing_access_subject", "sharing_access", ["subject", "at"])


def _create_licences() -> None:
    op.create_table(
        "issued_licence",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("issued_at", sa.Double, nullable=False),
    )
    op.create_index("issued_licence_holder", "issued_licence", ["holder"])
    op.create_table(
        "revoked_licence",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("revoked_at", sa.Double, nullable=False),
    )
