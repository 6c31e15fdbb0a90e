"""How a batch is opened and concluded, whether its matters come for the first time or come back. One transaction each.

It is a handful of statements, however many matters the batch holds. It begins by updating the row of its terminal:
batches of one terminal follow one another, and an answer that repeats another is not given before its own write is as
safe as the first one was.
"""

import json
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any, Final

from central import numbers
from central.casework.opening import Opening
from central.numbers import Place
from central.replies import Answers, Reply
from central.rules import RATING, REMEDIES, Refusal
from central.sealing import Sealer
from central.sitting import New, Sitting
from central.storage.database import Storage, Transaction
from central.storage.matters import StoredMatter
from central.storage.receipts import BatchRow, Receipt
from offline_queue import envelope as wire
from offline_queue.batch import Entry
from offline_queue.envelope import Envelope
from offline_queue.hashing import Suite

CHINA: Final = timezone(timedelta(hours=8))
_encoded: Final = json.JSONEncoder(ensure_ascii=False).encode


@dataclass(frozen=True, repr=False)
class Handed:
    """Who handed the batch in, and how."""

    terminal: str
    key_id: str
    clock_offset: float | None
    """Seconds the terminal's clock is ahead of the centre's."""
    suite: Suite
    signature: bytes
    """Over the digests of its lines; empty where only the request was signed."""
    digests: Sequence[str]


class Desk:
    """Safe from several threads. Raises ``StorageUnavailable``: then nothing was answered."""

    def __init__(self, storage: Storage, sealer: Sealer, opening: Opening, now: Callable[[], float]) -> None:
        self._storage = storage
        self._opening = opening
        self._sealer = sealer
        self._now = now

    @contextmanager
    def sitting(self, handed: Handed, envelopes: Sequence[Envelope]) -> Generator[tuple[Transaction, Sitting]]:
        """``envelopes`` are those of this terminal."""
        now, terminal = self._now(), handed.terminal
        with self._storage.transaction() as transaction:
            number = transaction.terminals.lock(terminal, now=now, clock_offset=handed.clock_offset)
            near = transaction.matters.near(terminal, {one.id for one in envelopes}, _around(envelopes))
            yield transaction, Sitting(terminal, number, now, near, self._opening.supplements(transaction, envelopes))

    def answered(self, sitting: Sitting, entry: Entry, envelope: Envelope) -> Reply | None:
        """The first answer again; ``None`` for a matter nobody has spoken on."""
        new, stored = sitting.new.get(envelope.id), sitting.known.get(envelope.id)
        known = new.matter if new else stored
        if known is None:
            return None
        if known.digest != entry.digest:
            return reused(sitting, entry, envelope)
        return said(new) if new else self._repeat(known)

    def file(self, sitting: Sitting, entry: Entry, envelope: Envelope, result: Mapping[str, Any]) -> Reply:
        """Its number follows in :meth:`conclude`."""
        place = _place(envelope.terminal, envelope.id)
        payload = self._sealer.seal(entry.raw, place)
        sealed = self._sealer.seal(_json(result), place) if result else None
        row = _row(envelope, entry.digest, sitting.now)
        person = self._opening.people.holder(envelope.payload)
        new = New(StoredMatter(**row, state="filed", payload=payload, result=sealed, person=person), result)
        sitting.add(new)
        return said(new)

    def refuse(self, sitting: Sitting, entry: Entry, envelope: Envelope, refusal: Refusal) -> Reply:
        """The payload of what is not filed is not kept."""
        row = _row(envelope, entry.digest, sitting.now)
        new = New(StoredMatter(**row, state="refused", rule=refusal.rule, remedy=json.dumps(refusal.remedy)))
        sitting.add(new)
        return said(new)

    def conclude(
        self,
        transaction: Transaction,
        sitting: Sitting,
        envelopes: Sequence[Envelope],
        replies: Sequence[Reply],
        given: Mapping[str, str],
    ) -> Answers:
        """Keep what is new under the numbers it was ``given``, by id, with what follows from it."""
        matters = sitting.matters(given)
        transaction.matters.add(matters)
        transaction.matters.rate(sitting.terminal, sitting.rated_before())
        epoch = max((one.epoch for one in envelopes), default=0) or transaction.terminals.epoch(sitting.terminal)
        settled = sitting.settled.get(epoch) or transaction.terminals.settled(sitting.terminal, epoch)
        self._opening.follow(transaction, matters, sitting.rated(), sitting.supplements, sitting.now)
        return Answers(epoch, settled, tuple(_numbered(reply, given) for reply in replies))

    def _repeat(self, matter: StoredMatter) -> Reply:
        if matter.state == "refused":
            return Reply("refused", matter.id, rule=matter.rule, remedy=json.loads(matter.remedy))
        sealed, place = matter.result, _place(matter.terminal, matter.id)
        result: dict[str, Any] = json.loads(self._sealer.open(sealed, place)) if sealed else {}
        return Reply("filed", matter.id, number=matter.number or "", result=result)


def said(new: New) -> Reply:
    matter = new.matter
    if matter.state == "refused":
        return Reply("refused", matter.id, rule=matter.rule, remedy=json.loads(matter.remedy))
    return Reply("filed", matter.id, result=new.result)


def reused(sitting: Sitting, entry: Entry, envelope: Envelope) -> Reply:
    """The id is another matter's: noted, and nothing is overwritten."""
    sitting.notice("id_reused", envelope.id, entry.digest, (envelope.epoch, envelope.seq))
    return Reply("refused", envelope.id, rule="id_reused", remedy=REMEDIES["id_reused"])


def flaw(envelope: Envelope, terminal: str) -> str:
    """Why it cannot be one of this terminal's, for technicians; empty when it can."""
    if envelope.terminal != terminal:
        return "of another terminal"
    if envelope.reference != wire.reference(terminal, envelope.epoch, envelope.seq):
        return "the reference is not that of its place"
    return ""


def record(transaction: Transaction, sitting: Sitting, handed: Handed, replies: Sequence[Reply]) -> None:
    """Whatever is answered leaves a receipt, a repeat too. Before numbers are taken, for which others wait."""
    receipts = [
        Receipt(reply.id, digest, reply.rule or reply.outcome)
        for reply, digest in zip(replies, handed.digests, strict=True)
    ]
    whose = (handed.suite, handed.key_id, handed.signature, handed.clock_offset)
    transaction.receipts.add(BatchRow(handed.terminal, sitting.number, sitting.now, *whose, receipts))
    fresh = transaction.receipts.notice(sitting.notices)
    places = [new.matter.place for new in sitting.new.values()]
    places += [(one.epoch, one.seq) for one in fresh if one.kind == "id_reused"]
    sitting.settled = transaction.terminals.settle(handed.terminal, places)


def _numbered(reply: Reply, given: Mapping[str, str]) -> Reply:
    is_new = reply.outcome == "filed" and reply.id in given
    return reply._replace(number=given[reply.id]) if is_new else reply


def number_anew(transaction: Transaction, sitting: Sitting, ids: Sequence[str]) -> dict[str, str]:
    """The next numbers of today, by id. Who else wants one waits from here on until the transaction ends."""
    if not ids:
        return {}
    today = day_of(sitting.now)
    first = transaction.matters.reserve(today, len(ids))
    given = {one: numbers.acceptance_number(today, first + step) for step, one in enumerate(ids)}
    transaction.matters.keep_numbers(sitting.terminal, given)
    return given


@lru_cache(maxsize=8)
def day_of(now: float) -> date:
    """Asked for with each matter of a batch."""
    return datetime.fromtimestamp(now, CHINA).date()


def rated_place(envelope: Envelope) -> Place | None:
    """Of the matter that is rated, if it is one of the same terminal."""
    reference = envelope.payload.get("reference")
    if not isinstance(reference, str):
        return None
    places = numbers.places_of(reference)
    return next((place for name, place in places if name == envelope.terminal), None)


def _around(envelopes: Sequence[Envelope]) -> set[Place]:
    """Where the envelopes stand, where their neighbours do, and what they rate."""
    rated = (rated_place(one) for one in envelopes if one.item == RATING)
    return {(one.epoch, one.seq + step) for one in envelopes for step in (-1, 0, 1)} | {one for one in rated if one}


def _json(value: Mapping[str, Any]) -> bytes:
    """As ``json.loads`` reads it back, whatever it holds."""
    return _encoded(value).encode("utf-8", "surrogatepass")


def _place(terminal: str, matter_id: str) -> str:
    return f"{terminal}\n{matter_id}"


def _row(envelope: Envelope, digest: str, now: float) -> dict[str, Any]:
    return {
        "terminal": envelope.terminal,
        "id": envelope.id,
        "epoch": envelope.epoch,
        "seq": envelope.seq,
        "digest": digest,
        "previous": envelope.previous,
        "suite": envelope.suite,
        "case_key": envelope.case,
        "item": envelope.item,
        "item_version": envelope.item_version,
        "created_wall": envelope.created.wall,
        "created_monotonic": envelope.created.monotonic,
        "boot_id": envelope.created.boot_id,
        "clock_trusted": envelope.created.trusted,
        "received_at": now,
    }
