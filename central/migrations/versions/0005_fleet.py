"""The fleet: how each terminal is and was, commands, configurations, roll-outs, work orders."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0005"
down_revision: Final = "0004"

PARTITIONS: Final = 16
_BY_TERMINAL: Final = "HASH (terminal)"
_OPEN: Final = sa.text("ended_at IS NULL")


def upgrade() -> None:
    _create_state()
    _create_history()
    _create_commands()
    _create_rollouts()
    _create_orders()


def _create_state() -> None:
    op.create_table(
        "fleet_state",
        sa.Column("terminal", sa.Text, primary_key=True),
        sa.Column("first_at", sa.Double, nullable=False),
        sa.Column("heard_at", sa.Double, nullable=False),
        sa.Column("silent_after", sa.Double, nullable=False),
        sa.Column("standing", sa.Text, nullable=False),
        sa.Column("span_from", sa.Double, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("hour", sa.BigInteger, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("session", sa.Text, nullable=False),
        sa.Column("program", sa.Text, nullable=False),
        sa.Column("catalogue", sa.BigInteger, nullable=False),
        sa.Column("configuration", sa.BigInteger, nullable=False),
        sa.Column("waiting", sa.BigInteger, nullable=False),
        sa.Column("parked", sa.BigInteger, nullable=False),
        sa.Column("oldest_at", sa.Double),
        sa.Column("paper", sa.Double),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("before_heard_at", sa.Double),
        sa.Column("before_silent_after", sa.Double),
        sa.Column("before_standing", sa.Text),
        sa.Column("before_span_from", sa.Double),
        sa.Column("before_digest", sa.Text),
        sa.Column("before_hour", sa.BigInteger),
    )
    if op.get_bind().dialect.name == "postgresql":
        # no index holds what a heartbeat writes, and half of each page is left to it: it is written where it stands
        op.execute("ALTER TABLE fleet_state SET (fillfactor = 50)")


def _create_history() -> None:
    op.create_table(
        "fleet_span",
        sa.Column("terminal", sa.Text, primary_key=True),
        sa.Column("from_at", sa.Double, primary_key=True),
        sa.Column("until_at", sa.Double, nullable=False),
        sa.Column("standing", sa.Text, nullable=False),
        postgresql_partition_by=_BY_TERMINAL,
    )
    op.create_table(
        "fleet_history",
        sa.Column("terminal", sa.Text, primary_key=True),
        sa.Column("at", sa.Double, primary_key=True),
        sa.Column("document", sa.Text, nullable=False),
        postgresql_partition_by=_BY_TERMINAL,
    )
    op.create_table(
        "fleet_sample",
        sa.Column("terminal", sa.Text, primary_key=True),
        sa.Column("hour", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("waiting", sa.BigInteger, nullable=False),
        sa.Column("supplies", sa.Text, nullable=False),
        postgresql_partition_by=_BY_TERMINAL,
    )
    op.create_table(
        "fleet_forecast",
        sa.Column("terminal", sa.Text, primary_key=True),
        sa.Column("supply", sa.Text, primary_key=True),
        sa.Column("left", sa.Double, nullable=False),
        sa.Column("a_day", sa.Double),
        sa.Column("empty_at", sa.Double, index=True),
        sa.Column("earliest", sa.Double),
        sa.Column("latest", sa.Double),
    )
    if op.get_bind().dialect.name == "postgresql":
        for table in ("fleet_span", "fleet_history", "fleet_sample"):
            _create_partitions(table)


def _create_partitions(table: str) -> None:
    for part in range(PARTITIONS):
        bounds = f"FOR VALUES WITH (MODULUS {PARTITIONS}, REMAINDER {part})"
        op.execute(f"CREATE TABLE {table}_{part:02d} PARTITION OF {table} {bounds}")


def _create_commands() -> None:
    op.create_table(
        "fleet_desired",
        sa.Column("terminal", sa.Text, primary_key=True),
        sa.Column("configuration", sa.BigInteger, nullable=False),
        sa.Column("program", sa.Text, nullable=False),
    )
    op.create_table(
        "fleet_configuration",
        sa.Column("terminal", sa.Text, primary_key=True),
        sa.Column("version", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("settings", sa.Text, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
    )
    op.create_table(
        "fleet_command",
        sa.Column("terminal", sa.Text, primary_key=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("arguments", sa.Text, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False, index=True),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("expires_at", sa.Double, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("told_at", sa.Double),
        sa.Column("ended_at", sa.Double),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("artefact", sa.Text, nullable=False),
    )
    op.create_index(
        "fleet_command_open", "fleet_command", ["terminal", "expires_at"], postgresql_where=_OPEN, sqlite_where=_OPEN
    )


def _create_rollouts() -> None:
    op.create_table(
        "fleet_rollout",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("plan", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("wave", sa.Integer, nullable=False),
        sa.Column("wave_at", sa.Double, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("ended_at", sa.Double),
        sa.Column("reason", sa.Text, nullable=False),
    )
    op.create_table(
        "fleet_rollout_member",
        sa.Column("terminal", sa.Text, primary_key=True),
        sa.Column("rollout", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("wave", sa.Integer, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("faults", sa.Integer, nullable=False),
        sa.Column("heard", sa.Boolean, nullable=False),
    )
    op.create_index("fleet_rollout_wave", "fleet_rollout_member", ["rollout", "wave"])


def _create_orders() -> None:
    op.create_table(
        "fleet_order",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("open_key", sa.Text, unique=True),
        sa.Column("terminal", sa.Text, nullable=False, index=True),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("severity", sa.Text, nullable=False),
        sa.Column("opened_at", sa.Double, nullable=False, index=True),
        sa.Column("due_at", sa.Double, nullable=False),
        sa.Column("assigned_to", sa.Text, nullable=False),
        sa.Column("escalated_at", sa.Double),
        sa.Column("closed_at", sa.Double),
        sa.Column("closed_by", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )
