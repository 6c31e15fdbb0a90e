"""The queue in memory: the same behaviour as the one on disk, for tests and for trying things out."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from offline_queue import intake, rules
from offline_queue.clock import Stamp, system_stamp
from offline_queue.contract import (
    FINAL,
    WAITING,
    Draft,
    EffectKind,
    Matter,
    MatterState,
    NewMatter,
    Outcome,
    Quota,
    Receipt,
    Room,
    UnknownMatter,
)
from offline_queue.envelope import Envelope
from offline_queue.hashing import Suite
from offline_queue.intake import Book, Head
from offline_queue.retry import is_due


@dataclass(frozen=True)
class _Line:
    """What is kept beside the matter itself."""

    digest: str
    size: int
    settled: float = 0.0
    kept: bytes = field(default=b"", repr=False)


class MemoryQueue:
    """Implements :class:`offline_queue.contract.Queue`, but for durability. ``free`` is what is left of its disk."""

    def __init__(
        self,
        terminal: str,
        stamp: Stamp = system_stamp,
        *,
        suite: Suite = "standard",
        quota: Quota | None = None,
        epoch: int = 1,
        free: int = 1 << 40,
    ) -> None:
        self._book = Book(terminal, epoch, suite, quota or Quota())
        self._stamp = stamp
        self._free = free
        self._lock = threading.RLock()
        self._matters: dict[str, Matter] = {}
        self._lines: dict[str, _Line] = {}
        self._draft: Draft | None = None
        self._effects: dict[str, tuple[str, str]] = {}

    def put(self, matter: NewMatter, *, now: float) -> Envelope:
        return self.put_all([matter], now=now)[0]

    def put_all(self, matters: Sequence[NewMatter], *, now: float) -> list[Envelope]:
        prepared = [intake.prepare(matter) for matter in matters]
        with self._lock:
            head, added = self._head(), dict[str, intake.Sealed]()
            for one in prepared:
                if one.matter.id not in self._matters.keys() | added.keys():
                    added[one.matter.id] = sealed = intake.take(
                        self._book, head, one, self._stamp(now), free=self._free, now=now
                    )
                    head = sealed.head
            for name, sealed in added.items():
                self._matters[name] = Matter(sealed.envelope, MatterState.QUEUED)
                self._lines[name] = _Line(sealed.head.digest, sealed.size)
            return [self._matters[matter.id].envelope for matter in matters]

    def room(self, *, now: float) -> Room:
        return rules.judged(self._head().room(self._free), self._book.quota, now=now)

    def get(self, matter_id: str) -> Matter:
        with self._lock:
            if matter_id not in self._matters:
                raise UnknownMatter(matter_id)
            return self._matters[matter_id]

    def matters(self, *states: MatterState, after: int = 0, limit: int | None = None) -> list[Matter]:
        with self._lock:
            found = [matter for matter in self._matters.values() if not states or matter.state in states]
        return [matter for matter in found if matter.place > after][:limit]

    def counts(self) -> dict[MatterState, int]:
        counted = {state: len(self.matters(state)) for state in MatterState}
        return counted | {MatterState.DRAFT: int(self._draft is not None)}

    def claim(self, limit: int, *, now: float, first: str = "") -> list[Matter]:
        with self._lock:
            due = [self._ripe(matter) for matter in self.matters(MatterState.QUEUED) if is_due(matter.not_before, now)]
            heads = {matter.envelope.case: matter.envelope.id for matter in reversed(self.matters(*WAITING))}
            open_ = [matter for matter in due if heads[matter.envelope.case] == matter.envelope.id]
            urgent_first = sorted(open_, key=lambda matter: matter.envelope.id != first)
            return [self._claimed(matter) for matter in urgent_first[:limit]]

    def release_claims(self) -> int:
        with self._lock:
            claimed = self.matters(MatterState.IN_FLIGHT)
            for matter in claimed:
                self._set(replace(matter, state=MatterState.QUEUED))
            return len(claimed)

    def settle(self, outcomes: Sequence[Outcome], *, now: float) -> None:
        with self._lock:
            before = dict(self._matters), dict(self._lines)
            try:
                for outcome in outcomes:
                    self._settle(outcome, now)
            except Exception:
                self._matters, self._lines = before
                raise

    def release(self, matter_id: str) -> None:
        self._by_hand(matter_id, MatterState.QUEUED, "")

    def park(self, matter_id: str, *, error: str) -> None:
        self._by_hand(matter_id, MatterState.PARKED, error)

    def wipe(self, matter_id: str) -> None:
        with self._lock:
            matter = self.get(matter_id)
            rules.check_wipe(matter.state)
            self._set(_wiped(matter))

    def epochs(self) -> list[int]:
        return sorted({matter.envelope.epoch for matter in self.matters(*FINAL)})

    def settled_count(self, epoch: int) -> int:
        return sum(matter.envelope.epoch == epoch for matter in self.matters(*FINAL))

    def receipts(self, epoch: int, *, after: int = 0, limit: int = 1000) -> list[Receipt]:
        with self._lock:
            found = [matter for matter in self.matters(*FINAL) if matter.envelope.epoch == epoch]
            return [self._receipt(matter) for matter in found if matter.envelope.seq > after][:limit]

    def kept(self, matter_id: str) -> bytes:
        with self._lock:
            return self._lines[self.get(matter_id).envelope.id].kept

    def forget_kept(self, before: float) -> int:
        with self._lock:
            old = {name: line for name, line in self._lines.items() if line.kept and line.settled < before}
            self._lines |= {name: replace(line, kept=b"") for name, line in old.items()}
            return len(old)

    def save_draft(self, session: str, content: bytes, *, now: float) -> None:
        self._draft = Draft(session, content, now)

    def load_draft(self) -> Draft | None:
        return self._draft

    def drop_draft(self) -> None:
        self._draft = None

    def begin_effect(self, action_id: str, kind: EffectKind) -> str:
        with self._lock:
            if action_id in self._effects:
                return self._effects[action_id][1]
            self._effects[action_id] = (kind, "unknown")
            return ""

    def end_effect(self, action_id: str, outcome: str) -> None:
        with self._lock:
            kind, _ = self._effects.get(action_id, ("", ""))
            self._effects[action_id] = (kind, outcome)

    def close(self) -> None:
        """Nothing to release."""

    def _head(self) -> Head:
        with self._lock:
            names = list(self._matters)
            seq, digest = (len(names), self._lines[names[-1]].digest) if names else (0, "")
            settled = [matter.envelope.id for matter in self.matters(*FINAL)]
            waiting = self.matters(*WAITING)
            oldest = waiting[0].envelope.created.wall if waiting else None
            sizes = self._sizes(names), len(settled), self._sizes(settled)
            return Head(self._book.epoch, seq, digest, len(names), *sizes, oldest)

    def _sizes(self, names: Sequence[str]) -> int:
        return sum(self._lines[name].size for name in names)

    def _settle(self, outcome: Outcome, now: float) -> None:
        matter = self.get(outcome.id)
        rules.check_move(matter.state, outcome.state)
        if outcome.state not in FINAL:
            self._set(replace(matter, state=outcome.state, not_before=outcome.not_before, error=outcome.error))
            return
        settled = replace(matter, state=outcome.state, not_before=0.0, error="", answer=outcome.answer)
        self._set(_wiped(settled) if outcome.wipe else settled)
        self._lines[outcome.id] = replace(self._lines[outcome.id], settled=now, kept=outcome.keep)

    def _by_hand(self, matter_id: str, state: MatterState, error: str) -> None:
        with self._lock:
            matter = self.get(matter_id)
            rules.check_by_hand(matter.state, state)
            self._set(replace(matter, state=state, not_before=0.0, error=error))

    def _ripe(self, matter: Matter) -> Matter:
        return self._set(replace(matter, not_before=0.0))

    def _claimed(self, matter: Matter) -> Matter:
        return self._set(replace(matter, state=MatterState.IN_FLIGHT, attempts=matter.attempts + 1))

    def _set(self, matter: Matter) -> Matter:
        self._matters[matter.envelope.id] = matter
        return matter

    def _receipt(self, matter: Matter) -> Receipt:
        envelope, line = matter.envelope, self._lines[matter.envelope.id]
        kept = bool(line.kept)
        return Receipt(envelope.id, envelope.epoch, envelope.seq, line.digest, matter.state, line.settled, kept)


def _wiped(matter: Matter) -> Matter:
    envelope = replace(matter.envelope, payload={})
    return replace(matter, envelope=envelope, answer=replace(matter.answer, result={}))
