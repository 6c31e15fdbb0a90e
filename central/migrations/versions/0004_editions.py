"""The catalogue: versions of its items, numbered editions, and what is proposed."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0004"
down_revision: Final = "0003"


def upgrade() -> None:
    op.create_table(
        "catalogue_item",
        sa.Column("code", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
    )
    op.create_index("catalogue_item_digest", "catalogue_item", ["code", "digest"])
    op.create_table(
        "edition",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("made_at", sa.Double, nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("source", sa.Integer),
        sa.Column("items", sa.Text, nullable=False),
        sa.Column("overrides", sa.Text, nullable=False),
        sa.CheckConstraint("kind IN ('bundled', 'published', 'rolled_back')", name="edition_kind"),
    )
    _create_proposals()


def _create_proposals() -> None:
    op.create_table(
        "proposal",
        sa.Column("id", sa.Integer().with_variant(sa.BigInteger, "postgresql"), primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("item", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("base", sa.Integer, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("proposed_at", sa.Double, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reviewer", sa.Text, nullable=False),
        sa.Column("reviewed_at", sa.Double),
        sa.Column("remark", sa.Text, nullable=False),
        sa.Column("edition", sa.Integer),
        sa.CheckConstraint("kind IN ('item', 'removal', 'override')", name="proposal_kind"),
        sa.CheckConstraint(
            "state IN ('proposed', 'approved', 'rejected', 'withdrawn', 'published')", name="proposal_state"
        ),
        sa.CheckConstraint("state NOT IN ('approved', 'published') OR reviewer <> author", name="proposal_four_eyes"),
    )
    op.create_index("proposal_state_at", "proposal", ["state", "id"])
    op.create_index("proposal_item", "proposal", ["item", "id"])
    under_way = sa.text("state IN ('proposed', 'approved') AND kind <> 'override'")
    op.create_index(
        "proposal_under_way", "proposal", ["item"], unique=True, sqlite_where=under_way, postgresql_where=under_way
    )
