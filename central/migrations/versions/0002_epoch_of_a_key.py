"""Each key belongs to an epoch of its terminal and to the machine that began it, as its successors do."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0002"
down_revision: Final = "0001"


def upgrade() -> None:
    op.add_column("terminal_key", sa.Column("epoch", sa.BigInteger, nullable=False, server_default="1"))
    op.add_column("terminal_key", sa.Column("origin", sa.Text, nullable=False, server_default=""))
    op.execute(
        "UPDATE terminal_key SET epoch ="
        " (SELECT epoch FROM terminal WHERE terminal.terminal = terminal_key.terminal)"
        " WHERE EXISTS (SELECT 1 FROM terminal WHERE terminal.terminal = terminal_key.terminal AND terminal.epoch > 0)"
    )
