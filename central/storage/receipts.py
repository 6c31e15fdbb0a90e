"""What was answered and what was noticed: written once, never changed."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from central.storage.statements import insert, one_of
from central.storage.tables import batch, notice
from offline_queue.hashing import Suite

_ADD_BATCH: Final = sa.insert(batch)
_encoded: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

NoticeKind = Literal["id_reused", "sequence_reused", "chain_broken", "renumbered"]


class Receipt(NamedTuple):
    """What was answered to one line of a batch, a repeated one too."""

    id: str
    """Empty when it could not be read."""
    digest: str
    outcome: str
    """``filed``, ``later``, ``rejected``, or the rule of a refusal."""


@dataclass(frozen=True)
class BatchRow:
    """What a terminal handed in at once, signed, and what it was answered."""

    terminal: str
    batch: int
    received_at: float
    suite: Suite
    key_id: str
    signature: bytes
    """Over the digests of the receipts, in their order."""
    clock_offset: float | None
    receipts: Sequence[Receipt]


@dataclass(frozen=True)
class Notice:
    """Something an operator should know; nothing personal."""

    terminal: str
    kind: NoticeKind
    id: str
    digest: str
    epoch: int
    seq: int
    noticed_at: float
    detail: str = ""


class Receipts:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, row: BatchRow) -> None:
        self._connection.execute(_ADD_BATCH, {**vars(row), "receipts": _encoded(row.receipts)})

    def batches(self, terminal: str) -> list[BatchRow]:
        """In the order they came."""
        mine = sa.select(batch).where(batch.c.terminal == terminal).order_by(batch.c.batch)
        rows = self._connection.execute(mine)
        return [BatchRow(*row[:-1], receipts=[Receipt(*one) for one in json.loads(row.receipts)]) for row in rows]

    def notices(self, terminal: str | None = None) -> list[Notice]:
        """Of one terminal or of all, the oldest first."""
        chosen = sa.select(notice).order_by(notice.c.noticed_at, notice.c.id)
        if terminal is not None:
            chosen = chosen.where(notice.c.terminal == terminal)
        return [Notice(*row) for row in self._connection.execute(chosen)]

    def notice(self, notices: Collection[Notice]) -> list[Notice]:
        """Those that are new: a cause that repeats is one notice."""
        if not notices:
            return []
        new = insert(self._connection, notice).on_conflict_do_nothing().returning(notice)
        return [Notice(*row) for row in self._connection.execute(new, [vars(one) for one in notices])]

    def reused(self, terminal: str, ids: Collection[str]) -> set[tuple[str, str]]:
        """Id and digest of what was refused because another matter has its id."""
        if not ids:
            return set()
        mine = (notice.c.terminal == terminal, notice.c.kind == "id_reused", one_of(self._connection, notice.c.id, ids))
        rows = self._connection.execute(sa.select(notice.c.id, notice.c.digest).where(*mine))
        return {(matter_id, digest) for matter_id, digest in rows}
