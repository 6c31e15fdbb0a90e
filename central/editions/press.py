"""From a proposal to an edition: what one authority proposes another one approves; what is approved is published.

Proposals wait in the database. An edition is the one before it with all that was approved since: it has the next
number, is never changed, and a roll-back is an edition too.
"""

import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from central.editions import archive
from central.editions.check import check_data
from central.editions.edition import Edition, Head, in_order
from central.editions.errors import (
    BadOverride,
    NoChange,
    NothingApproved,
    NotOpen,
    OwnProposal,
    Stale,
    UnderWay,
    UnknownItem,
)
from central.editions.model import Item
from central.editions.scope import Offer, Override
from central.staff.audit import audit
from central.staff.roles import Employee
from central.storage.database import Storage, Transaction
from central.storage.editions import NewProposal, Proposal, ProposalKind

_PLACE: Final = re.compile(r"([0-9]{6}|[0-9]{9}|[0-9]{12}|(?=.*[A-Z])[A-Z0-9]{2,16})")


@dataclass(frozen=True)
class Next:
    """What publishing would make."""

    now: Edition
    then: Edition
    proposals: tuple[Proposal, ...]


class Press:
    """All of it raises ``StorageUnavailable`` and subclasses of :class:`EditionError`; each step is in the audit."""

    def __init__(self, storage: Storage, now: Callable[[], float] = time.time) -> None:
        self._storage = storage
        self._now = now

    def propose(self, author: Employee, data: Mapping[str, Any], note: str = "") -> int:
        """A new item or another content of one; the proposal's number. Raises ``BadItem`` too."""
        item = check_data({**data, "version": 1}).require()
        with self._storage.transaction() as transaction:
            now = archive.newest(transaction.editions).by_code.get(item.code)
            if now and archive.content_of(now) == archive.content_of(item):
                raise NoChange
            content = json.dumps(archive.content_of(item), ensure_ascii=False)
            return self._add(transaction, author, "item", item.code, content, now.version if now else 0, note)

    def propose_removal(self, author: Employee, code: str, note: str = "") -> int:
        with self._storage.transaction() as transaction:
            item = _in_force(transaction, code)
            return self._add(transaction, author, "removal", code, "null", item.version, note)

    def propose_override(self, author: Employee, code: str, place: str, offer: Offer | None, note: str = "") -> int:
        """``None`` takes back what was set for the place."""
        if not _PLACE.fullmatch(place):
            raise BadOverride
        with self._storage.transaction() as transaction:
            _in_force(transaction, code)
            content = json.dumps([place, offer, note], ensure_ascii=False)
            return self._add(transaction, author, "override", code, content, 0, note)

    def review(self, reviewer: Employee, number: int, *, approve: bool, remark: str = "") -> None:
        """By another than the author."""
        with self._storage.transaction() as transaction:
            proposal = _proposal(transaction, number)
            if proposal.author == reviewer.id:
                raise OwnProposal
            state = "approved" if approve else "rejected"
            told = {"state": state, "reviewer": reviewer.id, "reviewed_at": self._now(), "remark": remark}
            if not transaction.editions.settle([number], "proposed", **told):
                raise NotOpen
            verb = "approve" if approve else "reject"
            self._tell(transaction, reviewer, f"catalogue.{verb}", proposal.item, f"#{number} {remark}".strip())

    def withdraw(self, author: Employee, number: int) -> None:
        """By the author alone, until it is published."""
        with self._storage.transaction() as transaction:
            proposal = _proposal(transaction, number)
            if proposal.author != author.id or proposal.state not in ("proposed", "approved"):
                raise NotOpen
            if not transaction.editions.settle([number], proposal.state, state="withdrawn"):
                raise NotOpen
            self._tell(transaction, author, "catalogue.withdraw", proposal.item, f"#{number}")

    def next(self, transaction: Transaction) -> Next:
        """Raises :class:`Stale`, :class:`NothingApproved`."""
        proposals = transaction.editions.proposals("approved")
        if not proposals:
            raise NothingApproved
        now = archive.newest(transaction.editions)
        head = Head(now.number + 1, "published", self._now(), "")
        return Next(now, replace(applied(now, proposals), head=head), tuple(proposals))

    def publish(self, publisher: Employee, note: str = "") -> int:
        """All that is approved; the number of the new edition."""
        with self._storage.transaction() as transaction:
            coming = self.next(transaction)
            number = coming.then.number
            head = replace(coming.then.head, made_by=publisher.id, note=note)
            archive.keep(transaction.editions, head, coming.then.items, coming.then.overrides)
            ids = [proposal.id for proposal in coming.proposals]
            if not transaction.editions.settle(ids, "approved", state="published", edition=number):
                raise NotOpen
            told = " ".join(f"#{proposal.id} {proposal.item}" for proposal in coming.proposals)
            self._tell(transaction, publisher, "catalogue.publish", f"edition {number}", told)
        return number

    def roll_back(self, employee: Employee, number: int, note: str = "", above: int = 0) -> int:
        """The content of an edition once more, under the next number. It was reviewed then.

        ``above``: terminals have met this number, before the database was restored from a backup; they take none that
        is not higher, so even what is in force is published again.
        """
        with self._storage.transaction() as transaction:
            old = archive.load(transaction.editions, number)
            now = archive.newest(transaction.editions)
            if above <= now.number and (old.items, old.overrides) == (now.items, now.overrides):
                raise NoChange
            head = Head(max(now.number, above) + 1, "rolled_back", self._now(), employee.id, note, number)
            archive.keep(transaction.editions, head, old.items, old.overrides)
            self._tell(transaction, employee, "catalogue.roll_back", f"edition {head.number}", f"to {number} {note}")
        return head.number

    def _add(
        self,
        transaction: Transaction,
        author: Employee,
        kind: ProposalKind,
        code: str,
        content: str,
        base: int,
        note: str,
    ) -> int:
        new = NewProposal(kind, code, content, base, note, author.id, self._now())
        number = transaction.editions.propose(new)
        if number is None:
            raise UnderWay
        self._tell(transaction, author, "catalogue.propose", code, f"#{number} {kind}")
        return number

    def _tell(self, transaction: Transaction, employee: Employee, action: str, subject: str, detail: str) -> None:
        audit(transaction, employee, action, subject, detail, now=self._now())


def item_of(proposal: Proposal) -> Item | None:
    """What is proposed; ``None`` for a removal or an override."""
    return archive.stored(proposal.content) if proposal.kind == "item" else None


def applied(edition: Edition, proposals: Sequence[Proposal]) -> Edition:
    """Raises :class:`Stale`."""
    items = dict(edition.by_code)
    overrides = {(one.item, one.place): one for one in edition.overrides}
    for proposal in proposals:
        if proposal.kind == "override":
            place, offer, reason = json.loads(proposal.content)
            overrides.pop((proposal.item, place), None)
            if offer:
                overrides[proposal.item, place] = Override(proposal.item, place, offer, reason)
            continue
        now = items.pop(proposal.item, None)
        if (now.version if now else 0) != proposal.base:
            raise Stale(f"#{proposal.id}")
        if item := item_of(proposal):
            items[proposal.item] = item
        else:
            overrides = {key: one for key, one in overrides.items() if one.item != proposal.item}
    return Edition(edition.head, in_order(items), tuple(overrides.values()))


def _proposal(transaction: Transaction, number: int) -> Proposal:
    proposal = transaction.editions.proposal(number)
    if proposal is None:
        raise NotOpen
    return proposal


def _in_force(transaction: Transaction, code: str) -> Item:
    item = archive.newest(transaction.editions).by_code.get(code)
    if item is None:
        raise UnknownItem
    return item
