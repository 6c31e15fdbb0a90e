"""What the centre lost, as one restored from a backup has: found by counting, handed in again from sealed copies."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from offline_queue.contract import MatterState, Queue, Receipt
from offline_queue.pace import LARGEST_COUNT, LARGEST_SIZE
from offline_queue.transport import RECEIPTS_AT_ONCE, Copy, Transport, Verdict

_OVERHEAD: Final = 256
"""Bytes of a line besides the sealed copy: id, digest and names."""


@dataclass(frozen=True)
class Loss:
    """What one comparison with the centre found and did, in numbers of matters."""

    lost: int = 0
    restored: int = 0
    renumbered: int = 0
    """Of those restored: their number was taken meanwhile, so that the citizen's paper has another."""
    gone: int = 0
    """No sealed copy is kept any more: only the receipt is left."""
    refused: int = 0
    """The centre would not have them back: for a person."""

    def __add__(self, other: "Loss") -> "Loss":
        return Loss(
            self.lost + other.lost,
            self.restored + other.restored,
            self.renumbered + other.renumbered,
            self.gone + other.gone,
            self.refused + other.refused,
        )

    @property
    def over(self) -> bool:
        """Whether there is nothing left to be done about it."""
        return self.lost == self.restored + self.gone + self.refused


class Recovery:
    """Not for several threads. A comparison that was cut short begins anew, and sends only what is still not there."""

    def __init__(self, queue: Queue, transport: Transport) -> None:
        self._queue = queue
        self._transport = transport
        self._known: dict[int, int] = {}
        """By epoch, the count with which the centre will have to live."""

    def check(self) -> Loss:
        """Compare and restore. Raises ``TransportFailed``, ``QueueUnavailable``."""
        total = Loss()
        for epoch in self._queue.epochs():
            total += self._check(epoch)
        return total

    def _check(self, epoch: int) -> Loss:
        here = self._queue.settled_count(epoch)
        there = self._transport.standing(epoch).settled
        if there >= here or self._known.get(epoch) == there:
            return Loss()
        total = Loss()
        for page in self._pages(epoch):
            total += self._page(page)
        if total.over:
            self._known[epoch] = self._transport.standing(epoch).settled
        return total

    def _pages(self, epoch: int) -> Iterator[list[Receipt]]:
        after = 0
        while page := self._queue.receipts(epoch, after=after, limit=RECEIPTS_AT_ONCE):
            yield page
            after = page[-1].seq

    def _page(self, page: Sequence[Receipt]) -> Loss:
        unknown = self._transport.unknown(page)
        lost = [receipt for receipt in page if receipt.id in unknown]
        total, sent = Loss(lost=len(lost)), 0
        for batch in batches(self._copies(lost)):
            sent += len(batch)
            verdicts = self._transport.restore(batch)
            for copy in batch:
                total += self._counted(copy.id, verdicts.get(copy.id))
        return total + Loss(gone=len(lost) - sent)

    def _copies(self, lost: Sequence[Receipt]) -> Iterator[Copy]:
        """Read as they are sent: a thousand at once could be a gigabyte."""
        for receipt in lost:
            if receipt.kept and (sealed := self._queue.kept(receipt.id)):
                yield Copy(receipt.id, receipt.digest, sealed)

    def _counted(self, matter_id: str, verdict: Verdict | None) -> Loss:
        matter = self._queue.get(matter_id)
        if verdict is None or verdict.outcome == "later":
            return Loss()
        if verdict.outcome == "rejected" or (verdict.outcome == "filed") != (matter.state is MatterState.FILED):
            return Loss(refused=1)
        return Loss(restored=1, renumbered=int(verdict.answer.number != matter.answer.number))


def batches(copies: Iterable[Copy]) -> Iterator[list[Copy]]:
    """In order, each within what the centre takes at once; one that is larger than that goes alone."""
    batch: list[Copy] = []
    size = 0
    for copy in copies:
        length = len(copy.sealed) * 4 // 3 + _OVERHEAD
        if batch and (size + length > LARGEST_SIZE or len(batch) == LARGEST_COUNT):
            yield batch
            batch, size = [], 0
        batch.append(copy)
        size += length
    if batch:
        yield batch
