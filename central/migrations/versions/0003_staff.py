"""Staff: accounts, sessions, failures to sign in, and the audit."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0003"
down_revision: Final = "0002"


def upgrade() -> None:
    _create_accounts()
    _create_sessions()
    _create_audit()


def _create_accounts() -> None:
    op.create_table(
        "employee",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("roles", sa.Text, nullable=False),
        sa.Column("department", sa.Text),
        sa.Column("password", sa.Text, nullable=False),
        sa.Column("totp", sa.LargeBinary, nullable=False),
        sa.Column("totp_step", sa.BigInteger, nullable=False),
        sa.Column("setup_hash", sa.Text, nullable=False),
        sa.Column("setup_until", sa.Double, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("closed_at", sa.Double),
        sa.Column("last_sign_in", sa.Double),
    )
    op.create_table(
        "recovery_code",
        sa.Column("employee", sa.Text, primary_key=True),
        sa.Column("hash", sa.Text, primary_key=True),
        sa.Column("used_at", sa.Double),
    )


def _create_sessions() -> None:
    op.create_table(
        "staff_session",
        sa.Column("token_hash", sa.Text, primary_key=True),
        sa.Column("employee", sa.Text, nullable=False, index=True),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("browser", sa.Text, nullable=False),
        sa.Column("began_at", sa.Double, nullable=False),
        sa.Column("seen_at", sa.Double, nullable=False),
    )
    op.create_table(
        "sign_in_failure",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("last_at", sa.Double, nullable=False),
    )


def _create_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("employee", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("phase", sa.Text, nullable=False),
        sa.Column("refers", sa.BigInteger),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Index("audit_employee", "employee", "seq"),
        sa.Index("audit_subject", "subject", "seq"),
        sa.Index("audit_refers", "refers"),
    )
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
    )
