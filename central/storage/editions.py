"""Editions of the catalogue, the versions of its items, and what is proposed for the next one."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

import sqlalchemy as sa
from sqlalchemy import BigInteger, CheckConstraint, Column, Double, Index, Integer, Table, Text
from sqlalchemy.engine import Connection

from central.storage.statements import insert
from central.storage.tables import metadata

ItemVersion = tuple[str, int]
"""Code and version."""
ProposalKind = Literal["item", "removal", "override"]
ProposalState = Literal["proposed", "approved", "rejected", "withdrawn", "published"]

UNDER_WAY: Final = sa.text("state IN ('proposed', 'approved') AND kind <> 'override'")
"""One at a time for an item: the second would undo the first unseen."""

catalogue_item: Final = Table(  # a row is never changed: two contents never share a version
    "catalogue_item",
    metadata,
    Column("code", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("digest", Text, nullable=False, doc="of the content without its version"),
    Column("content", Text, nullable=False, doc="JSON"),
    Index("catalogue_item_digest", "code", "digest"),
)

edition: Final = Table(  # nor is a row of these
    "edition",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("made_at", Double, nullable=False),
    Column("made_by", Text, nullable=False, doc="id of an employee; empty: the centre itself"),
    Column("note", Text, nullable=False),
    Column("source", Integer, doc="of a roll-back: whose content came back"),
    Column("items", Text, nullable=False, doc="JSON: [[code, version]...]"),
    Column("overrides", Text, nullable=False, doc="JSON: [[item, place, offer, reason]...]"),
    CheckConstraint("kind IN ('bundled', 'published', 'rolled_back')", name="edition_kind"),
)

proposal: Final = Table(
    "proposal",
    metadata,
    Column("id", Integer().with_variant(BigInteger, "postgresql"), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("content", Text, nullable=False, doc="JSON: the item, or [place, offer, reason] of an override"),
    Column("base", Integer, nullable=False, doc="version of the item it was made from; 0: there was none"),
    Column("note", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("proposed_at", Double, nullable=False),
    Column("state", Text, nullable=False),
    Column("reviewer", Text, nullable=False),
    Column("reviewed_at", Double),
    Column("remark", Text, nullable=False, doc="of the reviewer"),
    Column("edition", Integer, doc="in which it was published"),
    CheckConstraint("kind IN ('item', 'removal', 'override')", name="proposal_kind"),
    CheckConstraint("state IN ('proposed', 'approved', 'rejected', 'withdrawn', 'published')", name="proposal_state"),
    CheckConstraint("state NOT IN ('approved', 'published') OR reviewer <> author", name="proposal_four_eyes"),
    Index("proposal_state_at", "state", "id"),
    Index("proposal_item", "item", "id"),
    Index("proposal_under_way", "item", unique=True, sqlite_where=UNDER_WAY, postgresql_where=UNDER_WAY),
)


class EditionRow(NamedTuple):
    """A row of ``edition``."""

    number: int
    kind: Literal["bundled", "published", "rolled_back"]
    made_at: float
    made_by: str
    note: str
    source: int | None
    items: str
    overrides: str

    def versions(self) -> list[ItemVersion]:
        return [(code, version) for code, version in json.loads(self.items)]


class ItemRow(NamedTuple):
    """A row of ``catalogue_item``."""

    code: str
    version: int
    digest: str
    content: str


@dataclass(frozen=True)
class NewProposal:
    kind: ProposalKind
    item: str
    content: str
    base: int
    note: str
    author: str
    proposed_at: float


class Proposal(NamedTuple):
    """A row of ``proposal``."""

    id: int
    kind: ProposalKind
    item: str
    content: str
    base: int
    note: str
    author: str
    proposed_at: float
    state: ProposalState
    reviewer: str
    reviewed_at: float | None
    remark: str
    edition: int | None


_NEWEST: Final = sa.select(sa.func.max(edition.c.number))


class Editions:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def newest(self) -> int:
        """0 when there is none."""
        return self._connection.execute(_NEWEST).scalar_one() or 0

    def edition(self, number: int) -> EditionRow | None:
        row = self._connection.execute(sa.select(edition).where(edition.c.number == number)).one_or_none()
        return EditionRow(*row) if row else None

    def editions(self, limit: int = 50) -> list[EditionRow]:
        """The newest first."""
        asked = sa.select(edition).order_by(edition.c.number.desc()).limit(limit)
        return [EditionRow(*row) for row in self._connection.execute(asked)]

    def add_edition(self, row: EditionRow) -> bool:
        """Whether it is this one: somebody else may have published under the number meanwhile."""
        new = insert(self._connection, edition).on_conflict_do_nothing().returning(edition.c.number)
        return self._connection.execute(new, row._asdict()).one_or_none() is not None

    def items(self, versions: Iterable[ItemVersion]) -> dict[ItemVersion, ItemRow]:
        wanted = list(versions)
        if not wanted:
            return {}
        key = sa.tuple_(catalogue_item.c.code, catalogue_item.c.version)
        rows = self._connection.execute(sa.select(catalogue_item).where(key.in_(wanted)))
        return {(row.code, row.version): ItemRow(*row) for row in rows}

    def history(self, code: str) -> list[ItemRow]:
        """All versions of an item, the newest first."""
        asked = sa.select(catalogue_item).where(catalogue_item.c.code == code)
        return [ItemRow(*row) for row in self._connection.execute(asked.order_by(catalogue_item.c.version.desc()))]

    def add_item(self, row: ItemRow) -> None:
        """Nothing when it is there."""
        self._connection.execute(insert(self._connection, catalogue_item).on_conflict_do_nothing(), row._asdict())

    def codes(self) -> set[str]:
        """Of all items that were ever published."""
        return set(self._connection.execute(sa.select(catalogue_item.c.code).distinct()).scalars())

    def propose(self, new: NewProposal) -> int | None:
        """Its number; ``None`` when another one for this item is under way."""
        fields = vars(new) | {"state": "proposed", "reviewer": "", "remark": ""}
        added = insert(self._connection, proposal).on_conflict_do_nothing().returning(proposal.c.id)
        return self._connection.execute(added, fields).scalar_one_or_none()

    def proposal(self, number: int) -> Proposal | None:
        row = self._connection.execute(sa.select(proposal).where(proposal.c.id == number)).one_or_none()
        return Proposal(*row) if row else None

    def proposals(self, *states: ProposalState, limit: int = 200) -> list[Proposal]:
        """The oldest first."""
        asked = sa.select(proposal).where(proposal.c.state.in_(states)).order_by(proposal.c.id).limit(limit)
        return [Proposal(*row) for row in self._connection.execute(asked)]

    def settled(self, limit: int = 50) -> list[Proposal]:
        """Those that are over, the newest first."""
        over = proposal.c.state.in_(("rejected", "withdrawn", "published"))
        asked = sa.select(proposal).where(over).order_by(proposal.c.id.desc()).limit(limit)
        return [Proposal(*row) for row in self._connection.execute(asked)]

    def settle(self, numbers: Sequence[int], before: ProposalState, **changes: Any) -> bool:
        """Whether all of them were in the state ``before`` and are in the new one now."""
        where = (proposal.c.id.in_(numbers), proposal.c.state == before)
        return self._connection.execute(sa.update(proposal).where(*where).values(**changes)).rowcount == len(numbers)
