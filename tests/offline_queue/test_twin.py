"""Any sequence of calls gives the same on disk and in memory, killed and opened again at any place."""

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from offline_queue.contract import Answer, IllegalMove, MatterState, Outcome, QueueFull, Quota, UnknownMatter
from offline_queue.memory import MemoryQueue
from offline_queue.store import SqliteQueue
from tests.offline_queue.helpers import (
    KEY,
    NOW,
    TERMINAL,
    AnyQueue,
    mark_filed,
    mark_later,
    mark_refused,
    new_matter,
    stamp,
)

ids = st.sampled_from("abcd")
times = st.sampled_from([NOW, NOW + 60, NOW - 3e8])
outcomes = st.builds(
    Outcome,
    id=ids,
    state=st.sampled_from(MatterState),
    answer=st.just(Answer(number="44-1", result={"n": 1})),
    not_before=st.sampled_from([0.0, NOW + 30, NOW + 4000]),
    error=st.just("e"),
    keep=st.sampled_from([b"", b"sealed"]),
    wipe=st.booleans(),
)
QUOTA = Quota(count=3, age=3.1e8)


class Twins(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "queue.db"
        self.disk = SqliteQueue(self.path, KEY, TERMINAL, stamp, quota=QUOTA)
        self.memory = MemoryQueue(TERMINAL, stamp, quota=QUOTA)

    def both(self, call: Callable[[AnyQueue], object]) -> None:
        assert outcome(call, self.disk) == outcome(call, self.memory)

    @rule(name=ids, now=times)
    def put(self, name: str, now: float) -> None:
        self.both(lambda queue: queue.put(new_matter(name, v=now), now=now))

    @rule(names=st.lists(ids, max_size=4), case=st.sampled_from(["", "a", "x"]), now=times)
    def put_all(self, names: list[str], case: str, now: float) -> None:
        self.both(lambda queue: queue.put_all([new_matter(name, case=case) for name in names], now=now))

    @rule(limit=st.integers(0, 3), first=st.just("") | ids, now=times)
    def claim(self, limit: int, first: str, now: float) -> None:
        self.both(lambda queue: queue.claim(limit, now=now, first=first))

    @rule(settled=st.lists(outcomes, max_size=3), now=times)
    def settle(self, settled: list[Outcome], now: float) -> None:
        self.both(lambda queue: queue.settle(settled, now=now))

    @rule(name=ids, number=st.text(max_size=5))
    def filed(self, name: str, number: str) -> None:
        self.both(lambda queue: mark_filed(queue, name, Answer(number=number, result={"n": number}), now=NOW))

    @rule(name=ids)
    def refused(self, name: str) -> None:
        self.both(lambda queue: mark_refused(queue, name, Answer(rule="r", remedy={"en": "m"}), now=NOW))

    @rule(name=ids, wait=st.sampled_from([0.0, 30.0, 4000.0]))
    def retry(self, name: str, wait: float) -> None:
        self.both(lambda queue: mark_later(queue, name, not_before=NOW + wait, error="e"))

    @rule(name=ids)
    def release(self, name: str) -> None:
        self.both(lambda queue: queue.release(name))

    @rule(before=times)
    def forget_kept(self, before: float) -> None:
        self.both(lambda queue: queue.forget_kept(before))

    @rule(name=ids)
    def park(self, name: str) -> None:
        self.both(lambda queue: queue.park(name, error="e"))

    @rule(name=ids)
    def wipe(self, name: str) -> None:
        self.both(lambda queue: queue.wipe(name))

    @rule(name=ids)
    def begin_effect(self, name: str) -> None:
        self.both(lambda queue: queue.begin_effect(name, "print"))

    @rule(name=ids)
    def end_effect(self, name: str) -> None:
        self.both(lambda queue: queue.end_effect(name, "printed"))

    @rule(content=st.binary(max_size=8))
    def draft(self, content: bytes) -> None:
        self.both(lambda queue: queue.save_draft("s", content, now=NOW))

    @rule()
    def restart(self) -> None:
        self.disk.close()
        self.disk = SqliteQueue(self.path, KEY, TERMINAL, stamp, quota=QUOTA)
        self.both(lambda queue: queue.release_claims())

    @invariant()
    def same(self) -> None:
        self.both(lambda queue: queue.matters())
        self.both(lambda queue: queue.counts())
        self.both(lambda queue: queue.load_draft())
        self.both(lambda queue: queue.receipts(1))
        self.both(lambda queue: queue.settled_count(1))
        self.both(lambda queue: [queue.kept(receipt.id) for receipt in queue.receipts(1)])
        self.both(lambda queue: replace(queue.room(now=NOW), free=0))

    def teardown(self) -> None:
        self.disk.close()
        self.folder.cleanup()


def outcome(call: Callable[[AnyQueue], object], queue: AnyQueue) -> object:
    try:
        return call(queue)
    except (UnknownMatter, IllegalMove, QueueFull) as error:
        return type(error), str(error)


TestTwins = Twins.TestCase
TestTwins.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
