"""The queue in memory: the same behaviour as the one on disk, for tests and for trying things out."""

import threading
from dataclasses import replace

from offline_queue import rules
from offline_queue.clock import Stamp, system_stamp
from offline_queue.contract import Answer, Matter, MatterState, NewMatter, UnknownMatter
from offline_queue.envelope import Envelope
from offline_queue.retry import is_due


class MemoryQueue(rules.Outcomes):
    """Implements :class:`offline_queue.contract.Queue`, but for durability."""

    def __init__(self, terminal: str, stamp: Stamp = system_stamp) -> None:
        self._terminal = terminal
        self._stamp = stamp
        self._lock = threading.RLock()
        self._matters: dict[str, Matter] = {}
        self._draft: tuple[str, bytes] | None = None
        self._prints: dict[str, str] = {}

    def put(self, matter: NewMatter, *, now: float) -> Envelope:
        with self._lock:
            if matter.id not in self._matters:
                envelope = rules.seal(matter, self._terminal, len(self._matters) + 1, self._stamp(now))
                self._matters[matter.id] = Matter(envelope, MatterState.QUEUED)
            return self._matters[matter.id].envelope

    def get(self, matter_id: str) -> Matter:
        with self._lock:
            if matter_id not in self._matters:
                raise UnknownMatter(matter_id)
            return self._matters[matter_id]

    def matters(self, *states: MatterState) -> list[Matter]:
        with self._lock:
            return [matter for matter in self._matters.values() if not states or matter.state in states]

    def counts(self) -> dict[MatterState, int]:
        return {state: len(self.matters(state)) for state in MatterState}

    def claim(self, limit: int, *, now: float) -> list[Matter]:
        with self._lock:
            due = [matter for matter in self.matters(MatterState.QUEUED) if is_due(matter.not_before, now)][:limit]
            claimed = [self._claimed(matter) for matter in due]
            self._matters |= {matter.envelope.id: matter for matter in claimed}
            return claimed

    def release_claims(self) -> int:
        with self._lock:
            claimed = self.matters(MatterState.IN_FLIGHT)
            self._matters |= {one.envelope.id: replace(one, state=MatterState.QUEUED) for one in claimed}
            return len(claimed)

    def wipe(self, matter_id: str) -> None:
        with self._lock:
            matter = self.get(matter_id)
            rules.check_wipe(matter.state)
            envelope = replace(matter.envelope, payload={})
            answer = replace(matter.answer, result={})
            self._matters[matter_id] = replace(matter, envelope=envelope, answer=answer)

    def save_draft(self, session: str, content: bytes) -> None:
        self._draft = (session, content)

    def load_draft(self) -> tuple[str, bytes] | None:
        return self._draft

    def drop_draft(self) -> None:
        self._draft = None

    def begin_print(self, action_id: str) -> str:
        with self._lock:
            known = self._prints.get(action_id, "")
            self._prints.setdefault(action_id, "unknown")
            return known

    def end_print(self, action_id: str, outcome: str) -> None:
        with self._lock:
            self._prints[action_id] = outcome

    def close(self) -> None:
        """Nothing to release."""

    def _settle(self, matter_id: str, state: MatterState, answer: Answer) -> None:
        with self._lock:
            matter = self._moved(matter_id, state)
            self._matters[matter_id] = replace(matter, answer=answer, error="")

    def _put_back(self, matter_id: str, state: MatterState, not_before: float, error: str) -> None:
        with self._lock:
            matter = self._moved(matter_id, state)
            self._matters[matter_id] = replace(matter, not_before=not_before, error=error)

    def _moved(self, matter_id: str, state: MatterState) -> Matter:
        matter = self.get(matter_id)
        rules.check_move(matter.state, state)
        return replace(matter, state=state)

    @staticmethod
    def _claimed(matter: Matter) -> Matter:
        return replace(matter, state=MatterState.IN_FLIGHT, attempts=matter.attempts + 1)
