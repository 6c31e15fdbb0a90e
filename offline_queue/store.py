"""The queue on disk: one encrypted SQLite file. Each call is durable on return, alone or together with others."""

import json
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from offline_queue import envelope as wire
from offline_queue import intake, rules
from offline_queue.attachments import AttachmentFolder
from offline_queue.clock import Stamp, system_stamp
from offline_queue.contract import (
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
)
from offline_queue.database import Database, Row
from offline_queue.envelope import Envelope
from offline_queue.group import GroupCommit
from offline_queue.hashing import Suite
from offline_queue.intake import Book
from offline_queue.keys import Keys
from offline_queue.rows import Rows, receipt
from offline_queue.verify import Verification
from offline_queue.writing import Known, Writing, found, free_bytes, head_of


class SqliteQueue:
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
        self._folder = str(path.parent)
        self._database = Database(path, keys, epoch=epoch)
        self._rows = Rows(lambda: self._database.read("sealing_key")[0]["key"])
        self._book = Book(terminal, epoch, suite, quota or Quota())
        self._stamp = stamp
        self._commits = GroupCommit(self._writing)
        self._known = Known()
        self._log_holds_wiped = False

    def put(self, matter: NewMatter, *, now: float) -> Envelope:
        return self.put_all([matter], now=now)[0]

    def put_all(self, matters: Sequence[NewMatter], *, now: float) -> list[Envelope]:
        prepared = [intake.prepare(matter) for matter in matters]
        return self._commits.run(lambda writing: writing.put_all(prepared, self._stamp, now=now))

    def room(self, *, now: float) -> Room:
        room = head_of(self._database.read("head")[0]).room(free_bytes(self._folder))
        return rules.judged(room, self._book.quota, now=now)

    def get(self, matter_id: str) -> Matter:
        return self._rows.matter(found(self._database.read("get", id=matter_id), matter_id))

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
        return self._rows.kept(found(self._database.read("kept", id=matter_id), matter_id))

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
    def _writing(self) -> Generator[Writing]:
        with self._database.transaction() as transaction:
            writing = Writing(transaction, self._rows, self._book, self._folder, self._known)
            yield writing
        self._known = writing.known

    def _forget_log(self, *, wiped: bool) -> None:
        """Once a batch: the log still holds the pages from before. A reader that is in the way, or a full disk, is no
        failure of what was settled: the next batch forgets it."""
        self._log_holds_wiped |= wiped
        if self._log_holds_wiped:
            with suppress(QueueUnavailable):
                self._database.forget_log()
                self._log_holds_wiped = False
