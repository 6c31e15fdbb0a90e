"""What was answered and what was noticed: written once, never changed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from central.storage.statements import Bulk, insert, one_of
from central.storage.tables import batch, notice, receipt
from offline_queue.hashing import Suite

_ADD_BATCH: Final = sa.insert(batch)
_RECEIPTS: Final = Bulk(receipt)

NoticeKind = Literal["id_reused", "sequence_reused", "chain_broken", "renumbered"]


@dataclass(frozen=True)
class BatchRow:
    """A terminal's signature over the digests of the receipts of the same number, in their order."""

    terminal: str
    batch: int
    received_at: float
    suite: Suite
    key_id: str
    signature: bytes
    clock_offset: float | None


class ReceiptRow(NamedTuple):
    terminal: str
    batch: int
    position: int
    id: str
    digest: str
    outcome: str


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

    def add_batch(self, row: BatchRow) -> None:
        self._connection.execute(_ADD_BATCH, vars(row))

    def add(self, rows: Sequence[ReceiptRow]) -> None:
        _RECEIPTS.add(self._connection, rows)

    def of_batch(self, terminal: str, number: int) -> list[ReceiptRow]:
        """In the order of the batch."""
        mine = sa.select(receipt).where(receipt.c.terminal == terminal, receipt.c.batch == number)
        return [ReceiptRow(*row) for row in self._connection.execute(mine.order_by(receipt.c.position))]

    def batches(self, terminal: str) -> list[BatchRow]:
        """In the order they came."""
        mine = sa.select(batch).where(batch.c.terminal == terminal).order_by(batch.c.batch)
        return [BatchRow(*row) for row in self._connection.execute(mine)]

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
