"""What one transaction of the queue on disk may do; several callers may share it."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from offline_queue import envelope as wire
from offline_queue import intake, rules
from offline_queue.clock import Stamp
from offline_queue.contract import FINAL, EffectKind, Matter, MatterState, Outcome, UnknownMatter
from offline_queue.database import Row, Transaction
from offline_queue.envelope import Envelope
from offline_queue.faults import in_plain_words
from offline_queue.intake import Book, Head, Prepared
from offline_queue.retry import LONGEST_RETRY_AFTER
from offline_queue.rows import Rows

RIPEN: Final = 10_000
"""Matters whose wait is over, made ready in one claim: a million that waited for one hour do not hold up one claim."""


@dataclass(frozen=True)
class Known:
    """What the next matter comes after, as one that was put left it: good until somebody writes."""

    version: tuple[object, ...] = ()
    head: Head | None = None


class Writing:
    """One transaction. Every method raises before its first change, or not at all but for the disk's sake."""

    def __init__(self, transaction: Transaction, rows: Rows, book: Book, folder: str, known: Known) -> None:
        """``known``: as the last transaction that was not rolled back left it."""
        self.known = known
        self.run = transaction.run
        self._version = transaction.version
        self._make_room = transaction.make_room
        self._rows = rows
        self._book = book
        self._folder = folder
        self._free: int | None = None
        self._has_room = False

    def put_all(self, matters: Sequence[Prepared], stamp: Stamp, *, now: float) -> list[Envelope]:
        known = [row for one in matters for row in self.run("get", id=one.matter.id)]
        envelopes = {row["id"]: self._rows.envelope(row) for row in known}
        head, free, added = self._head(), self._free_bytes(), list[intake.Sealed]()
        for one in matters:
            if one.matter.id not in envelopes:
                sealed = intake.take(self._book, head, one, stamp(now), free=free, now=now)
                head = sealed.head
                envelopes[one.matter.id] = sealed.envelope
                added.append(sealed)
        self._room_in_log(free)
        for sealed in added:
            self.run("put", **self._rows.new(sealed))
        self.known = Known(self._version(), head)
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
        known = self.known
        if known.head and known.version == self._version():
            return known.head
        last = self.run("head")[0]
        return head_of(last).in_epoch(last["epoch_of_file"])

    def _free_bytes(self) -> int:
        if self._free is None:
            self._free = free_bytes(self._folder)
        return self._free

    def _room_in_log(self, free: int) -> None:
        if not self._has_room:
            self._make_room(free)
            self._has_room = True

    def _claimed(self, row: Row) -> Matter:
        matter = self._rows.matter(row)
        if not row["digest"]:
            self.run("note_digest", place=matter.place, digest=wire.digest(matter.envelope))
        return matter

    def _state(self, matter_id: str) -> MatterState:
        return MatterState(found(self._states([matter_id]), matter_id)["state"])

    def _states(self, ids: Sequence[str]) -> list[Row]:
        return self.run("states", ids=json.dumps(ids))


def _put_back(matter_id: str, state: MatterState, not_before: float, error: str) -> Row:
    return {"id": matter_id, "state": state, "not_before": not_before, "error": error}


def found(rows: Sequence[Row], matter_id: str) -> Row:
    """The only one. Raises ``UnknownMatter``."""
    if not rows:
        raise UnknownMatter(matter_id)
    return rows[0]


def head_of(row: Row) -> Head:
    return Head(
        row["epoch"],
        row["seq"],
        row["digest"],
        row["count_so_far"],
        row["size_so_far"],
        row["settled_count"],
        row["settled_size"],
        row["oldest"],
    )


def free_bytes(folder: str) -> int:
    """Bytes on its disk. Raises ``QueueUnavailable``."""
    with in_plain_words():
        disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize
