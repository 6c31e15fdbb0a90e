"""The queue on disk: one encrypted SQLite file. Each call is durable on return, alone or together with others."""

import json
import os
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

from offline_queue import envelope as wire
from offline_queue import intake, rules
from offline_queue.attachments import AttachmentFolder
from offline_queue.clock import Stamp, system_stamp
from offline_queue.contract import (
    FINAL,
    Draft,
    EffectKind,
    Matter,
    MatterState,
    NewMatter,
    Outcome,
    QueueUnavailable,
    Quota,
    Receipt,
    Room,
    UnknownMatter,
)
from offline_queue.database import Database, Row, Transaction
from offline_queue.envelope import Envelope
from offline_queue.group import GroupCommit
from offline_queue.hashing import Suite
from offline_queue.intake import Book, Head, Prepared
from offline_queue.keys import Keys
from offline_queue.retry import LONGEST_RETRY_AFTER
from offline_queue.rows import Rows, receipt
from offline_queue.verify import Verification

RIPEN: Final = 10_000
"""Matters whose wait is over, made ready in one claim: a million that waited for one hour do not hold up one claim."""


class SqliteQueue(rules.Outcomes):
    """Implements :class:`offline_queue.contract.Queue`. ``keys``: or one key of 32 random bytes; ``epoch``:
    the centre's word on which numbers this queue may begin with, at least.

    The constructor does no I/O; every call raises ``QueueUnavailable`` while the file cannot be used and works again
    once it can.
    """

    def __init__(
        self,
        path: Path,
        keys: Keys | bytes,
        terminal: str,
        stamp: Stamp = system_stamp,
        *,
        suite: Suite = "standard",
        quota: Quota | None = None,
        epoch: int = 1,
    ) -> None:
        self._path = path
        self._database = Database(path, keys, epoch=epoch)
        self._rows = Rows(lambda: self._database.read("sealing_key")[0]["key"])
        self._book = Book(terminal, epoch, suite, quota or Quota())
        self._stamp = stamp
        self._commits = GroupCommit(self._writing)
        self._log_holds_wiped = False

    def put(self, matter: NewMatter, *, now: float) -> Envelope:
        return self.put_all([matter], now=now)[0]

    def put_all(self, matters: Sequence[NewMatter], *, now: float) -> list[Envelope]:
        prepared = [intake.prepare(matter) for matter in matters]
        return self._commits.run(lambda writing: writing.put_all(prepared, self._stamp, now=now))

    def room(self, *, now: float) -> Room:
        return rules.judged(_head(self._database.read("head")[0], self._path).room(), self._book.quota, now=now)

    def get(self, matter_id: str) -> Matter:
        return self._rows.matter(_found(self._database.read("get", id=matter_id), matter_id))

    def matters(self, *states: MatterState, after: int = 0, limit: int | None = None) -> list[Matter]:
        most = -1 if limit is None else limit
        found = (
            self._database.read("in_states", states=json.dumps(states), after=after, limit=most)
            if states
            else self._database.read("all", after=after, limit=most)
        )
        return [self._rows.matter(row) for row in found]

    def counts(self) -> dict[MatterState, int]:
        return {MatterState(row["state"]): row["count"] for row in self._database.read("counts")}

    def claim(self, limit: int, *, now: float, first: str = "") -> list[Matter]:
        return self._commits.run(lambda writing: writing.claim(limit, first, now=now))

    def release_claims(self) -> int:
        return self._commits.run(lambda writing: len(writing.run("release_claims")))

    def settle(self, outcomes: Sequence[Outcome], *, now: float) -> None:
        self._commits.run(lambda writing: writing.settle(outcomes, now=now))
        self._forget_log(wiped=any(outcome.wipe for outcome in outcomes))

    def release(self, matter_id: str) -> None:
        self._commits.run(lambda writing: writing.by_hand(matter_id, MatterState.QUEUED, ""))

    def park(self, matter_id: str, *, error: str) -> None:
        self._commits.run(lambda writing: writing.by_hand(matter_id, MatterState.PARKED, error))

    def wipe(self, matter_id: str) -> None:
        self._commits.run(lambda writing: writing.wipe(matter_id))
        self._forget_log(wiped=True)

    def epochs(self) -> list[int]:
        return [row["epoch"] for row in self._database.read("epochs")]

    def settled_count(self, epoch: int) -> int:
        return sum(row["count"] for row in self._database.read("settled_count", epoch=epoch))

    def receipts(self, epoch: int, *, after: int = 0, limit: int = 1000) -> list[Receipt]:
        return [receipt(row) for row in self._database.read("receipts", epoch=epoch, after=after, limit=limit)]

    def kept(self, matter_id: str) -> bytes:
        return self._rows.kept(_found(self._database.read("kept", id=matter_id), matter_id))

    def forget_kept(self, before: float) -> int:
        return self._commits.run(lambda writing: len(writing.run("forget_kept", before=before)))

    def save_draft(self, session: str, content: bytes, *, now: float) -> None:
        self._commits.run(lambda writing: writing.run("save_draft", session=session, content=content, saved=now))

    def load_draft(self) -> Draft | None:
        rows = self._database.read("load_draft")
        return Draft(**rows[0]) if rows else None

    def drop_draft(self) -> None:
        self._commits.run(lambda writing: writing.run("drop_draft"))

    def begin_effect(self, action_id: str, kind: EffectKind) -> str:
        return self._commits.run(lambda writing: writing.begin_effect(action_id, kind))

    def end_effect(self, action_id: str, outcome: str) -> None:
        self._commits.run(lambda writing: writing.run("end_effect", action_id=action_id, outcome=outcome))

    @property
    def attachments(self) -> AttachmentFolder:
        """The files of its matters, beside the queue file."""
        folder = self._path.with_name(f"{self._path.name}.files")
        return AttachmentFolder(folder, self._database, self._book.suite, free=self._book.quota.free)

    @property
    def file(self) -> Database:
        """What is done to the file as a whole: checked, given a new key or epoch; and what befell it."""
        return self._database

    def verify(self) -> Verification:
        """Look through all of it and change nothing: pages, digests, the chain they make. Raises nothing."""
        return self._database.verify(self._digest)

    def close(self) -> None:
        self._database.close()

    def _digest(self, row: Row) -> str:
        return "" if row["payload"] is None else wire.digest(self._rows.envelope(row))

    @contextmanager
    def _writing(self) -> Generator["_Writing"]:
        with self._database.transaction() as transaction:
            yield _Writing(transaction, self._rows, self._book, self._path)

    def _forget_log(self, *, wiped: bool) -> None:
        """Once a batch: the log still holds the pages from before. A reader that is in the way, or a full disk, is no
        failure of what was settled: the next batch forgets it."""
        self._log_holds_wiped |= wiped
        if self._log_holds_wiped:
            with suppress(QueueUnavailable):
                self._database.forget_log()
                self._log_holds_wiped = False


class _Writing:
    """One transaction. Every method raises before its first change, or not at all but for the disk's sake."""

    def __init__(self, transaction: Transaction, rows: Rows, book: Book, path: Path) -> None:
        self.run = transaction.run
        self._rows = rows
        self._book = book
        self._path = path
        self._known_head: Head | None = None

    def put_all(self, matters: Sequence[Prepared], stamp: Stamp, *, now: float) -> list[Envelope]:
        known = [row for one in matters for row in self.run("get", id=one.matter.id)]
        envelopes = {row["id"]: self._rows.envelope(row) for row in known}
        head, added = self._head(), list[intake.Sealed]()
        for one in matters:
            if one.matter.id not in envelopes:
                sealed = intake.take(self._book, head, one, stamp(now), now=now)
                head = sealed.head
                envelopes[one.matter.id] = sealed.envelope
                added.append(sealed)
        for sealed in added:
            self.run("put", **self._rows.new(sealed))
        self._known_head = head
        return [envelopes[one.matter.id] for one in matters]

    def claim(self, limit: int, first: str, *, now: float) -> list[Matter]:
        self.run("ripen", now=now, longest_wait=LONGEST_RETRY_AFTER, limit=RIPEN)
        urgent = self.run("claim_first", id=first) if first and limit > 0 else []
        rest = self.run("claim", limit=max(limit - len(urgent), 0))
        return [self._claimed(row) for row in urgent + sorted(rest, key=lambda row: row["place"])]

    def settle(self, outcomes: Sequence[Outcome], *, now: float) -> None:
        states = self._states([outcome.id for outcome in outcomes])
        suites = {row["id"]: row["suite"] for row in states}
        moving = {row["id"]: MatterState(row["state"]) for row in states}
        for outcome in outcomes:
            if outcome.id not in moving:
                raise UnknownMatter(outcome.id)
            rules.check_move(moving[outcome.id], outcome.state)
            moving[outcome.id] = outcome.state
        changes = [
            ("settle", self._rows.settled(outcome, suites[outcome.id], now=now))
            if outcome.state in FINAL
            else ("put_back", _put_back(outcome.id, outcome.state, outcome.not_before, outcome.error))
            for outcome in outcomes
        ]
        for query, values in changes:
            self.run(query, **values)

    def by_hand(self, matter_id: str, state: MatterState, error: str) -> None:
        rules.check_by_hand(self._state(matter_id), state)
        self.run("put_back", **_put_back(matter_id, state, 0.0, error))

    def wipe(self, matter_id: str) -> None:
        rules.check_wipe(self._state(matter_id))
        self.run("wipe", id=matter_id)

    def begin_effect(self, action_id: str, kind: EffectKind) -> str:
        for known in self.run("effect", action_id=action_id):
            return str(known["outcome"])
        self.run("begin_effect", action_id=action_id, kind=kind)
        return ""

    def _head(self) -> Head:
        if self._known_head is None:
            self._book = replace(self._book, epoch=self.run("meta")[0]["epoch"])
            last = self.run("head")[0]
            self._known_head = _head(last, self._path).in_epoch(max(self._book.epoch, last["epoch_of_file"]))
        return self._known_head

    def _claimed(self, row: Row) -> Matter:
        matter = self._rows.matter(row)
        if not row["digest"]:
            self.run("note_digest", place=matter.place, digest=wire.digest(matter.envelope))
        return matter

    def _state(self, matter_id: str) -> MatterState:
        return MatterState(_found(self._states([matter_id]), matter_id)["state"])

    def _states(self, ids: Sequence[str]) -> list[Row]:
        return self.run("states", ids=json.dumps(ids))


def _put_back(matter_id: str, state: MatterState, not_before: float, error: str) -> Row:
    return {"id": matter_id, "state": state, "not_before": not_before, "error": error}


def _found(rows: Sequence[Row], matter_id: str) -> Row:
    if not rows:
        raise UnknownMatter(matter_id)
    return rows[0]


def _head(row: Row, path: Path) -> Head:
    disk = os.statvfs(path.parent)
    return Head(
        row["epoch"],
        row["seq"],
        row["digest"],
        row["count_so_far"],
        row["size_so_far"],
        row["settled_count"],
        row["settled_size"],
        row["oldest"],
        disk.f_bavail * disk.f_frsize,
    )
